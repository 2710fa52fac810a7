// Calls that are told by looks alone: they start, are metered and settle, off by one interval at most, to the payer's favour.
import { FairminuteError, presetTerms } from "@fairminute/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { audit } from "../charging/audit.ts";
import { Stage, type Story } from "./stage.case.ts";

const INTERVAL = 10;

describe.each(databaseKinds)("polling on $name", (kind) => {
  let test: TestDatabase;
  let stage: Stage;
  beforeAll(async () => {
    test = await kind.open();
  });
  afterEach(async () => {
    expect(stage.faults).toEqual([]);
    expect((await audit(test.db, stage.world.now)).checks.filter(({ ok }) => !ok)).toEqual([]);
    // No story's calls are looked at in the next one.
    await test.db.query("delete from provider_calls");
  });
  afterAll(() => test.close());

  function bothEnter(story: Story): void {
    stage.rooms.enter(story.room, story.leo, `${story.call.id}-l`);
    stage.rooms.enter(story.room, story.mia, `${story.call.id}-m`);
  }

  it.each([
    [3, 68],
    [1.9, 131.2],
    [7.5, 40],
    [0, 65],
    [29.9, 95.05],
  ])(
    "with no webhook at all, from %d s to %d s: within one interval, to the payer's favour, settled in 60 s",
    async (from, to) => {
      stage = new Stage(test);
      const story = await stage.open();
      await stage.to(from);
      bothEnter(story);
      await stage.to(from + 3);
      expect((await stage.read(story)).status).toBe("active");
      await stage.to(to);
      stage.rooms.leave(story.room, `${story.call.id}-l`);
      stage.rooms.leave(story.room, `${story.call.id}-m`);
      await stage.to(to + 60);
      const call = await stage.read(story);
      expect(call).toMatchObject({ status: "completed", endReason: "connection_lost", durationSource: "poll" });
      const truth = to - from;
      expect(call.billableSeconds).toBeLessThanOrEqual(truth);
      expect(call.billableSeconds).toBeGreaterThanOrEqual(Math.floor(truth - INTERVAL));
      expect(stage.at(call.startedAt)).toBeGreaterThanOrEqual(from);
      expect(stage.at(call.endedAt)).toBeLessThanOrEqual(to);
      expect(call.actualCoins).toBe(Math.ceil(call.billableSeconds / 60) * 10);
    },
  );

  it.each([
    [7, 4.9, 66.1],
    [20, 11, 300.5],
    [60, 31, 242],
  ])(
    "terms with an interval of %d s, from %d s to %d s: within that one, and settled in 60 s",
    async (interval, from, to) => {
      stage = new Stage(test);
      const terms = presetTerms("creator-call");
      const story = await stage.open({
        terms: { ...terms, limits: { ...terms.limits, pollIntervalSeconds: interval } },
      });
      await stage.to(from);
      bothEnter(story);
      await stage.to(to);
      stage.rooms.leave(story.room, `${story.call.id}-l`);
      stage.rooms.leave(story.room, `${story.call.id}-m`);
      await stage.to(to + 60);
      const call = await stage.read(story);
      expect(call).toMatchObject({ status: "completed", endReason: "connection_lost", durationSource: "poll" });
      expect(call.billableSeconds).toBeLessThanOrEqual(to - from);
      expect(call.billableSeconds).toBeGreaterThanOrEqual(Math.floor(to - from - interval));
      // Rarer looks are what a longer interval is for; but a grace never passes between two of them.
      const whileTalking = stage.rooms.asked.filter(({ at }) => at > from + interval && at < to).map(({ at }) => at);
      const pauses = whileTalking.slice(1).map((at, index) => at - (whileTalking[index] as number));
      for (const pause of pauses) expect(pause).toBeCloseTo(Math.min(0.8 * interval, 15), 0);
    },
  );

  it("a reconnect that nobody told of: the gap is not billed, and costs no more than one interval", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    bothEnter(story);
    await stage.to(47);
    stage.rooms.leave(story.room, `${story.call.id}-l`);
    await stage.to(52);
    stage.rooms.enter(story.room, story.leo, `${story.call.id}-l2`);
    await stage.to(120);
    await stage.world.hall.commandCall(story.call.id, { kind: "end", userId: story.mia });
    const call = await stage.read(story);
    expect(call).toMatchObject({ status: "completed", endReason: "payee_hung_up" });
    expect(call.billableSeconds).toBeLessThanOrEqual(115);
    expect(call.billableSeconds).toBeGreaterThanOrEqual(115 - INTERVAL);
  });

  it("one wrong answer ends nothing: the next sighting refutes it, and no second is lost", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    bothEnter(story);
    await stage.to(40);
    stage.rooms.lie = [];
    await stage.to(52);
    expect((await stage.read(story)).interruptedSince).not.toBeNull();
    stage.rooms.lie = null;
    await stage.to(60);
    expect(await stage.read(story)).toMatchObject({ status: "active", interruptedSince: null });
    await stage.to(100);
    await stage.world.hall.commandCall(story.call.id, { kind: "end", userId: story.leo });
    expect((await stage.read(story)).billableSeconds).toBe(100);
  });

  it("half an hour of sightings is one stretch a connection in the log", async () => {
    stage = new Stage(test);
    const story = await stage.open({ estimatedMinutes: 40, coins: 600 });
    bothEnter(story);
    await stage.to(1800);
    expect((await stage.log(story)).filter(({ type }) => type === "participant.seen")).toHaveLength(2);
    expect((await stage.read(story)).status).toBe("active");
    expect(stage.rooms.count("listPresence")).toBeLessThan(250);
  });

  it("a call of ten minutes costs the provider some hundred questions", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    await stage.to(5);
    bothEnter(story);
    const before = stage.rooms.asked.length;
    await stage.to(605);
    stage.rooms.leave(story.room, `${story.call.id}-l`);
    stage.rooms.leave(story.room, `${story.call.id}-m`);
    const talking = stage.rooms.asked.length - before;
    await stage.to(606 + 35);
    const leaving = stage.rooms.asked.length - before - talking;
    await stage.to(2000);
    const after = stage.rooms.asked.length - before - talking - leaving;
    expect([before, talking, leaving, after]).toEqual([4, 75, 11, 4]);
  });

  it("a lost left: the call ends at the last sighting, not at its detection; webhooks give all the rest", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    await stage.to(2.2);
    bothEnter(story);
    await stage.webhook(story, "joined", story.leo, `${story.call.id}-l`);
    await stage.webhook(story, "joined", story.mia, `${story.call.id}-m`);
    await stage.to(77);
    stage.rooms.leave(story.room, `${story.call.id}-l`);
    await stage.to(140);
    const call = await stage.read(story);
    expect([call.status, stage.at(call.startedAt)]).toEqual(["completed", 2.2]);
    expect(stage.at(call.endedAt)).toBeGreaterThanOrEqual(77 - INTERVAL);
    expect(stage.at(call.endedAt)).toBeLessThanOrEqual(77);
  });

  it("somebody who has just joined by a webhook and is not listed yet has not left", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    bothEnter(story);
    await stage.to(20);
    await stage.webhook(story, "joined", story.leo, `${story.call.id}-young`);
    await stage.look.lookNow(story.call.id);
    expect((await stage.log(story)).filter(({ type }) => type === "participant.left")).toEqual([]);
    await stage.to(60);
    const left = (await stage.log(story)).filter(({ type }) => type === "participant.left");
    expect(left.map((event) => [event.connection_id, event.source, event.reason])).toEqual([
      [`${story.call.id}-young`, "poll", "not_seen"],
    ]);
    expect((await stage.read(story)).status).toBe("active");
  });

  it("strangers and recorders in an app's room are not evidence of this call", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    stage.rooms.enter(story.room, "recorder", "rec-1");
    bothEnter(story);
    await stage.to(30);
    expect(new Set((await stage.log(story)).map((event) => event.user_id))).toEqual(new Set([story.leo, story.mia]));
  });

  it("a provider that refuses or is silent proves nothing; the looks become rarer, and it is all caught up with", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    bothEnter(story);
    await stage.to(30);
    for (const trouble of [new FairminuteError("provider_unavailable", "LiveKit answers 502"), "silence"] as const) {
      const before = await stage.log(story);
      stage.rooms.trouble = trouble;
      const asked = stage.rooms.count("listPresence");
      const began = stage.rooms.seconds();
      await stage.to(began + 200);
      expect(await stage.log(story)).toEqual(before);
      expect(stage.rooms.count("listPresence") - asked).toBeLessThan(12);
      const row = await stage.row(story);
      expect(row.failures).toBeGreaterThan(4);
      expect(row.last_error).toMatch(trouble === "silence" ? /did not answer within 0.05 s/ : /502/);
      const { providerCalls } = await stage.look.listWatchedCalls({ state: "troubled", limit: 10 });
      expect(providerCalls.map(({ callId }) => callId)).toEqual([story.call.id]);
      stage.rooms.trouble = null;
      await stage.to(began + 290);
      expect(await stage.row(story)).toMatchObject({ failures: 0, last_error: null });
      expect((await stage.look.listWatchedCalls({ state: "troubled", limit: 10 })).providerCalls).toEqual([]);
    }
    expect((await stage.read(story)).status).toBe("active");
  });

  it("a call that rings is not asked about, and is as soon as it is accepted", async () => {
    stage = new Stage(test);
    const story = await stage.open({ accepted: undefined });
    await stage.to(25);
    expect(stage.rooms.asked).toEqual([]);
    await stage.world.hall.commandCall(story.call.id, { kind: "accept", userId: story.mia });
    await stage.to(25.2);
    expect(stage.rooms.asked).toMatchObject([{ what: "listPresence", at: 25 }]);
  });

  it("the provider's API is down all the time: the call ends by funded-until, and not a second later", async () => {
    stage = new Stage(test);
    const story = await stage.open({ coins: 40, estimatedMinutes: 3, minimumMinutes: 1 });
    bothEnter(story);
    await stage.to(5);
    stage.rooms.trouble = new FairminuteError("provider_unavailable", "connection refused");
    await stage.to(400);
    const call = await stage.read(story);
    expect(call).toMatchObject({
      status: "completed",
      endReason: "out_of_funds",
      actualCoins: 40,
      billableSeconds: 240,
    });
    expect(await stage.row(story)).toMatchObject({ state: "closing" });
  });
});
