// Two servers on one PostgreSQL: a call whose people are on different servers is one call.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFreshPostgres, type TestDatabase } from "../../test/databases.ts";
import type { Database } from "../db/database.ts";
import { openPostgres } from "../db/postgres.ts";
import { type Browser, openStage, type Stage } from "./stage.case.ts";

describe("two servers", () => {
  let database: TestDatabase & { url: string };
  let secondDb: Database;
  let north: Stage;
  let south: Stage;
  beforeAll(async () => {
    database = await openFreshPostgres();
    secondDb = openPostgres(database.url, { connections: 10 });
    north = await openStage(database.db);
    south = await openStage(secondDb, { clock: north.clock });
  });
  afterAll(async () => {
    await north.close();
    await south.close();
    await secondDb.close();
    await database.close();
  });

  const candidate = { candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host", sdpMid: "0" };

  async function talk(): Promise<{ callId: string; ada: Browser; ben: Browser; from: unknown; to: unknown }> {
    const callId = await north.callAccepted();
    const [ada, ben] = [await north.open("ada"), await south.open("ben")];
    const from = (await ada.ask("call:join", { callId })).connectionId;
    const benJoin = await ben.ask("call:join", { callId });
    expect(benJoin).toMatchObject({
      peers: [{ userId: "ada", connectionId: from }],
      live: { call: { status: "active" } },
    });
    return { callId, ada, ben, from, to: benJoin.connectionId };
  }

  it("carry signals both ways, in order, and to nobody else", async () => {
    const { callId, ada, ben, from, to } = await talk();
    const tab = await south.open("ben");
    await tab.ask("call:join", { callId });
    expect(await ada.next("call:peer-joined", callId)).toMatchObject({ connectionId: to });
    const sent = [{ description: { type: "offer", sdp: "v=0" } }, { candidate }, { candidate: null }];
    for (const content of sent) expect(await ada.ask("signal", { callId, to, ...content })).toEqual({ ok: true });
    for (const content of sent)
      expect(await ben.next("signal")).toEqual({ callId, from, fromUserId: "ada", ...content });
    await ben.ask("signal", { callId, to: from, description: { type: "answer", sdp: "v=0" } });
    expect(await ada.next("signal")).toMatchObject({ from: to, fromUserId: "ben" });
    expect(tab.count("signal")).toBe(0);
    await ada.ask("call:hangup", { callId });
  });

  it("refuse a signal to a connection of another call on the other server", async () => {
    const { callId, ada, ben } = await talk();
    const otherId = await north.callAccepted();
    const elsewhere = await south.open("ben");
    const { connectionId: to } = await elsewhere.ask("call:join", { callId: otherId });
    expect(await ada.ask("signal", { callId, to, candidate })).toMatchObject({
      error: { code: "not_found", param: "to" },
    });
    expect(elsewhere.count("signal")).toBe(0);
    await ben.ask("call:hangup", { callId });
    await ben.ask("call:hangup", { callId: otherId });
  });

  it("ring, start and end on both, and forget the call's connections on both", async () => {
    const ben = await south.open("ben");
    const pending = await north.callPending();
    expect(await ben.next("call:incoming", pending)).toMatchObject({ call: { id: pending } });
    await ben.ask("call:hangup", { callId: pending });

    const { callId, ada, ben: talking } = await talk();
    expect(await ada.next("call:started", callId)).toMatchObject({ callId });
    north.clock.at += 5_000;
    const ended = await talking.ask("call:hangup", { callId });
    expect(await ada.next("call:ended", callId)).toMatchObject({
      callId,
      endReason: "payee_hung_up",
      call: ended.call,
    });
    ada.socket.io.engine.close();
    expect(await ada.next("webrtc:session-ended", callId)).toMatchObject({ sessionId: callId });
    await expect.poll(() => ada.socket.connected, { timeout: 20_000 }).toBe(false);
    expect((await north.log(callId)).filter((event) => event.type === "participant.left")).toEqual([]);
  });

  it("know who is online on the other one", async () => {
    const cleo = await south.open("cleo");
    expect(south.server.realtime.isOnline("cleo")).toBe(true);
    await expect.poll(() => north.server.realtime.isOnline("cleo"), { timeout: 30_000 }).toBe(true);
    cleo.socket.disconnect();
    await expect.poll(() => north.server.realtime.isOnline("cleo"), { timeout: 30_000 }).toBe(false);
  });

  it("lose nobody when one of them stops: its people rejoin on the other, and only the gap is free", async () => {
    const third = openPostgres(database.url, { connections: 10 });
    const leaving = await openStage(third, { clock: north.clock });
    const callId = await north.callAccepted();
    const [ada, ben] = [await leaving.open("ada"), await north.open("ben")];
    await ada.ask("call:join", { callId });
    await ben.ask("call:join", { callId });
    for (let beat = 0; beat < 3; beat++) {
      north.clock.at += 10_000;
      for (const browser of [ada, ben]) await browser.ask("call:heartbeat", { callId });
    }
    const gone = new Promise((resolve) => ada.socket.on("disconnect", resolve));
    await leaving.server.close();
    await third.close();
    // A goodbye ("io server disconnect") would keep browsers from reconnecting by themselves.
    expect(await gone).toBe("transport close");
    expect((await north.log(callId)).filter((event) => event.type === "participant.left")).toEqual([]);

    north.clock.at += 8_000;
    const back = await south.open("ada");
    expect(await back.ask("call:join", { callId })).toMatchObject({ ok: true, live: { call: { status: "active" } } });
    for (let beat = 0; beat < 3; beat++) {
      north.clock.at += 10_000;
      for (const browser of [back, ben]) await browser.ask("call:heartbeat", { callId });
    }
    const { call } = await back.ask("call:hangup", { callId });
    expect(call).toMatchObject({
      status: "completed",
      endReason: "payer_hung_up",
      durationSeconds: 68,
      billableSeconds: 60,
    });
  });
});
