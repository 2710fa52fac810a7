// Stories of calls that nobody announced: they were found by their evidence, in whatever order it came.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import { audit } from "./audit.ts";
import type { CallJson, Evidence } from "./charging.ts";

type People = { leo: string; mia: string };

for (const kind of databaseKinds) {
  describe(`calls that are found on ${kind.name}`, () => {
    let test: TestDatabase;
    let world: World;
    beforeAll(async () => {
      test = await kind.open();
      world = new World(test);
    });
    afterEach(async () => {
      const report = await audit(test.db, world.now);
      expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    });
    afterAll(() => test.close());

    /** A talk of 295 and 88 seconds, in which both reconnect. */
    function talkOf({ leo, mia }: People, from: number): Evidence[] {
      const at = (seconds: number) => from + seconds * 1000;
      return [
        world.joined(leo, `${leo}-1`, at(0)),
        world.joined(mia, `${mia}-1`, at(5)),
        world.left(leo, `${leo}-1`, at(300)),
        world.left(mia, `${mia}-1`, at(301)),
        world.joined(leo, `${leo}-2`, at(310)),
        world.joined(mia, `${mia}-2`, at(312)),
        world.left(leo, `${leo}-2`, at(400)),
        world.left(mia, `${mia}-2`, at(401)),
      ];
    }

    /** Opens the call by its first two joins, and records the rest one by one. */
    async function find(people: People, told: readonly Evidence[]): Promise<CallJson> {
      const [one, other, ...rest] = told;
      if (one === undefined || other === undefined) throw new Error("two people are needed");
      const call = await world.open(people, {
        preset: "coin-minutes",
        provider: "livekit",
        roomName: `room-of-${people.leo}`,
        accepted: "adopted",
        estimatedMinutes: 1,
        minimumMinutes: 0,
        requestedAt: Math.min(one.occurredAt, other.occurredAt),
        evidence: [one, other],
      });
      for (const event of rest) await world.hall.recordEvents(call.id, [event]);
      await world.pass(60);
      return world.hall.readCall(call.id, null);
    }

    it("I6: both reconnect, and of all that is told late the reconnect comes first: the bill is that of the right order", async () => {
      const figures = ({ status, startedAt, endedAt, billableSeconds, actualCoins }: CallJson, from: number) => {
        const secondsOf = (text: string | null) => (Date.parse(text ?? "") - from) / 1000;
        return [status, secondsOf(startedAt), secondsOf(endedAt), billableSeconds, actualCoins];
      };
      const orders = [
        [0, 1, 2, 3, 4, 5, 6, 7],
        [5, 4, 3, 2, 1, 0, 6, 7],
        [4, 5, 0, 1, 2, 3, 6, 7],
        [5, 4, 7, 6, 1, 0, 3, 2],
      ];
      for (const order of orders) {
        const people = await world.pair(500);
        const from = world.now;
        await world.pass(402);
        const all = talkOf(people, from);
        const call = await find(
          people,
          order.map((index) => all[index] as Evidence),
        );
        expect(figures(call, from), order.join()).toEqual(["completed", 5, 400, 383, 60]);
        expect(await world.coins(people.leo)).toMatchObject({ available: 440, held: 0 });
      }
    });

    it("a call that was announced is not older than its announcement", async () => {
      const people = await world.pair(500);
      const from = world.now;
      await world.pass(60);
      const call = await world.talk(people);
      await world.hall.recordEvents(call.id, [
        world.joined(people.leo, "early-1", from),
        world.joined(people.mia, "early-2", from),
      ]);
      await world.pass(60);
      const ended = await world.hall.commandCall(call.id, { kind: "end", userId: people.leo });
      expect(ended).toMatchObject({ billableSeconds: 60, actualCoins: 10, startedAt: call.requestedAt });
    });

    it("a cancellation that waits for its settlement is told by nobody before it is one", async () => {
      const people = await world.pair(500);
      const call = await world.open(people, { provider: "livekit", roomName: `room-${people.leo}` });
      await world.hall.commandCall(call.id, { kind: "accept", userId: people.mia });
      await world.pass(5);
      const ended: Evidence = { ...world.left(people.leo, "x"), id: "ended", type: "call.ended", connectionId: null };
      const waiting = await world.hall.recordEvents(call.id, [ended]);
      expect(waiting).toMatchObject({ status: "accepted", cancelledBy: null, cancellationReason: null, endedAt: null });
      await world.pass(20);
      const told = await world.hall.readCall(call.id, null);
      expect(told).toMatchObject({ status: "cancelled", cancelledBy: people.leo, actualCoins: 0 });
    });
  });
}
