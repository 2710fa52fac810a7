// The provider's own record: taken when it is complete, better than everything else, and compared with what others said.
import { FairminuteError } from "@fairminute/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import type { ReportedConnection } from "../providers/provider.ts";
import { Stage, type Story } from "./stage.case.ts";

describe.each(databaseKinds)("a provider's own record on $name", (kind) => {
  let test: TestDatabase;
  let stage: Stage;
  beforeAll(async () => {
    test = await kind.open();
  });
  afterEach(async () => {
    await test.db.query("delete from provider_calls");
    await test.db.query("delete from discrepancies");
    expect(stage.faults).toEqual([]);
  });
  afterAll(() => test.close());

  const ids = ({ call }: Story) => [`${call.id}-l`, `${call.id}-m`] as const;
  function bothEnter(story: Story): void {
    stage.rooms.enter(story.room, story.leo, ids(story)[0]);
    stage.rooms.enter(story.room, story.mia, ids(story)[1]);
  }
  const bothLeave = (story: Story) => ids(story).map((id) => stage.rooms.leave(story.room, id));
  const ms = (seconds: number) => stage.began + seconds * 1000;
  const row = (userId: string, connectionId: string, from: number, to: number | null): ReportedConnection => ({
    userId,
    connectionId,
    from: ms(from),
    to: to === null ? null : ms(to),
  });
  const open = async (more: Parameters<Stage["open"]>[0] = {}): Promise<Story> => {
    stage = new Stage(test, { abilities: { report: true } });
    return stage.open(more);
  };
  const sources = async (story: Story) => new Set((await stage.log(story)).map(({ source }) => source));

  it("no webhook came: the record makes the bill exact", async () => {
    const story = await open();
    const [l, m] = ids(story);
    await stage.to(3.3);
    bothEnter(story);
    await stage.to(70);
    bothLeave(story);
    stage.rooms.report = () => [row(story.leo, l, 3.3, 70), row(story.mia, m, 3, 70)];
    await stage.to(130);
    const call = await stage.read(story);
    expect(call).toMatchObject({ status: "completed", billableSeconds: 66, durationSource: "report" });
    expect([stage.at(call.startedAt), stage.at(call.endedAt)]).toEqual([3.3, 70]);
    // Once it is complete nobody asks again.
    expect(stage.rooms.count("reportDurations")).toBe(1);
  });

  it("an open or missing connection makes it incomplete: it is asked for again, and nothing of it counts yet", async () => {
    const story = await open();
    const [l, m] = ids(story);
    bothEnter(story);
    await stage.to(70);
    bothLeave(story);
    stage.rooms.report = () => [row(story.leo, l, 0, null), row(story.mia, m, 0, 70)];
    await stage.to(80);
    expect(await sources(story)).toEqual(new Set(["command", "poll"]));
    stage.rooms.report = () => [row(story.mia, m, 0, 70)];
    await stage.to(85);
    expect(stage.rooms.count("reportDurations")).toBeGreaterThan(2);
    expect(await sources(story)).toEqual(new Set(["command", "poll"]));
    stage.rooms.report = () => [row(story.leo, l, 0, 69), row(story.mia, m, 0, 70)];
    await stage.to(130);
    expect(stage.at((await stage.read(story)).endedAt)).toBe(69);
  });

  it("it comes late, after the settlement: what was too much goes back, and never more is taken", async () => {
    for (const [reportedTo, seconds, coins] of [
      [58, 58, 10],
      [120, 70, 20],
    ] as const) {
      const story = await open();
      const [l, m] = ids(story);
      bothEnter(story);
      await stage.to(70);
      await stage.world.hall.commandCall(story.call.id, { kind: "end", userId: story.leo });
      expect((await stage.read(story)).actualCoins).toBe(20);
      await stage.to(75);
      expect(await stage.row(story)).toMatchObject({ state: "closing", failures: 0 });
      stage.rooms.report = () => [row(story.leo, l, 0, reportedTo), row(story.mia, m, 0, reportedTo)];
      await stage.to(90);
      expect(await stage.read(story)).toMatchObject({ billableSeconds: seconds, actualCoins: coins });
      expect(await stage.row(story)).toMatchObject({ state: "closed" });
    }
  });

  it("it never becomes complete: after the last try what there is is taken, and the room is closed", async () => {
    const story = await open();
    const [l, m] = ids(story);
    bothEnter(story);
    await stage.to(70);
    stage.rooms.report = () => [row(story.leo, l, 0, 65), row(story.mia, m, 0, null)];
    await stage.world.hall.commandCall(story.call.id, { kind: "end", userId: story.leo });
    await stage.to(140);
    expect(stage.rooms.count("reportDurations")).toBe(5);
    expect(await stage.row(story)).toMatchObject({ state: "closed" });
    expect((await stage.read(story)).billableSeconds).toBe(65);
  });

  it("connections of the room's call before, and of its next one, are no evidence", async () => {
    const story = await open();
    const [l, m] = ids(story);
    bothEnter(story);
    await stage.to(70);
    bothLeave(story);
    const before = row(story.leo, "before", -500, -300);
    const after = row(story.leo, "after", 400, 500);
    stage.rooms.report = () => [before, row(story.leo, l, 0, 70), row(story.mia, m, 0, 70)];
    await stage.to(130);
    stage.rooms.report = () => [before, row(story.leo, l, 0, 70), row(story.mia, m, 0, 70), after];
    await stage.look.lookNow(story.call.id);
    const known = new Set((await stage.log(story)).map((event) => event.connection_id));
    expect(known).toEqual(new Set([null, l, m]));
  });

  it("the provider was away for the whole call and told nothing: its record is asked for when it is back", async () => {
    const story = await open();
    const [l, m] = ids(story);
    stage.rooms.trouble = new FairminuteError("provider_unavailable", "away");
    await stage.to(61);
    stage.rooms.trouble = null;
    stage.rooms.report = () => [row(story.leo, l, 5, 55), row(story.mia, m, 6, 55)];
    await stage.to(200);
    expect(await stage.read(story)).toMatchObject({
      status: "completed",
      billableSeconds: 49,
      durationSource: "report",
    });
  });

  it("the reason that a webhook gave stays with a connection that the record closes", async () => {
    const story = await open();
    const [l, m] = ids(story);
    bothEnter(story);
    await stage.to(30);
    stage.rooms.leave(story.room, l);
    await stage.webhook(story, "left", story.leo, l);
    stage.rooms.report = () => [row(story.leo, l, 0, 30), row(story.mia, m, 0, 31)];
    stage.rooms.leave(story.room, m);
    await stage.to(120);
    const { participants } = await stage.world.hall.readParticipants(story.call.id, null);
    expect(participants.find(({ userId }) => userId === story.leo)?.connections).toMatchObject([
      { leaveReason: "connection_lost", leftSource: "report" },
    ]);
  });

  it("sources that disagree by more than a tolerance are kept once, with both figures, until somebody resolves them", async () => {
    const story = await open();
    const [l, m] = ids(story);
    bothEnter(story);
    await stage.webhook(story, "joined", story.leo, l);
    await stage.webhook(story, "joined", story.mia, m);
    await stage.to(90);
    stage.rooms.leave(story.room, l);
    await stage.webhook(story, "left", story.leo, l);
    stage.rooms.leave(story.room, m);
    await stage.webhook(story, "left", story.mia, m);
    stage.rooms.report = () => [row(story.leo, l, 0, 40), row(story.mia, m, 0, 90)];
    await stage.to(200);
    const list = (isOpen: boolean) => stage.look.listDiscrepancies({ limit: 10, isOpen });
    const { discrepancies } = await list(true);
    expect(discrepancies).toHaveLength(2);
    for (const one of discrepancies)
      expect(one).toMatchObject({ callId: story.call.id, userId: story.leo, a: { source: "report", seconds: 40 } });
    expect(discrepancies.find(({ b }) => b.source === "webhook")).toMatchObject({
      b: { seconds: 90 },
      toleranceSeconds: 5,
    });
    expect(discrepancies.find(({ b }) => b.source === "poll")).toMatchObject({ toleranceSeconds: 15 });
    await stage.look.lookNow(story.call.id);
    expect((await list(true)).discrepancies).toEqual(discrepancies);

    const [first, second] = discrepancies;
    const resolved = await stage.look.resolveDiscrepancy(first?.id ?? "", "seen in the app's own log");
    expect(resolved).toMatchObject({ resolution: "seen in the app's own log" });
    expect(await stage.look.resolveDiscrepancy(first?.id ?? "", "another word")).toEqual(resolved);
    await stage.look.lookNow(story.call.id);
    expect((await list(true)).discrepancies.map(({ id }) => id)).toEqual([second?.id]);
    expect((await list(false)).discrepancies).toHaveLength(2);
    await expect(stage.look.resolveDiscrepancy("disc_none", "x")).rejects.toMatchObject({ code: "not_found" });
  });

  it("polls that are late by less than an interval a connection are no disagreement, and neither are calls that agree", async () => {
    const story = await open();
    const [l, m] = ids(story);
    await stage.to(1);
    bothEnter(story);
    await stage.webhook(story, "joined", story.leo, l);
    await stage.webhook(story, "joined", story.mia, m);
    await stage.to(47);
    stage.rooms.leave(story.room, l);
    await stage.webhook(story, "left", story.leo, l);
    stage.rooms.enter(story.room, story.leo, "again");
    await stage.webhook(story, "joined", story.leo, "again");
    await stage.to(100);
    for (const id of ["again", m]) stage.rooms.leave(story.room, id);
    await stage.webhook(story, "left", story.leo, "again");
    await stage.webhook(story, "left", story.mia, m);
    stage.rooms.report = () => [row(story.leo, l, 1, 47), row(story.leo, "again", 47, 100), row(story.mia, m, 1, 100)];
    await stage.to(200);
    expect(await stage.row(story)).toMatchObject({ state: "closed" });
    expect((await stage.look.listDiscrepancies({ limit: 10, isOpen: false })).discrepancies).toEqual([]);
  });

  it("lists come in pages, the newest first", async () => {
    const story = await open();
    const insert = `insert into discrepancies (id, call_id, user_id, source_a, seconds_a, source_b, seconds_b, tolerance, found_at)
      values ($1, $2, $3, 'report', 1, 'webhook', 9, 5, $4)`;
    for (let i = 0; i < 5; i += 1) await test.db.query(insert, [`disc_${i}`, story.call.id, `user${i}`, ms(i % 2)]);
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await stage.look.listDiscrepancies({ limit: 2, isOpen: true, cursor });
      found.push(...page.discrepancies.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
      expect(page.hasMore).toBe(cursor !== undefined);
    } while (cursor !== undefined);
    expect(found).toEqual(["disc_3", "disc_1", "disc_4", "disc_2", "disc_0"]);
    await expect(stage.look.listDiscrepancies({ limit: 2, isOpen: true, cursor: "bm9uc2Vuc2U" })).rejects.toMatchObject(
      {
        code: "invalid_cursor",
      },
    );
    const [another] = [await stage.open()];
    const one = await stage.look.listWatchedCalls({ state: "live", limit: 1 });
    const two = await stage.look.listWatchedCalls({ state: "live", limit: 1, cursor: one.nextCursor ?? undefined });
    const ids2 = [...one.providerCalls, ...two.providerCalls].map(({ callId }) => callId);
    expect([new Set(ids2), two.hasMore]).toEqual([new Set([story.call.id, another?.call.id]), false]);
  });
});
