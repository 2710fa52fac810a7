// The nets below the rules: what the tables refuse whoever asks, and what a write leaves alone.
import type { CallEvent } from "@fairminute/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import type { CallJson } from "./charging.ts";
import { readCalls, writeCalls } from "./write.ts";

for (const kind of databaseKinds) {
  describe(`nets on ${kind.name}`, () => {
    let test: TestDatabase;
    let world: World;
    beforeAll(async () => {
      test = await kind.open();
      world = new World(test);
    });
    afterAll(() => test.close());

    const openOne = async (): Promise<{ call: CallJson; leo: string; mia: string }> => {
      const people = await world.pair(500);
      return { call: await world.open(people), ...people };
    };

    it("I10: a call that is over takes no other status, whichever it is", async () => {
      const { call, leo } = await openOne();
      await world.hall.commandCall(call.id, { kind: "cancel", userId: leo });
      const update = "update calls set status = $2 where id = $1";
      for (const status of ["pending", "accepted", "completed", "missed"]) {
        await expect(test.db.query(update, [call.id, status])).rejects.toMatchObject({ sqlstate: "FM003" });
      }
    });

    it("I10: an active call only completes", async () => {
      const { call, leo, mia } = await openOne();
      await world.hall.commandCall(call.id, { kind: "accept", userId: mia });
      const joined = { type: "participant.joined", source: "signalling", reason: null, untilAt: null } as const;
      await world.hall.recordEvents(
        call.id,
        [leo, mia].map((userId) => ({ ...joined, id: userId, userId, connectionId: userId, occurredAt: world.now })),
      );
      expect(await world.hall.readCall(call.id, leo)).toMatchObject({ status: "active" });
      const update = "update calls set status = $2 where id = $1";
      for (const status of ["pending", "accepted", "missed"]) {
        await expect(test.db.query(update, [call.id, status])).rejects.toMatchObject({ sqlstate: "FM003" });
      }
    });

    it("I3, I11: no settled call holds money, and no live one sleeps for ever", async () => {
      const { call, leo } = await openOne();
      const refused = { sqlstate: "23514" };
      const asleep = "update calls set deadline_at = null where id = $1";
      await expect(test.db.query(asleep, [call.id])).rejects.toMatchObject(refused);
      await world.hall.commandCall(call.id, { kind: "cancel", userId: leo });
      const holding = "update calls set placed = placed + 1 where id = $1";
      await expect(test.db.query(holding, [call.id])).rejects.toMatchObject(refused);
    });

    it("I11: when a call wakes is written wherever the clock looks for it, whoever wrote the call, until it is settled", async () => {
      const { call, leo, mia } = await openOne();
      const wakes = async () => {
        const columns = "c.deadline_at as of_call, d.deadline_at as of_clock";
        const joined = "calls c left join call_deadlines d on d.call_id = c.id";
        return (await test.db.query(`select ${columns} from ${joined} where c.id = $1`, [call.id]))[0];
      };
      const ringUntil = BigInt(world.now + 45_000);
      expect(await wakes()).toEqual({ of_call: ringUntil, of_clock: ringUntil });
      world.now += 1000;
      await world.hall.commandCall(call.id, { kind: "accept", userId: mia });
      const joinUntil = BigInt(world.now + 120_000);
      expect(await wakes()).toEqual({ of_call: joinUntil, of_clock: joinUntil });
      await test.db.query("update calls set deadline_at = deadline_at + 5 where id = $1", [call.id]);
      expect(await wakes()).toEqual({ of_call: joinUntil + 5n, of_clock: joinUntil + 5n });
      await world.hall.commandCall(call.id, { kind: "cancel", userId: leo });
      expect(await wakes()).toEqual({ of_call: null, of_clock: null });
    });

    it("a stretch of proof of life that is in the log grows and never shrinks", async () => {
      const { call, leo } = await openOne();
      const at = world.now;
      const beat = { id: "beat", type: "participant.seen", source: "proof", userId: leo, connectionId: "c1" } as const;
      const seen: CallEvent = { ...beat, reason: null, occurredAt: at, untilAt: at, receivedAt: at };
      await world.hall.recordEvents(call.id, [seen]);
      const [stored] = await readCalls(test.db, [call.id]);
      if (stored === undefined) throw new Error("the call is there");
      for (const untilAt of [at + 9000, at + 4000]) {
        stored.version += 1;
        const decision = { call: stored, events: [], grown: [{ ...seen, untilAt }], transfers: [], news: [] };
        expect(await writeCalls(test.db, [decision], at)).toEqual([]);
      }
      const [after] = await readCalls(test.db, [call.id]);
      expect(after?.events.find(({ id }) => id === "beat")).toMatchObject({ occurredAt: at, untilAt: at + 9000 });
    });

    it("calls at once are counted from the first ring on", async () => {
      const one = { maximumCallsAtOnce: 1 };
      const people = await world.pair(900);
      const others = await world.pair(900);
      await world.open(people, one);
      const second = world.open({ leo: people.leo, mia: others.mia }, one);
      await expect(second).rejects.toMatchObject({ code: "too_many_calls" });
    });
  });
}
