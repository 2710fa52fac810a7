// Looks that come late: one wrong answer ends nothing then either, and somebody who is really gone is found gone by the second one.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { audit } from "../charging/audit.ts";
import { Stage, type Story } from "./stage.case.ts";
import { summarize, writeSummary } from "./summary.ts";

describe.each(databaseKinds)("looks that come late, on $name", (kind) => {
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

  const of = ({ call }: Story) => ({ l: `${call.id}-l`, m: `${call.id}-m` });
  const second = () => (stage.world.now - stage.began) / 1000;
  const read = (story: Story) => stage.read(story);

  /** Both came at second 0 and webhooks said so; then other calls keep the looks away for so long. */
  async function talkUntil(late: number): Promise<Story> {
    stage = new Stage(test);
    const story = await stage.open();
    const { l, m } = of(story);
    stage.rooms.enter(story.room, story.leo, l);
    stage.rooms.enter(story.room, story.mia, m);
    await stage.webhook(story, "joined", story.leo, l);
    await stage.webhook(story, "joined", story.mia, m);
    await stage.to(100);
    const { last_looked_at: last } = await stage.row(story);
    stage.sleepTo((Number(last) - stage.began) / 1000 + late);
    await stage.world.hall.advanceDue(stage.world.now);
    return story;
  }

  /** One look, and whatever falls due at this instant. */
  async function lookOnce(server: 0 | 1 = 0): Promise<void> {
    await stage.servers[server].runDue();
    await stage.world.hall.advanceDue(stage.world.now);
  }

  it.each([8, 20, 29, 45, 300])("by %i s: an answer that nobody is there, once, ends nothing", async (late) => {
    const story = await talkUntil(late);
    stage.rooms.lie = [];
    await lookOnce();
    expect((await read(story)).status).toBe("active");
    stage.rooms.lie = null;
    await stage.to(second() + 60);
    expect(await read(story)).toMatchObject({ status: "active", interruptedSince: null });
    expect(stage.rooms.count("endCall")).toBe(0);
    expect((await stage.row(story)).missing).toEqual({});
    await stage.world.hall.commandCall(story.call.id, { kind: "end", userId: story.leo });
    const call = await read(story);
    expect(call.billableSeconds).toBe(call.durationSeconds);
    expect(call.billableSeconds).toBe(Math.floor(second()));
  });

  it("two answers that miss one person each are not one that was confirmed", async () => {
    const story = await talkUntil(45);
    const [leo, mia] = stage.rooms.inside.get(story.room) ?? [];
    if (leo === undefined || mia === undefined) throw new Error("both are there");
    stage.rooms.lie = [mia];
    await lookOnce();
    stage.sleepTo(second() + 2);
    stage.rooms.lie = [leo];
    await lookOnce();
    stage.rooms.lie = null;
    await stage.to(second() + 60);
    expect(await read(story)).toMatchObject({ status: "active", interruptedSince: null });
  });

  it("who asks twice at once has asked once", async () => {
    const story = await talkUntil(45);
    stage.rooms.lie = [];
    await lookOnce();
    await stage.look.poke(story.call.id);
    stage.sleepTo(second() + 1);
    await lookOnce();
    expect((await read(story)).status).toBe("active");
    // The second answer is still to come, and soon enough.
    expect(Number((await stage.row(story)).next_look_at)).toBe(stage.world.now + 1000);
  });

  it("the second answer may be another server's: then they left when they were last seen", async () => {
    const story = await talkUntil(45);
    const lastSeenAt = second() - 45;
    stage.rooms.inside.delete(story.room);
    await lookOnce(0);
    expect((await read(story)).status).toBe("active");
    stage.sleepTo(second() + 2);
    await lookOnce(1);
    const call = await read(story);
    expect(call).toMatchObject({ status: "completed", endReason: "connection_lost" });
    expect(stage.at(call.endedAt)).toBe(lastSeenAt);
  });

  it("the operator sees since when the oldest look waits", async () => {
    const story = await talkUntil(45);
    const since = Number((await stage.row(story)).next_look_at);
    expect(await stage.look.readDue()).toEqual({ count: 1, since: new Date(since).toISOString() });
    const summary = await summarize(stage.look, { repair: false });
    expect(writeSummary(summary)).toContain(`Looks that wait: 1, the oldest since ${new Date(since).toISOString()}`);
    await lookOnce();
    expect(writeSummary(await summarize(stage.look, { repair: false }))).toContain("Looks that wait: none");
  });

  it("an answer that never comes confirms nothing and forgets nothing", async () => {
    const story = await talkUntil(45);
    stage.rooms.inside.delete(story.room);
    await lookOnce();
    stage.rooms.trouble = "silence";
    stage.sleepTo(second() + 2);
    await lookOnce();
    expect((await read(story)).status).toBe("active");
    stage.rooms.trouble = null;
    stage.sleepTo(second() + 10);
    await lookOnce();
    expect((await read(story)).status).toBe("completed");
  });
});
