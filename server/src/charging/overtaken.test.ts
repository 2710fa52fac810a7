// Two servers that work on one call: who was overtaken has written nothing, reads again and decides again.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import { audit } from "./audit.ts";
import { decide } from "./decision.ts";
import { type Decision, readCalls, writeTrusted } from "./write.ts";

describe.each(databaseKinds)("two servers on one call, on $name", (kind) => {
  let test: TestDatabase;
  let world: World;
  beforeAll(async () => {
    test = await kind.open();
    world = new World(test);
  });
  afterAll(async () => {
    const report = await audit(test.db, world.now);
    await test.close();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(world.faults).toEqual([]);
  });

  const accepted = async () => {
    const people = await world.pair(300);
    return { ...people, call: await world.open(people, { autoAccept: true }) };
  };

  /** What a server makes of a join when the call stands as it was just read. */
  async function decideJoin(callId: string, userId: string): Promise<Decision> {
    const [read] = await readCalls(test.db, [callId]);
    if (read === undefined) throw new Error("the call is there");
    const joined = { ...world.joined(userId, `${callId}-${userId}`), receivedAt: world.now };
    const { decision } = decide(read, read, { now: world.now, evidence: [joined], available: null });
    if (decision === null) throw new Error("a join is always written");
    return decision;
  }

  it.each([
    ["trusted", true],
    ["looked at first", false],
  ])("a batch (%s) of what was decided before another server wrote changes nothing of it", async (_how, trust) => {
    const { call, leo, mia } = await accepted();
    const [first, second] = [await decideJoin(call.id, leo), await decideJoin(call.id, mia)];
    expect((await writeTrusted(test.db, [first], world.now, trust)).outcomes).toEqual([]);
    const [before] = await readCalls(test.db, [call.id]);
    const overtaken = await writeTrusted(test.db, [second], world.now, trust);
    expect(overtaken).toMatchObject({ outcomes: [{ id: call.id, outcome: "stale" }], isSound: false });
    expect(await readCalls(test.db, [call.id])).toEqual([before]);
  });

  it("both people join at the same instant, each at another server: the call is active, and both servers say so", async () => {
    const calls = [];
    for (let i = 0; i < 12; i += 1) calls.push(await accepted());
    await Promise.all(
      calls.flatMap(({ call, leo, mia }) =>
        [leo, mia].map((userId, i) =>
          world.halls[i === 0 ? 0 : 1].recordEvents(call.id, [world.joined(userId, `${call.id}-${userId}`)]),
        ),
      ),
    );
    for (const { call, leo } of calls) {
      for (const hall of world.halls) {
        expect(await hall.readCall(call.id, leo)).toMatchObject({ status: "active", startedAt: call.requestedAt });
      }
    }
  });

  it("servers take turns with one call: each goes on from what the other wrote, not from what it remembers", async () => {
    const { call, leo, mia } = await accepted();
    const [one, other] = world.halls;
    await one.recordEvents(call.id, [world.joined(leo, `${call.id}-l`)]);
    await other.recordEvents(call.id, [world.joined(mia, `${call.id}-m`)]);
    world.now += 10_000;
    await one.recordEvents(call.id, [world.left(leo, `${call.id}-l`)]);
    world.now += 10_000;
    const told = await other.recordEvents(call.id, [world.joined(leo, `${call.id}-l2`)]);
    expect(told).toMatchObject({ status: "active", interruptedSince: null });
    const [stored] = await readCalls(test.db, [call.id]);
    // The opening, and four pieces of evidence: each write counted on from the one before.
    expect(stored).toMatchObject({ version: 5, status: "active", interruptedSince: null });
    expect(stored?.events).toHaveLength(5);
  });
});
