// A built-in call from ringing to the receipt, told over real sockets.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { turnCredential } from "../providers/ice.ts";
import { noon, openStage, type Stage, stunUrl, turnSecret } from "./stage.case.ts";

/** The evidence of one connection that joined at `from` and beat until `untilAt`: one edge and one stretch. */
function provenPresence(connectionId: unknown, from: number, untilAt: number): object[] {
  const joined = { id: `joined:${connectionId}`, type: "participant.joined", source: "signalling", occurredAt: from };
  const seen = {
    id: `seen:${connectionId}:${from}`,
    type: "participant.seen",
    source: "proof",
    occurredAt: from,
    untilAt,
  };
  return [joined, seen];
}

describe.each(databaseKinds.map((kind) => [kind.name, kind] as const))("a call on %s", (_name, kind) => {
  let database: TestDatabase;
  let stage: Stage;
  beforeAll(async () => {
    database = await kind.open();
    stage = await openStage(database.db);
  });
  afterAll(async () => {
    await stage.close();
    await database.close();
  });

  it("rings, is accepted, joined, proved, hung up once, and told to both", async () => {
    const began = stage.clock.at;
    const ada = await stage.open("ada");
    const ben = await stage.open("ben");

    const callId = await stage.callPending();
    const incoming = await ben.next("call:incoming", callId);
    expect(incoming).toMatchObject({
      callId,
      serverTime: began,
      call: { id: callId, payerId: "ada", status: "pending" },
    });
    expect(incoming.seq).toBeGreaterThan(0);
    expect(await ada.ask("call:join", { callId })).toMatchObject({ ok: false, error: { code: "call_not_accepted" } });

    await stage.request("ben", "POST", `/api/calls/${callId}/accept`);
    expect(await ada.next("call:accepted", callId)).toMatchObject({ callId, call: { status: "accepted" } });

    const adaJoin = await ada.ask("call:join", { callId });
    expect(adaJoin).toMatchObject({ ok: true, polite: false, peers: [], live: { call: { id: callId } } });
    stage.clock.at += 2_000;
    const benJoin = await ben.ask("call:join", { callId });
    expect(benJoin).toMatchObject({
      ok: true,
      polite: true,
      peers: [{ userId: "ada", connectionId: adaJoin.connectionId }],
      live: { call: { status: "active" }, placed: { ada: 300 } },
    });
    expect(benJoin.connectionId).not.toBe(adaJoin.connectionId);
    expect(await ada.next("call:peer-joined", callId)).toMatchObject({
      userId: "ben",
      connectionId: benJoin.connectionId,
    });
    expect(await ada.next("call:started", callId)).toMatchObject({ startedAt: new Date(began + 2_000).toISOString() });

    for (let beat = 0; beat < 6; beat++) {
      stage.clock.at += 10_000;
      const serverTime = stage.clock.at;
      expect(await ada.ask("call:heartbeat", { callId })).toEqual({ ok: true, serverTime });
      expect(await ben.ask("call:heartbeat", { callId })).toEqual({ ok: true, serverTime });
    }
    stage.clock.at += 1_000;
    const ended = await ada.ask("call:hangup", { callId });
    expect(ended).toMatchObject({
      ok: true,
      call: { status: "completed", endReason: "payer_hung_up", endedBy: "ada", billableSeconds: 61, actualCoins: 20 },
    });
    stage.clock.at += 5_000;
    expect(await ada.ask("call:hangup", { callId })).toEqual(ended);
    expect(await ben.ask("call:hangup", { callId })).toEqual(ended);
    expect(await ben.next("call:ended", callId)).toMatchObject({
      callId,
      endReason: "payer_hung_up",
      endedBy: "ada",
      call: ended.call,
    });
    expect(await ben.ask("call:heartbeat", { callId })).toMatchObject({
      ok: false,
      error: { code: "call_already_ended" },
    });
    expect(await ada.ask("call:join", { callId })).toMatchObject({ ok: false, error: { code: "call_already_ended" } });

    const log = await stage.log(callId);
    expect(log.filter((event) => event.connectionId === adaJoin.connectionId)).toMatchObject(
      provenPresence(adaJoin.connectionId, began, began + 62_000),
    );
    expect(log.filter((event) => event.type === "hangup")).toMatchObject([{ userId: "ada", source: "command" }]);
    expect(await stage.request("ada", "GET", "/api/wallet")).toMatchObject({ available: 980, held: 0 });
  });

  it("tells the end with exactly the fields of source document 001", async () => {
    const callId = await stage.callAccepted();
    const [ada, ben] = [await stage.open("ada"), await stage.open("ben")];
    await ada.ask("call:join", { callId });
    await ben.ask("call:join", { callId });
    stage.clock.at += 3_000;
    await ben.ask("call:hangup", { callId });
    expect(await ada.next("webrtc:session-ended", callId)).toEqual({
      sessionId: callId,
      tutorAddress: "ben",
      studentAddress: "ada",
      endedBy: "ben",
      reason: "payee_hung_up",
    });
  });

  it("gives STUN, and TURN credentials that coturn accepts, lasting as long as the call can", async () => {
    const callId = await stage.callAccepted();
    const ada = await stage.open("ada");
    const { iceServers } = await ada.ask("call:join", { callId });
    const [stun, turn] = iceServers as { urls: string[]; username: string; credential: string }[];
    expect(stun).toEqual({ urls: [stunUrl] });
    const [expiry, userId] = turn!.username.split(":");
    expect(userId).toBe("ada");
    expect(Number(expiry) * 1000).toBeGreaterThanOrEqual(stage.clock.at + 4 * 3_600_000);
    expect(turn!.credential).toBe(turnCredential(turnSecret, turn!.username));
  });

  it("cancels when somebody hangs up before anybody talked, and charges nothing", async () => {
    const callId = await stage.callPending();
    const [ada, ben] = [await stage.open("ada"), await stage.open("ben")];
    expect(await ada.ask("call:hangup", { callId })).toMatchObject({
      ok: true,
      call: { status: "cancelled", cancelledBy: "ada", actualCoins: 0, heldCoins: 0 },
    });
    expect(await ben.next("call:cancelled", callId)).toMatchObject({ callId, call: { status: "cancelled" } });
  });

  it("gives the same connection for joining twice on one socket, a new one after leaving", async () => {
    const callId = await stage.callAccepted();
    const ada = await stage.open("ada");
    const first = await ada.ask("call:join", { callId });
    const again = await ada.ask("call:join", { callId });
    expect(again.connectionId).toBe(first.connectionId);
    expect(await ada.ask("call:leave", { callId })).toEqual({ ok: true });
    expect(await ada.ask("call:leave", { callId })).toEqual({ ok: true });
    expect(await ada.ask("call:heartbeat", { callId })).toMatchObject({
      ok: false,
      error: { code: "call_not_joinable" },
    });
    stage.clock.at += 1_000;
    const back = await ada.ask("call:join", { callId });
    expect(back.connectionId).not.toBe(first.connectionId);
    const joins = (await stage.log(callId)).filter((event) => event.type === "participant.joined");
    expect(joins.map((event) => event.connectionId)).toEqual([first.connectionId, back.connectionId]);
  });

  it("carries connected people along when the sandbox's clock is moved", async () => {
    const callId = await stage.callAccepted();
    const [ada, ben] = [await stage.open("ada"), await stage.open("ben")];
    await ada.ask("call:join", { callId });
    await ben.ask("call:join", { callId });
    await stage.request("ada", "POST", "/api/sandbox/clock/advance", { seconds: 600 });
    expect(await ada.ask("call:heartbeat", { callId })).toMatchObject({ ok: true });
    const { call } = await ada.ask("call:hangup", { callId });
    expect(call).toMatchObject({ status: "completed", billableSeconds: 600, actualCoins: 100 });
  });

  it("starts at noon and broke nothing behind anybody's back", () => {
    expect(stage.clock.at).toBeGreaterThan(noon);
    expect(stage.faults).toEqual([]);
  });
});
