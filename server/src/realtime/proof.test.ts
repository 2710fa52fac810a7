// Proof of life by the engine's own pongs, and what happens when they stop. The pings are quick here; the clock is the story's.
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { FairminuteError } from "@fairminute/core";
import { io, type Socket } from "socket.io-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { toProblem } from "../http/errors.ts";
import { createRealtime, type Realtime } from "./realtime.ts";
import { openStage, type Stage } from "./stage.case.ts";

const [embedded] = databaseKinds;
const patience = { timeout: 20_000 };
let database: TestDatabase;
let stage: Stage;
let httpServer: HttpServer;
let realtime: Realtime;
const sockets: Socket[] = [];
const faults: unknown[] = [];
let failing = false;

beforeAll(async () => {
  database = await embedded!.open();
  stage = await openStage(database.db);
  httpServer = createServer();
  const { charging, courier, ids } = stage.server;
  realtime = createRealtime({
    httpServer,
    ping: { pingInterval: 50, pingTimeout: 1_000 },
    // Evidence that cannot be written for a while, as when the database is away.
    charging: {
      ...charging,
      recordEvents: (callId, events) =>
        failing
          ? Promise.reject(new FairminuteError("database_unavailable", "away"))
          : charging.recordEvents(callId, events),
    },
    courier,
    ids,
    db: database.db,
    clock: stage.clock,
    verifyToken: async (token) => ({ userId: token, name: null, role: null }),
    toProblem,
    config: {
      stunUrls: [],
      turnUrls: [],
      turnSecret: null,
      publicUrl: null,
      secretKey: "of this test",
      corsOrigins: [],
    },
    onFault: (fault) => faults.push(fault),
  });
  await new Promise<void>((listening) => httpServer.listen(0, "127.0.0.1", listening));
});
afterAll(async () => {
  for (const socket of sockets) socket.disconnect();
  await realtime.close();
  await new Promise((closed) => httpServer.close(closed));
  await stage.close();
  await database.close();
});

async function joined(userId: string, callId: string): Promise<{ socket: Socket; connectionId: string }> {
  const { port } = httpServer.address() as AddressInfo;
  const auth = { token: userId };
  const socket = io(`http://127.0.0.1:${port}`, {
    auth,
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
  });
  sockets.push(socket);
  const { connectionId } = await socket.emitWithAck("call:join", { callId });
  return { socket, connectionId };
}

async function seenUntil(callId: string, connectionId: string): Promise<unknown> {
  const log = await stage.log(callId);
  return log.find((event) => event.type === "participant.seen" && event.connectionId === connectionId)?.untilAt;
}

it("is written when the page is silent for longer than its heartbeat", async () => {
  const callId = await stage.callAccepted();
  const { connectionId } = await joined("ada", callId);
  stage.clock.at += 12_000;
  await expect.poll(() => seenUntil(callId, connectionId), patience).toBe(stage.clock.at);
});

it("is not lost when one of them could not be written", async () => {
  const callId = await stage.callAccepted();
  const { connectionId } = await joined("ada", callId);
  failing = true;
  stage.clock.at += 12_000;
  await expect.poll(() => faults.length, patience).toBeGreaterThan(0);
  failing = false;
  await expect.poll(() => seenUntil(callId, connectionId), patience).toBe(stage.clock.at);
});

it("ends a connection at the last one when the network falls silent", async () => {
  const callId = await stage.callAccepted();
  const ada = await joined("ada", callId);
  const ben = await joined("ben", callId);
  stage.clock.at += 5_000;
  const lastProof = stage.clock.at;
  const proved = ada.socket.emitWithAck("call:heartbeat", { callId });
  expect(await proved).toMatchObject({ ok: true });
  // The line stays open and carries nothing more: the page's machine has gone to sleep.
  const { transport } = ada.socket.io.engine as unknown as { transport: { ws: { _socket: { pause(): void } } } };
  transport.ws._socket.pause();
  const interrupted = new Promise<{ since: string }>((heard) => ben.socket.on("call:interrupted", heard));
  // A pong of before the pause may still be on its way: it has arrived once others have gone there and back.
  for (let turn = 0; turn < 3; turn++) await ben.socket.emitWithAck("call:heartbeat", { callId });
  stage.clock.at += 5_000;
  expect(await interrupted).toMatchObject({ userIds: ["ada"] });
  const left = (await stage.log(callId)).filter((event) => event.type === "participant.left");
  expect(left).toMatchObject([{ connectionId: ada.connectionId, reason: "connection_lost", occurredAt: lastProof }]);
});
