// Connections that end without a word: what is written, what is billed, and what is told.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { type Answer, type Browser, openStage, type Stage } from "./stage.case.ts";

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

type Talk = { callId: string; ada: Browser; ben: Browser; adaJoin: Answer; benJoin: Answer };

async function talk(): Promise<Talk> {
  const callId = await stage.callAccepted();
  const [ada, ben] = [await stage.open("ada"), await stage.open("ben")];
  const adaJoin = await ada.ask("call:join", { callId });
  const benJoin = await ben.ask("call:join", { callId });
  return { callId, ada, ben, adaJoin, benJoin };
}

/** Both prove that they are there, every ten seconds. */
async function talkOn(seconds: number, callId: string, ...browsers: Browser[]): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 10) {
    stage.clock.at += 10_000;
    for (const browser of browsers) expect(await browser.ask("call:heartbeat", { callId })).toMatchObject({ ok: true });
  }
}

async function endings(callId: string) {
  const log = await stage.log(callId);
  return log.filter((event) => event.type === "participant.left" || event.type === "participant.kicked");
}

describe("a lost connection", () => {
  it("ends at its last proof, is no intent, and the way back within the grace is not billed", async () => {
    const { callId, ada, ben, adaJoin } = await talk();
    await talkOn(60, callId, ada, ben);
    const lastProof = stage.clock.at;
    stage.clock.at += 4_000;
    ada.socket.io.engine.close();

    const gone = await ben.next("webrtc:user-disconnected", callId);
    expect(gone).toEqual({ sessionId: callId, disconnectedUser: "ada", reason: "connection-lost" });
    expect(await ben.next("call:peer-left", callId)).toMatchObject({
      userId: "ada",
      connectionId: adaJoin.connectionId,
    });
    expect(await ben.next("call:interrupted", callId)).toMatchObject({
      userIds: ["ada"],
      since: new Date(lastProof).toISOString(),
    });
    expect(await endings(callId)).toMatchObject([
      {
        id: `left:${adaJoin.connectionId}`,
        type: "participant.left",
        source: "signalling",
        reason: "connection_lost",
        occurredAt: lastProof,
      },
    ]);

    stage.clock.at += 16_000;
    await ben.ask("call:heartbeat", { callId });
    const reloaded = await stage.open("ada");
    const rejoin = await reloaded.ask("call:join", { callId });
    expect(rejoin.ok).toBe(true);
    expect(rejoin.connectionId).not.toBe(adaJoin.connectionId);
    expect(await ben.next("call:resumed", callId)).toMatchObject({ callId });
    await talkOn(30, callId, reloaded, ben);
    const { call } = await reloaded.ask("call:hangup", { callId });
    expect(call).toMatchObject({
      durationSeconds: 110,
      billableSeconds: 90,
      endReason: "payer_hung_up",
      actualCoins: 20,
    });
  });

  it("ends the call at the last proof when nobody comes back, with nobody's intent", async () => {
    const { callId, ada, ben } = await talk();
    await talkOn(60, callId, ada, ben);
    const lastProof = stage.clock.at;
    stage.clock.at += 7_000;
    ada.socket.io.engine.close();
    await ben.next("call:interrupted", callId);
    stage.clock.at += 20_000;
    await ben.ask("call:heartbeat", { callId });
    await stage.pass(20);
    expect(await ben.next("call:ended", callId)).toMatchObject({
      endReason: "connection_lost",
      call: { endedAt: new Date(lastProof).toISOString(), billableSeconds: 60, actualCoins: 10 },
    });
  });

  it("is told apart from a page that closes its socket, which is no intent either", async () => {
    const { callId, ada, ben, adaJoin } = await talk();
    await talkOn(10, callId, ada, ben);
    stage.clock.at += 3_000;
    ada.socket.disconnect();
    await ben.next("call:interrupted", callId);
    expect(await endings(callId)).toMatchObject([
      { id: `left:${adaJoin.connectionId}`, reason: "closed", occurredAt: stage.clock.at },
    ]);
    await ben.ask("call:hangup", { callId });
  });

  it("is also what a page says that leaves the call: the grace runs", async () => {
    const { callId, ada, ben } = await talk();
    await talkOn(10, callId, ada, ben);
    await ada.ask("call:leave", { callId });
    expect(await endings(callId)).toMatchObject([{ reason: "closed", occurredAt: stage.clock.at }]);
    expect(await stage.request("ada", "GET", `/api/calls/${callId}`)).toMatchObject({ call: { status: "active" } });
    await ben.ask("call:hangup", { callId });
  });

  it("is written once for a message that no call needs: too large a packet", async () => {
    const { callId, ada, ben, adaJoin } = await talk();
    await talkOn(10, callId, ada, ben);
    ada.socket.emit("signal", { callId, to: "x", description: { type: "offer", sdp: "x".repeat(200_000) } });
    await ben.next("call:interrupted", callId);
    expect(await endings(callId)).toMatchObject([{ id: `left:${adaJoin.connectionId}`, reason: "connection_lost" }]);
    await ben.ask("call:hangup", { callId });
  });
});

describe("somebody whose last proof lies before the other came", () => {
  it("was never there together with them: the call ends, costs nothing, and holds nothing up", async () => {
    const callId = await stage.callAccepted();
    const [ada, ben] = [await stage.open("ada"), await stage.open("ben")];
    await ada.ask("call:join", { callId });
    stage.clock.at += 9_000;
    expect(await ben.ask("call:join", { callId })).toMatchObject({ live: { call: { status: "active" } } });
    stage.clock.at += 3_000;
    ada.socket.io.engine.close();
    await ben.next("call:peer-left", callId);
    for (let beat = 0; beat < 20; beat++) {
      await stage.pass(10);
      await ben.ask("call:heartbeat", { callId });
    }
    const { call } = await stage.request("ada", "GET", `/api/calls/${callId}`);
    expect(call).toMatchObject({ billableSeconds: 0, actualCoins: 0, heldCoins: 0 });
    expect((call as { settledAt: unknown }).settledAt).not.toBeNull();
    expect(stage.faults).toEqual([]);
  });
});

describe("two tabs of one person", () => {
  it("are two connections, no peers of each other, and closing one ends nothing", async () => {
    const { callId, ada, ben, adaJoin } = await talk();
    await ben.next("call:peer-joined", callId);
    const tab = await stage.open("ada");
    const tabJoin = await tab.ask("call:join", { callId });
    expect((tabJoin.peers as { userId: string }[]).map((peer) => peer.userId)).toEqual(["ben"]);
    expect(await ben.next("call:peer-joined", callId)).toMatchObject({ connectionId: tabJoin.connectionId });
    await talkOn(30, callId, ada, tab, ben);
    ada.socket.disconnect();
    expect(await ben.next("call:peer-left", callId)).toMatchObject({ connectionId: adaJoin.connectionId });
    await talkOn(30, callId, tab, ben);
    expect(await stage.request("ben", "GET", `/api/calls/${callId}`)).toMatchObject({
      call: { status: "active", interruptedSince: null },
    });
    const { call } = await ben.ask("call:hangup", { callId });
    expect(call).toMatchObject({ billableSeconds: 60, actualCoins: 10 });
    const heardByAda = ada.heard.filter(({ type }) => type === "call:peer-joined").map(({ payload }) => payload.userId);
    expect(heardByAda).toEqual(["ben"]);
    expect(tab.count("call:peer-left")).toBe(0);
  });
});

describe("missing heartbeats", () => {
  it("end the call at the last one, and say so as source document 001 does", async () => {
    const { callId, ada, ben } = await talk();
    await talkOn(20, callId, ada, ben);
    const lastHeartbeat = new Date(stage.clock.at).toISOString();
    for (let beat = 0; beat < 7; beat++) {
      await stage.pass(10);
      if (beat < 5) await ben.ask("call:heartbeat", { callId });
    }
    expect(await ben.next("webrtc:heartbeat-timeout", callId)).toEqual({
      sessionId: callId,
      lastHeartbeat,
      timeoutDuration: 30_000,
    });
    expect(await ben.next("call:ended", callId)).toMatchObject({
      endReason: "heartbeat_timeout",
      call: { billableSeconds: 20 },
    });
  });
});

describe("a tab that is closed after the end", () => {
  it("takes nothing off the bill", async () => {
    const { callId, ada, ben } = await talk();
    await talkOn(60, callId, ada, ben);
    stage.clock.at += 9_000;
    const { call } = await ada.ask("call:hangup", { callId });
    await ben.next("call:ended", callId);
    ben.socket.io.engine.close();
    ada.socket.io.engine.close();
    const stranger = await stage.open("cleo");
    await stranger.ask("call:leave", { callId });
    expect(await endings(callId)).toEqual([]);
    expect((await stage.request("ada", "GET", `/api/calls/${callId}`)).call).toEqual(call);
    expect(call).toMatchObject({ billableSeconds: 69 });
  });
});
