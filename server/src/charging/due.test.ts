// Several servers share what is due: what one has taken the others pass over, and nobody waits for anybody.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFreshPostgres, type TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import { audit } from "./audit.ts";
import { takeDueCalls } from "./write.ts";

describe("due calls, with several servers on PostgreSQL", () => {
  let test: TestDatabase;
  let world: World;
  beforeAll(async () => {
    test = await openFreshPostgres();
    world = new World(test);
  });
  afterAll(async () => {
    const report = await audit(test.db, world.now);
    await test.close();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  it("what one server is at, another passes over: it takes the rest, and each call is taken once", async () => {
    const ringing = new Set<string>();
    for (let i = 0; i < 5; i += 1) ringing.add((await world.open(await world.pair(300))).id);
    world.now += 60_000;
    const take = async (limit: number, meanwhile: () => Promise<string[]>) =>
      test.db.transaction(async (tx) => {
        const taken = await takeDueCalls(tx, world.now, limit, null);
        return [...taken.map(({ id }) => id), ...(await meanwhile())];
      });
    const nobody = () => Promise.resolve([]);
    // Three servers, each still at its calls while the next one asks.
    const taken = await take(2, () => take(2, () => take(100, nobody)));
    expect(taken).toHaveLength(ringing.size);
    expect(new Set(taken)).toEqual(ringing);
    while ((await world.hall.advanceDue(world.now)) > 0);
    for (const id of ringing) expect(await world.hall.readCall(id, null)).toMatchObject({ status: "missed" });
  });
});
