// A call that an app made with a time limit of its own: ours may shorten it, and never makes it longer than the app wanted.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { Stage, type Story } from "./stage.case.ts";

describe.each(databaseKinds)("an app's own time limit, on $name", (kind) => {
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

  const said = () => stage.rooms.asked.filter(({ what }) => what === "limitCall").map(({ more }) => more as number);

  /** Both talk; the call is extended by a minute whenever its money runs out. */
  async function talk(appLimit: number | null, more: Parameters<Stage["open"]>[0] = {}): Promise<Story> {
    stage = new Stage(test, { abilities: { limit: true } });
    stage.rooms.limit = appLimit;
    const story = await stage.open({ coins: 200, estimatedMinutes: 2, minimumMinutes: 1, ...more });
    if (story.call.status === "pending") {
      await stage.world.hall.commandCall(story.call.id, { kind: "accept", userId: story.mia });
    }
    stage.rooms.enter(story.room, story.leo, `${story.call.id}-l`);
    stage.rooms.enter(story.room, story.mia, `${story.call.id}-m`);
    await stage.to(20);
    return story;
  }

  it("that is stricter than the money stays as it is: nothing is told at all", async () => {
    await talk(90);
    await stage.to(400);
    expect([stage.rooms.limit, said(), stage.rooms.count("readLimit")]).toEqual([90, [], 1]);
  });

  it("that is longer is shortened to the money, and grows with it up to the app's own and no further", async () => {
    const story = await talk(300);
    expect(said()).toEqual([150]);
    // The server dies after it has told the provider and before it has noted so: what stands there now is ours, not the app's.
    await test.db.query("update provider_calls set limit_until = null where call_id = $1", [story.call.id]);
    await stage.to(600);
    expect(Math.max(...said())).toBe(300);
    expect([stage.rooms.limit, stage.rooms.count("readLimit")]).toEqual([300, 1]);
  });

  it("where there is none, ours moves with the money", async () => {
    await talk(null);
    await stage.to(600);
    expect(Math.max(...said())).toBeGreaterThan(600);
  });

  it("is not asked for in a room that was made here", async () => {
    await talk(90, { accepted: undefined });
    await stage.to(100);
    expect(said().length).toBeGreaterThan(0);
    expect(stage.rooms.count("readLimit")).toBe(0);
  });
});
