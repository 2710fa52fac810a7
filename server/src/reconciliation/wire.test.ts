// The whole way over the providers' wire: webhooks that never come, a receiver that is away, an API that is down, slow or lies.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { audit } from "../charging/audit.ts";
import type { CallJson } from "../charging/charging.ts";
import { openWire, type Room, type Wire } from "./wire.case.ts";

const INTERVAL = 10;
const both = ["livekit", "stream"] as const;

/** The machine may be busy. */
const patience = { timeout: 240_000 };

describe.each(databaseKinds)("looks over the wire on $name", patience, (kind) => {
  let wire: Wire;
  let people = 0;
  beforeAll(async () => {
    wire = await openWire(kind);
  });
  beforeEach(async () => {
    wire.begin();
    // What an earlier story has left to be looked at is none of this one's troubles.
    await wire.server.db.query("delete from provider_calls");
  });
  afterAll(async () => {
    expect((await audit(wire.server.db, wire.server.clock.now())).checks.filter(({ ok }) => !ok)).toEqual([]);
    await wire.close();
  });

  interface Story {
    room: Room;
    call: CallJson;
    leo: string;
    mia: string;
  }

  /** A call that an app registers for a room of its own, under coin-minutes at 60 coins a minute in seconds of one coin. */
  async function registered(provider: Room["provider"], coins = 1000, more: object = {}): Promise<Story> {
    people += 1;
    const [leo, mia] = [`leo-${people}`, `mia-${people}`];
    await wire.coins(leo, coins);
    const room = wire.room(provider, [leo, mia]);
    const call = await wire.register(room, { payerId: leo, payeeId: mia, preset: "creator-call", ...more });
    return { room, call, leo, mia };
  }

  it.each(both)(
    "%s: not one webhook arrives, and the call is metered and settled within a minute",
    async (provider) => {
      const { room, call, leo, mia } = await registered(provider);
      room.fake.troubles.webhooksDropped = true;
      await wire.to(3);
      room.enter(leo);
      room.enter(mia);
      await wire.to(6);
      expect((await wire.read(call.id)).status).toBe("active");
      await wire.to(68);
      room.leave(leo);
      room.leave(mia);
      await wire.to(128);
      const settled = await wire.read(call.id);
      expect(settled.status).toBe("completed");
      expect(settled.billableSeconds).toBeLessThanOrEqual(65);
      // Stream keeps a record of every connection: there the bill is exact.
      expect(settled.billableSeconds).toBeGreaterThanOrEqual(provider === "stream" ? 65 : 65 - INTERVAL);
      expect(settled.durationSource).toBe(provider === "stream" ? "report" : "poll");
      expect(await wire.troubles()).toEqual([]);
    },
  );

  it.each(both)(
    "%s: the receiver is away for a minute in mid-call, with a reconnect in it; one interval at most",
    async (provider) => {
      const { room, call, leo, mia } = await registered(provider);
      await wire.to(2);
      room.enter(leo);
      room.enter(mia);
      await wire.to(40);
      room.fake.troubles.webhooksDropped = true;
      await wire.to(63);
      room.leave(mia);
      await wire.to(70);
      room.enter(mia);
      await wire.to(85);
      room.leave(leo);
      await wire.to(91);
      room.enter(leo);
      await wire.to(100);
      room.fake.troubles.webhooksDropped = false;
      await wire.to(150);
      room.leave(leo);
      room.leave(mia);
      await wire.to(215);
      const settled = await wire.read(call.id);
      expect(settled.status).toBe("completed");
      expect([wire.at(settled.startedAt), wire.at(settled.endedAt)]).toEqual([2, 150]);
      const truth = 148 - 7 - 6;
      expect(settled.billableSeconds).toBeLessThanOrEqual(truth);
      // Two gaps, each found within an interval.
      expect(settled.billableSeconds).toBeGreaterThanOrEqual(provider === "stream" ? truth : truth - 2 * INTERVAL);
    },
  );

  it.each(both)("%s: the end is lost with the receiver: the bill is right within one interval", async (provider) => {
    const { room, call, leo, mia } = await registered(provider);
    await wire.to(2);
    room.enter(leo);
    room.enter(mia);
    await wire.to(95);
    room.fake.troubles.webhooksDropped = true;
    room.leave(leo);
    room.leave(mia);
    await wire.to(155);
    const settled = await wire.read(call.id);
    expect(settled.status).toBe("completed");
    expect(wire.at(settled.endedAt)).toBeLessThanOrEqual(95);
    expect(wire.at(settled.endedAt)).toBeGreaterThanOrEqual(provider === "stream" ? 95 : 95 - INTERVAL);
  });

  it.each(both)(
    "%s: its API goes down: the call ends by funded-until, and is cut off as soon as it is back",
    async (provider) => {
      const { room, call, leo, mia } = await registered(provider, 20);
      await wire.to(1);
      room.enter(leo);
      room.enter(mia);
      await wire.to(20);
      room.fake.troubles.apiDown = true;
      room.fake.troubles.webhooksDropped = true;
      await wire.to(110);
      room.fake.troubles.apiLies = "ghosts";
      room.leave(mia);
      await wire.to(400);
      const settled = await wire.read(call.id);
      expect(settled).toMatchObject({ status: "completed", endReason: "out_of_funds", actualCoins: 20 });
      expect(settled.billableSeconds).toBe(120);
      const [trouble, ...others] = await wire.troubles();
      expect(others).toEqual([]);
      expect(trouble).toMatchObject({ callId: call.id, provider, state: "closing" });
      expect(trouble?.failures).toBeGreaterThan(3);
      expect(trouble?.lastError).not.toBe("");

      // It is back, and does not do as it says: one person is still shown.
      room.fake.troubles.apiDown = false;
      await wire.to(600);
      expect(await wire.troubles()).toMatchObject([{ callId: call.id, state: "closing" }]);
      room.fake.troubles.apiLies = null;
      await wire.to(760);
      expect(await wire.troubles()).toEqual([]);
      expect(
        (await wire.ask<{ providerCalls: { callId: string }[] }>("GET", "/api/provider-calls?state=closed"))
          .providerCalls,
      ).toMatchObject([{ callId: call.id }]);
      // Stream's record tells now when they really went, and the bill follows: to the payer's favour only.
      const { actualCoins, billableSeconds } = await wire.read(call.id);
      expect([actualCoins, billableSeconds]).toEqual([20, provider === "stream" ? 109 : 120]);
    },
  );

  it("stream: the fail-safe limit ends the call there, though this server cannot reach it any more", async () => {
    const { room, call, leo, mia } = await registered("stream", 20);
    await wire.to(1);
    room.enter(leo);
    room.enter(mia);
    await wire.to(70);
    wire.stream.troubles.apiDown = true;
    await wire.to(400);
    // The webhook of that end came: it was there, and only the orders to it were lost.
    const ended = wire.stream.recorded().filter(({ webhook }) => JSON.stringify(webhook).includes("call.ended"));
    expect(ended.length).toBeGreaterThan(0);
    expect(await wire.read(call.id)).toMatchObject({
      status: "completed",
      endReason: "out_of_funds",
      billableSeconds: 120,
    });
    expect(() => room.leave(leo)).toThrow(/has no/);
  });

  it.each(both)("%s: slow or failing answers change no bill", async (provider) => {
    const { room, call, leo, mia } = await registered(provider);
    await wire.to(1);
    room.enter(leo);
    room.enter(mia);
    room.fake.troubles.apiSlowMs = 60;
    await wire.to(30);
    room.fake.troubles.apiSlowMs = 0;
    for (const name of ["apiFails", "apiNonsense"] as const) {
      room.fake.troubles[name] = true;
      await wire.to(wire.second() + 60);
      expect(await wire.troubles()).toMatchObject([{ callId: call.id, state: "live" }]);
      room.fake.troubles[name] = false;
      await wire.to(wire.second() + 70);
      expect(await wire.troubles()).toEqual([]);
    }
    const length = wire.second() - 1;
    room.leave(leo);
    room.leave(mia);
    await wire.to(wire.second() + 60);
    expect(await wire.read(call.id)).toMatchObject({ status: "completed", billableSeconds: length });
  });

  it.each(both)(
    "%s: it says for a while that nobody is there: that is refuted, and no second is lost",
    async (provider) => {
      const { room, call, leo, mia } = await registered(provider);
      await wire.to(1);
      room.enter(leo);
      room.enter(mia);
      await wire.to(40);
      room.fake.troubles.apiLies = "empty";
      await wire.to(60);
      expect((await wire.read(call.id)).interruptedSince).not.toBeNull();
      room.fake.troubles.apiLies = null;
      await wire.to(100);
      room.leave(leo);
      room.leave(mia);
      await wire.to(160);
      expect(await wire.read(call.id)).toMatchObject({ status: "completed", billableSeconds: 99 });
    },
  );

  it("stream: it says yes to every order and does nothing: they are repeated until it obeys", async () => {
    const { room, call, leo, mia } = await registered("stream");
    await wire.to(1);
    room.enter(leo);
    room.enter(mia);
    await wire.to(30);
    wire.stream.troubles.apiLies = "commands";
    await wire.ask("POST", `/api/calls/${call.id}/end`, {}, leo);
    await wire.to(150);
    expect(await wire.troubles()).toMatchObject([{ callId: call.id, state: "closing" }]);
    expect((await wire.troubles())[0]?.lastError).toContain(`still in the room after the end: ${leo}, ${mia}`);
    wire.stream.troubles.apiLies = null;
    await wire.to(250);
    expect(await wire.troubles()).toEqual([]);
    expect(() => room.leave(leo)).toThrow(/has no/);
    expect(await wire.read(call.id)).toMatchObject({ billableSeconds: 29 });
  });

  it("livekit: our own room is made with two seats, closed at the end, and who comes back is removed", async () => {
    people += 1;
    const [leo, mia] = [`leo-${people}`, `mia-${people}`];
    await wire.coins(leo, 500);
    await wire.ask("PUT", "/api/creator-settings", { isAvailableForCalls: true, autoAcceptCalls: true }, mia);
    const { call } = await wire.ask<{ call: CallJson }>(
      "POST",
      "/api/calls/initiate",
      { creatorId: mia, estimatedMinutes: 5 },
      leo,
    );
    expect(call).toMatchObject({ provider: "livekit", status: "accepted" });
    const { token } = await wire.ask<{ token: string }>("GET", `/api/calls/${call.id}/token`, undefined, leo);
    wire.livekit.join(call.roomName, leo, { token });
    wire.livekit.join(call.roomName, mia);
    expect(() => wire.livekit.join(call.roomName, "eve")).toThrow();
    await wire.to(65);
    expect((await wire.read(call.id)).status).toBe("active");
    await wire.ask("POST", `/api/calls/${call.id}/end`, {}, leo);
    await wire.to(66);
    expect(() => wire.livekit.leave(call.roomName, leo)).toThrow(/no room/);
    // The token still opens the door: LiveKit's webhook tells, and the door is closed behind them.
    wire.livekit.join(call.roomName, leo, { token });
    await wire.to(67);
    expect(() => wire.livekit.leave(call.roomName, leo)).toThrow(/no room/);
    // And without the webhook a later look sees to it.
    wire.livekit.troubles.webhooksDropped = true;
    wire.livekit.join(call.roomName, leo, { token });
    await wire.to(140);
    expect(() => wire.livekit.leave(call.roomName, leo)).toThrow(/no room/);
    expect(await wire.read(call.id)).toMatchObject({ billableSeconds: 65, actualCoins: 20 });
  });

  it("the operator's routes are the operator's, and look at a call at once", async () => {
    const { room, call, leo, mia } = await registered("livekit");
    room.enter(leo);
    room.enter(mia);
    const looked = await wire.ask<{ call: CallJson; providerCall: object }>(
      "POST",
      `/api/calls/${call.id}/reconcile`,
      {},
    );
    expect(looked).toMatchObject({ call: { status: "active" }, providerCall: { state: "live", failures: 0 } });
    for (const [method, url] of [
      ["GET", "/api/discrepancies"],
      ["GET", "/api/provider-calls"],
      ["POST", `/api/calls/${call.id}/reconcile`],
      ["POST", "/api/discrepancies/disc_1/resolve"],
    ] as const) {
      const body = method === "POST" ? { ...(url.includes("resolve") ? { resolution: "x" } : {}) } : undefined;
      await expect(wire.ask(method, url, body, leo)).rejects.toThrow(/403/);
    }
    await expect(wire.ask("POST", "/api/calls/call_none/reconcile", {})).rejects.toThrow(/404/);
    await expect(wire.ask("POST", "/api/discrepancies/disc_1/resolve", { resolution: "x" })).rejects.toThrow(/404/);
    const insert = `insert into discrepancies (id, call_id, user_id, source_a, seconds_a, source_b, seconds_b, tolerance, found_at)
      values ('disc_1', $1, $2, 'report', 40, 'webhook', 90, 5, $3)`;
    await wire.server.db.query(insert, [call.id, leo, wire.server.clock.now()]);
    const list = () => wire.ask<{ discrepancies: object[] }>("GET", "/api/discrepancies");
    const [newest] = (await list()).discrepancies;
    expect(newest).toMatchObject({ id: "disc_1", a: { seconds: 40 }, b: { seconds: 90 } });
    await wire.ask("POST", "/api/discrepancies/disc_1/resolve", { resolution: "the report is right" });
    expect((await list()).discrepancies).not.toContainEqual(newest);
    await wire.ask("POST", `/api/calls/${call.id}/end`, {});
  });
});
