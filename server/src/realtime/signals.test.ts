// Offers, answers and candidates between two browsers on one server.
import { afterAll, beforeAll, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { openStage, type Stage } from "./stage.case.ts";

const [embedded] = databaseKinds;
let database: TestDatabase;
let stage: Stage;
beforeAll(async () => {
  database = await embedded!.open();
  stage = await openStage(database.db);
});
afterAll(async () => {
  await stage.close();
  await database.close();
});

const offer = { type: "offer", sdp: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n" };
const candidate = {
  candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host",
  sdpMid: "0",
  sdpMLineIndex: 0,
  usernameFragment: "u",
};

it.each(["websocket", "polling"] as const)(
  "are carried to the one connection they are for, in order, over %s",
  async (transport) => {
    const callId = await stage.callAccepted();
    const ada = await stage.open("ada", { transport });
    const ben = await stage.open("ben", { transport });
    const tab = await stage.open("ben", { transport });
    const from = (await ada.ask("call:join", { callId })).connectionId;
    const to = (await ben.ask("call:join", { callId })).connectionId;
    await tab.ask("call:join", { callId });
    const sent = [{ description: offer }, { candidate }, { candidate: null }, { description: { type: "rollback" } }];
    const answers = await Promise.all(sent.map((content) => ada.ask("signal", { callId, to, ...content })));
    expect(answers).toEqual(sent.map(() => ({ ok: true })));
    for (const content of sent)
      expect(await ben.next("signal")).toEqual({ callId, from, fromUserId: "ada", ...content });
    await ben.ask("signal", { callId, to: from, description: { type: "answer", sdp: "v=0" } });
    expect(await ada.next("signal")).toMatchObject({ from: to, fromUserId: "ben" });
    expect(tab.count("signal")).toBe(0);
    expect(ada.count("signal")).toBe(1);
    await ada.ask("call:hangup", { callId });
  },
);

it("reach a browser only after it was told its own connection id", async () => {
  const callId = await stage.callAccepted();
  const [ada, ben] = [await stage.open("ada"), await stage.open("ben")];
  const { connectionId: from } = await ada.ask("call:join", { callId });
  // Whoever is in the call answers the news of a peer at once: before, or after, the joining browser has its answer.
  ada.socket.on("call:peer-joined", ({ connectionId }: { connectionId: string }) => {
    ada.socket.emit("signal", { callId, to: connectionId, description: offer });
  });
  let joined = false;
  let knewItself = false;
  ben.socket.on("signal", () => {
    knewItself = joined;
  });
  ben.socket.emit("call:join", { callId }, () => {
    joined = true;
  });
  expect(await ben.next("signal")).toMatchObject({ from, description: offer });
  expect(knewItself).toBe(true);
  await ada.ask("call:hangup", { callId });
});

it("are refused to nobody, to oneself, to another call, to somebody who has gone, and before joining", async () => {
  const [callId, otherId] = [await stage.callAccepted(), await stage.callAccepted()];
  const [ada, ben, elsewhere] = [await stage.open("ada"), await stage.open("ben"), await stage.open("ben")];
  expect(await ada.ask("signal", { callId, to: "conn_x", candidate })).toMatchObject({
    error: { code: "call_not_joinable" },
  });
  const own = (await ada.ask("call:join", { callId })).connectionId;
  const gone = (await ben.ask("call:join", { callId })).connectionId;
  const other = (await elsewhere.ask("call:join", { callId: otherId })).connectionId;
  stage.clock.at += 5_000;
  expect(await ben.ask("call:leave", { callId })).toEqual({ ok: true });
  for (const to of ["conn_nobody", own, other, gone]) {
    expect(await ada.ask("signal", { callId, to, candidate })).toMatchObject({
      ok: false,
      error: { code: "not_found", param: "to" },
    });
  }
  expect(elsewhere.count("signal") + ben.count("signal") + ada.count("signal")).toBe(0);
  for (const id of [callId, otherId]) await elsewhere.ask("call:hangup", { callId: id });
});
