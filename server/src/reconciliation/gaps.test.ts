// Nobody looked for longer than the grace, as when every server was down: what then counts as proof that people stayed.
import { FairminuteError } from "@fairminute/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { audit } from "../charging/audit.ts";
import type { ReportedConnection } from "../providers/provider.ts";
import { Stage, type Story } from "./stage.case.ts";

const INTERVAL = 10;

describe.each(databaseKinds)("gaps in which nobody looked, on $name", (kind) => {
  let test: TestDatabase;
  let stage: Stage;
  beforeAll(async () => {
    test = await kind.open();
  });
  afterEach(async () => {
    expect((await audit(test.db, stage.world.now)).checks.filter(({ ok }) => !ok)).toEqual([]);
    await test.db.query("delete from provider_calls");
    expect(stage.faults).toEqual([]);
  });
  afterAll(() => test.close());

  const ms = (seconds: number) => stage.began + seconds * 1000;
  const connections = ({ call }: Story) => ({ l: `${call.id}-l`, m: `${call.id}-m`, l2: `${call.id}-l2` });

  /** Both are seen from the start on; from second 40 to second 100 no server is running. */
  async function talk(options: { hasRecord?: boolean } = {}): Promise<Story> {
    stage = new Stage(test, { abilities: { report: options.hasRecord === true } });
    const story = await stage.open();
    const { l, m } = connections(story);
    stage.rooms.enter(story.room, story.leo, l, ms(0));
    stage.rooms.enter(story.room, story.mia, m, ms(0));
    await stage.to(40);
    expect(await stage.read(story)).toMatchObject({ status: "active" });
    return story;
  }

  function everybodyGoes(story: Story): void {
    for (const { connectionId } of [...(stage.rooms.inside.get(story.room) ?? [])]) {
      stage.rooms.leave(story.room, connectionId);
    }
  }

  it("the same connections before and after: they were there all the time", async () => {
    const story = await talk();
    stage.sleepTo(100);
    await stage.to(130);
    await stage.world.hall.commandCall(story.call.id, { kind: "end", userId: story.leo });
    const call = await stage.read(story);
    expect(call.endReason).toBe("payer_hung_up");
    // They were found by looks alone, so late by a part of an interval; the minute without looks is no gap.
    expect(call.billableSeconds).toBe(call.durationSeconds);
    expect(call.billableSeconds).toBeGreaterThan(130 - INTERVAL);
  });

  it("the same name, but a later beginning: the last proof is the end, whatever is told of that name later", async () => {
    const story = await talk();
    const { l } = connections(story);
    stage.rooms.leave(story.room, l);
    stage.rooms.enter(story.room, story.leo, l, ms(75));
    stage.sleepTo(100);
    await stage.to(130);
    await stage.webhook(story, "left", story.leo, l);
    everybodyGoes(story);
    await stage.to(200);
    const call = await stage.read(story);
    expect(call).toMatchObject({ status: "completed", endReason: "connection_lost", endedBy: null });
    expect(call.billableSeconds).toBeLessThanOrEqual(40);
    expect(call.billableSeconds).toBeGreaterThanOrEqual(40 - INTERVAL - INTERVAL);
  });

  it("a later beginning ends nothing when a look was in time for it, or when only the provider's clock is ahead", async () => {
    const story = await talk();
    const { l, m } = connections(story);
    stage.rooms.leave(story.room, l);
    stage.rooms.enter(story.room, story.leo, l, ms(43));
    await stage.to(60);
    const lookedAt = Number((await stage.row(story)).last_looked_at);
    stage.rooms.leave(story.room, m);
    stage.rooms.enter(story.room, story.mia, m, lookedAt + 4000);
    stage.sleepTo(110);
    await stage.to(125);
    expect(await stage.read(story)).toMatchObject({ status: "active", interruptedSince: null });
    everybodyGoes(story);
    await stage.to(200);
  });

  it("somebody came back by another connection, and nobody can say when: the last look is the last proof", async () => {
    const story = await talk();
    const { l, l2 } = connections(story);
    stage.rooms.leave(story.room, l);
    stage.rooms.enter(story.room, story.leo, l2, ms(75));
    stage.sleepTo(100);
    await stage.to(200);
    const call = await stage.read(story);
    expect(call).toMatchObject({ status: "completed", endReason: "connection_lost" });
    expect(call.billableSeconds).toBeLessThanOrEqual(40);
    // Their room is closed with it: what they talk now nobody would pay.
    expect(stage.rooms.size(story.room)).toBe(0);
  });

  describe("at a provider that keeps a record", () => {
    const row = (userId: string, connectionId: string, from: number, to: number | null): ReportedConnection => ({
      userId,
      connectionId,
      from: ms(from),
      to: to === null ? null : ms(to),
    });

    it("it says that they were away for five seconds: the call goes on, and only those are not billed", async () => {
      const story = await talk({ hasRecord: true });
      const { l, l2, m } = connections(story);
      stage.rooms.leave(story.room, l);
      stage.rooms.enter(story.room, story.leo, l2, ms(75));
      // Of the connections that are open it tells the beginning, and it knows one that nobody sees there.
      stage.rooms.report = () => [
        row(story.leo, l, 0, 70),
        row(story.leo, l2, 75, null),
        row(story.mia, m, 0, null),
        row(story.mia, "a-ghost", 30, null),
      ];
      stage.sleepTo(100);
      await stage.to(130);
      expect(await stage.read(story)).toMatchObject({ status: "active", interruptedSince: null });
      everybodyGoes(story);
      stage.rooms.report = () => [
        row(story.leo, l, 0, 70),
        row(story.leo, l2, 75, 130),
        row(story.mia, m, 0, 130),
        row(story.mia, "a-ghost", 30, 31),
      ];
      await stage.to(200);
      expect(await stage.read(story)).toMatchObject({
        status: "completed",
        durationSource: "report",
        durationSeconds: 130,
        billableSeconds: 125,
      });
    });

    it("it does not answer: what was seen counts, to the payer's favour", async () => {
      const story = await talk({ hasRecord: true });
      const { l, l2 } = connections(story);
      stage.rooms.leave(story.room, l);
      stage.rooms.enter(story.room, story.leo, l2, ms(75));
      stage.rooms.report = () => {
        throw new FairminuteError("provider_unavailable", "the record is away");
      };
      stage.sleepTo(100);
      await stage.to(200);
      const call = await stage.read(story);
      expect(call).toMatchObject({ status: "completed", endReason: "connection_lost" });
      expect(call.billableSeconds).toBeLessThanOrEqual(40);
    });

    it("an absence that a look finds in time asks for no record while somebody is there", async () => {
      const story = await talk({ hasRecord: true });
      stage.rooms.leave(story.room, connections(story).l);
      await stage.to(60);
      expect(stage.rooms.count("reportDurations")).toBe(0);
      everybodyGoes(story);
      await stage.to(200);
    });
  });
});
