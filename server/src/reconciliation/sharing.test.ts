// Several servers and servers that die: every look is one server's, none is lost, and none is made twice in one interval.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { defaultLimits } from "./limits.ts";
import { unchanged } from "./live.ts";
import { createPace } from "./pace.ts";
import { createReconciliation } from "./reconciliation.ts";
import { Stage, type Story } from "./stage.case.ts";
import { giveBack, takeDue, type Watched } from "./watched.ts";

describe.each(databaseKinds)("shared looks on $name", (kind) => {
  let test: TestDatabase;
  let stage: Stage;
  beforeAll(async () => {
    test = await kind.open();
  });
  afterEach(async () => {
    await test.db.query("delete from provider_calls");
    expect(stage.faults).toEqual([]);
  });
  afterAll(() => test.close());

  function bothEnter(story: Story): void {
    stage.rooms.enter(story.room, story.leo, `${story.call.id}-l`);
    stage.rooms.enter(story.room, story.mia, `${story.call.id}-m`);
  }

  it("two servers that look at once ask about each of 30 calls once, and share them", async () => {
    stage = new Stage(test, { limits: { atOnce: 5 } });
    const stories: Story[] = [];
    for (let i = 0; i < 30; i += 1) stories.push(await stage.open());
    for (const story of stories) bothEnter(story);
    for (const second of [0, 8, 16]) {
      stage.world.now = stage.began + second * 1000;
      const before = stage.rooms.asked.length;
      const looks = await Promise.all(stage.servers.map((server) => server.runDue()));
      const asked = stage.rooms.asked.slice(before).map(({ room }) => room);
      const looked = looks.reduce((sum, one) => sum + one, 0);
      expect([looked, asked.length, new Set(asked).size]).toEqual([30, 30, 30]);
    }
    for (const story of stories) expect((await stage.read(story)).status).toBe("active");
    // In the same interval there is nothing left for anybody.
    stage.world.now += 5000;
    expect(await Promise.all(stage.servers.map((server) => server.runDue()))).toEqual([0, 0]);
  });

  it("no two looks at one call are closer than the steady pause while both talk, whoever makes them", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    bothEnter(story);
    for (let tick = 0; tick <= 160; tick += 1) {
      stage.world.now = stage.began + tick * 250;
      await Promise.all(stage.servers.map((server) => server.runDue()));
    }
    const polls = stage.rooms.asked.filter(({ what }) => what === "listPresence").map(({ at }) => at);
    const pauses = polls.slice(2).map((at, index) => at - (polls[index + 1] as number));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(8);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(8.25);
  });

  it("a server that dies between taking and giving back only delays the look; nothing is lost", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    bothEnter(story);
    await stage.to(20);
    stage.rooms.leave(story.room, `${story.call.id}-l`);
    // It takes the look, and is never heard of again.
    stage.world.now = stage.began + 26_000;
    const taken = await takeDue(test.db, stage.world.now, stage.world.now + defaultLimits.leaseMs, 10);
    expect(taken.map(({ callId }) => callId)).toEqual([story.call.id]);
    await stage.to(60);
    expect((await stage.read(story)).status).toBe("active");
    await stage.to(100);
    const call = await stage.read(story);
    expect(call.status).toBe("completed");
    expect(stage.at(call.endedAt)).toBeLessThanOrEqual(20);
    expect(stage.at(call.endedAt)).toBeGreaterThanOrEqual(10);
  });

  it("a late server does not overwrite what another one has found since", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    bothEnter(story);
    await stage.to(10);
    stage.rooms.trouble = "silence";
    const asked = stage.rooms.count("listPresence");
    await stage.look.poke(story.call.id);
    const slow = stage.servers[0].runDue();
    while (stage.rooms.count("listPresence") === asked) await new Promise((resolve) => setImmediate(resolve));
    stage.rooms.trouble = null;
    await stage.world.hall.commandCall(story.call.id, { kind: "end", userId: story.leo });
    await stage.servers[1].runDue();
    const found = await stage.row(story);
    expect(found).toMatchObject({ state: "closed", failures: 0 });
    await slow;
    expect(await stage.row(story)).toEqual(found);
  });

  it("a look that another one has overtaken within one millisecond gives nothing back", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    bothEnter(story);
    await stage.to(5);
    const take = async () => {
      const until = stage.world.now + defaultLimits.leaseMs;
      const taken = await takeDue(test.db, stage.world.now, until, 100);
      return taken.find(({ callId }) => callId === story.call.id) as Watched;
    };
    await stage.look.poke(story.call.id);
    const slow = await take();
    await stage.world.hall.commandCall(story.call.id, { kind: "end", userId: story.leo });
    const quick = await take();
    expect([slow.state, quick.state, slow.takenUntil]).toEqual(["live", "closing", quick.takenUntil]);
    await giveBack(test.db, slow, { ...unchanged(slow), nextLookAt: stage.world.now + 1 }, stage.world.now);
    expect(await stage.row(story)).toMatchObject({ state: "closing", next_look_at: BigInt(quick.takenUntil) });
    await giveBack(test.db, quick, { ...unchanged(quick), nextLookAt: stage.world.now + 2 }, stage.world.now);
    expect(await stage.row(story)).toMatchObject({ state: "closing", next_look_at: BigInt(stage.world.now + 2) });
  });

  it("the loop looks by itself, and stops when nothing is under way any more", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    bothEnter(story);
    stage.look.start();
    while ((await stage.read(story)).status !== "active") await new Promise((resolve) => setTimeout(resolve, 20));
    await stage.look.stop();
    const asked = stage.rooms.asked.length;
    stage.world.now += 60_000;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(stage.rooms.asked.length).toBe(asked);
  });

  it("a server that stops waits for no answer: the look is another server's at once, and is no failure", async () => {
    stage = new Stage(test, { limits: { answerMs: 60_000 } });
    const story = await stage.open();
    bothEnter(story);
    stage.rooms.trouble = "silence";
    stage.look.start();
    while (stage.rooms.count("listPresence") === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await stage.look.stop();
    expect(await stage.row(story)).toMatchObject({ failures: 0, last_error: null });
    stage.rooms.trouble = null;
    expect(await stage.servers[1].runDue()).toBeGreaterThan(0);
    expect((await stage.read(story)).status).toBe("active");
  });

  it("rows that the triggers missed are put right: a settled call is closed, an unwatched one is watched", async () => {
    stage = new Stage(test);
    const [ended, lost] = [await stage.open(), await stage.open()];
    bothEnter(ended);
    bothEnter(lost);
    await stage.to(5);
    await stage.world.hall.commandCall(ended.call.id, { kind: "end", userId: null });
    await test.db.query("update provider_calls set state = 'live', next_look_at = $2 where call_id = $1", [
      ended.call.id,
      stage.world.now + 1_000_000,
    ]);
    await test.db.query("delete from provider_calls where call_id = $1", [lost.call.id]);
    const { repaired } = await stage.look.repair();
    expect(new Set(repaired)).toEqual(new Set([ended.call.id, lost.call.id]));
    expect(await stage.row(ended)).toMatchObject({ state: "closed" });
    expect(await stage.row(lost)).toMatchObject({ state: "live", failures: 0 });
  });

  it("what does not fit together is found without changing anything", async () => {
    stage = new Stage(test);
    const [calm, lost, unknown, over] = [
      await stage.open(),
      await stage.open(),
      await stage.open(),
      await stage.open(),
    ];
    for (const story of [calm, lost, unknown, over]) bothEnter(story);
    await stage.to(5);
    expect(await stage.look.examine()).toEqual([]);
    stage.rooms.leave(lost.room, `${lost.call.id}-l`);
    stage.rooms.enter(unknown.room, unknown.leo, "second-device");
    stage.rooms.isDisobedient = true;
    await stage.world.hall.commandCall(over.call.id, { kind: "end", userId: null });
    const before = await test.db.query("select * from provider_calls order by call_id");
    const findings = await stage.look.examine();
    expect(findings.map(({ callId, kind: what, what: whom }) => [callId, what, whom])).toEqual(
      expect.arrayContaining([
        [lost.call.id, "lost_connection", `${lost.leo} (${lost.call.id}-l)`],
        [unknown.call.id, "unknown_connection", `${unknown.leo} (second-device)`],
        [over.call.id, "still_there", over.leo],
        [over.call.id, "still_there", over.mia],
      ]),
    );
    expect(findings).toHaveLength(4);
    expect(await test.db.query("select * from provider_calls order by call_id")).toEqual(before);
    stage.rooms.trouble = new Error("connection refused");
    expect(new Set((await stage.look.examine()).map(({ kind: what }) => what))).toEqual(new Set(["cannot_ask"]));
    stage.rooms.trouble = null;
  });

  it("when the clock is about to be moved, those who are there stay, and those who went are found first", async () => {
    stage = new Stage(test);
    const [stays, went] = [await stage.open({ coins: 900 }), await stage.open()];
    for (const story of [stays, went]) bothEnter(story);
    await stage.to(12);
    stage.rooms.leave(went.room, `${went.call.id}-l`);
    const target = stage.world.now + 1_200_000;
    await stage.look.carryUntil(target);
    await stage.world.hall.advanceDue(target);
    while ((await stage.world.hall.advanceDue(target)) > 0);
    stage.world.now = target;
    await stage.look.runDue();
    await stage.world.hall.commandCall(stays.call.id, { kind: "end", userId: stays.leo });
    expect((await stage.read(stays)).billableSeconds).toBe(1212);
    const call = await stage.read(went);
    expect([call.status, stage.at(call.endedAt)]).toEqual(["completed", 8]);
  });

  it("a fault of ours is told, and the row is given back", async () => {
    stage = new Stage(test);
    const story = await stage.open();
    const faults: unknown[] = [];
    const broken = createReconciliation({
      db: test.db,
      charging: stage.world.hall,
      providers: {
        get: () => {
          throw new TypeError("a fault");
        },
      },
      now: () => stage.world.now,
      nextId: (prefix) => prefix,
      onFault: (error) => faults.push(error),
    });
    await broken.runDue();
    expect(faults).toMatchObject([{ message: "a fault" }]);
    expect(await stage.row(story)).toMatchObject({ failures: 1, last_error: "a fault" });
  });
});

describe("the rate", () => {
  it("allows so many at once and so many a second, in real time", async () => {
    let elapsed = 0;
    const waits: number[] = [];
    const pace = createPace(20, {
      elapsed: () => elapsed,
      wait: async (ms) => {
        waits.push(ms);
        elapsed += ms;
      },
    });
    let taken = 0;
    while (taken < 120) taken += await pace.take(7);
    // 20 at once, the other 100 in five seconds.
    expect(elapsed).toBeGreaterThanOrEqual(4950);
    expect(elapsed).toBeLessThanOrEqual(5100);
    elapsed += 3_600_000;
    expect(await pace.take(1000)).toBe(20);
    pace.giveBack(20);
    expect(await pace.take(1000)).toBe(20);
  });
});
