// Stories of the hall on every database: what a call costs, who may do what, and when money runs out.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import { creditWallet } from "../ledger/outside.ts";
import { audit } from "./audit.ts";
import type { CallJson } from "./charging.ts";

for (const kind of databaseKinds) {
  describe(`the hall on ${kind.name}`, () => {
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

    it("30 estimated minutes at 10 hold 300; 18 minutes charge 180 and release 120; payee 144, platform 36", async () => {
      const people = await world.pair(500);
      const call = await world.talk(people);
      expect(call).toMatchObject({ status: "active", estimatedCoins: 300, heldCoins: 300, actualCoins: null });
      expect(await world.coins(people.leo)).toEqual({ available: 200, held: 300, earnings: 0 });
      await world.pass(18 * 60);
      const ended = await world.hall.commandCall(call.id, { kind: "end", userId: people.leo });
      expect(ended).toMatchObject({
        status: "completed",
        durationSeconds: 1080,
        billedSeconds: 1080,
        actualCoins: 180,
        heldCoins: 0,
        endReason: "payer_hung_up",
        endedBy: people.leo,
      });
      expect(await world.coins(people.leo)).toEqual({ available: 320, held: 0, earnings: 0 });
      expect(await world.coins(people.mia)).toEqual({ available: 144, held: 0, earnings: 144 });
    });

    it("17:01 is charged as 18 minutes", async () => {
      const people = await world.pair(500);
      const call = await world.talk(people);
      await world.pass(17 * 60 + 1);
      expect(await world.hall.commandCall(call.id, { kind: "end", userId: people.mia })).toMatchObject({
        billableSeconds: 1021,
        billedSeconds: 1080,
        actualCoins: 180,
      });
    });

    it("rejected, cancelled, not answered, nobody joined: everything is released and nothing charged", async () => {
      const endings: [string, (call: CallJson, people: { leo: string; mia: string }) => Promise<unknown>][] = [
        ["rejected", (call, { mia }) => world.hall.commandCall(call.id, { kind: "reject", userId: mia })],
        [
          "cancelled",
          (call, { leo }) =>
            world.hall.commandCall(call.id, { kind: "cancel", userId: leo, reason: "changed my mind" }),
        ],
        ["cancelled", (call, { leo }) => world.hall.commandCall(call.id, { kind: "end", userId: leo })],
        ["missed", () => world.pass(46)],
        [
          "missed",
          async (call, { leo, mia }) => {
            await world.hall.commandCall(call.id, { kind: "accept", userId: mia });
            await world.hall.recordEvents(call.id, [world.joined(leo, `${call.id}-alone`)]);
            await world.pass(121);
          },
        ],
      ];
      for (const [status, end] of endings) {
        const people = await world.pair(300);
        const call = await world.open(people);
        await end(call, people);
        expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({
          status,
          actualCoins: 0,
          heldCoins: 0,
          startedAt: null,
        });
        expect(await world.coins(people.leo)).toEqual({ available: 300, held: 0, earnings: 0 });
        expect(await world.coins(people.mia)).toEqual({ available: 0, held: 0, earnings: 0 });
      }
    });

    it("a short balance opens nothing, and says what is required and what there is", async () => {
      const people = await world.pair(299);
      await expect(world.open(people)).rejects.toMatchObject({
        code: "insufficient_balance",
        details: { required: 300, available: 299 },
      });
      expect((await world.hall.listCalls({ userId: people.leo, limit: 10 })).calls).toEqual([]);
      await expect(world.open(await world.pair(49), { estimatedMinutes: 1 })).rejects.toMatchObject({
        details: { required: 50, available: 49 },
      });
      expect(await world.open(await world.pair(50), { estimatedMinutes: 1 })).toMatchObject({
        estimatedCoins: 10,
        heldCoins: 10,
      });
    });

    it("a call longer than its estimate goes on while money lasts, warns once, and ends at funded-until with exactly what was held", async () => {
      const people = await world.pair(75);
      const call = await world.talk(people, { estimatedMinutes: 5 });
      const warnings = async () => {
        const rows = await test.db.query<{ at: bigint; data: { news: { type: string }[] } }>(
          "select written_at as at, data from notices where call_id = $1 order by id",
          [call.id],
        );
        return rows.flatMap(({ at, data }) =>
          data.news.filter(({ type }) => type === "call:low-balance").map(() => Number(at)),
        );
      };
      const start = world.now;
      await world.pass(5 * 60);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({ status: "active", heldCoins: 70 });
      await world.pass(60 + 59);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({
        status: "active",
        fundedUntil: new Date(start + 420_000).toISOString(),
      });
      await world.pass(10);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({
        status: "completed",
        endReason: "out_of_funds",
        endedBy: null,
        durationSeconds: 420,
        actualCoins: 70,
        heldCoins: 0,
      });
      expect(await warnings()).toEqual([start + 360_000]);
      expect(await world.coins(people.leo)).toEqual({ available: 5, held: 0, earnings: 0 });
    });

    it("coins that arrive after the warning extend the call", async () => {
      const people = await world.pair(50);
      const call = await world.talk(people, { estimatedMinutes: 5 });
      await world.pass(250);
      await creditWallet(test.db, { userId: people.leo, amount: 20n, key: `more-${people.leo}`, now: world.now });
      await world.hall.advanceCallsOf(people.leo);
      await world.pass(120);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({ status: "active", heldCoins: 70 });
      await world.pass(60);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({ status: "completed", actualCoins: 70 });
    });

    it("a limit of calls at once holds for both sides and when all are opened at the same time, and ends with the call", async () => {
      const people = await world.pair(500);
      const one = { estimatedMinutes: 5, maximumCallsAtOnce: 1 };
      const answers = await Promise.allSettled(Array.from({ length: 10 }, () => world.open(people, one)));
      const opened = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
      expect(opened).toHaveLength(1);
      for (const answer of answers)
        if (answer.status === "rejected") expect(answer.reason).toMatchObject({ code: "too_many_calls" });
      const others = await world.pair(500);
      await expect(world.open({ leo: others.leo, mia: people.mia }, one)).rejects.toMatchObject({
        code: "too_many_calls",
      });
      expect(await world.coins(others.leo)).toEqual({ available: 500, held: 0, earnings: 0 });
      await world.hall.commandCall((opened[0] as CallJson).id, { kind: "cancel", userId: people.leo });
      expect(await world.open({ leo: others.leo, mia: people.mia }, one)).toMatchObject({
        status: "pending",
        heldCoins: 50,
      });
    });

    it("who may do what: foreigners find nothing, the payer cannot accept, a started call is not cancelled", async () => {
      const people = await world.pair(300);
      const call = await world.open(people);
      const { hall } = world;
      await expect(hall.commandCall(call.id, { kind: "end", userId: "stranger" })).rejects.toMatchObject({
        code: "call_not_found",
      });
      await expect(hall.readCall(call.id, "stranger")).rejects.toMatchObject({ code: "call_not_found" });
      await expect(hall.commandCall("call_nowhere", { kind: "end", userId: people.leo })).rejects.toMatchObject({
        code: "call_not_found",
      });
      await expect(hall.commandCall(call.id, { kind: "accept", userId: people.leo })).rejects.toMatchObject({
        code: "forbidden",
      });
      await expect(hall.commandCall(call.id, { kind: "reject", userId: people.leo })).rejects.toMatchObject({
        code: "forbidden",
      });
      await hall.commandCall(call.id, { kind: "accept", userId: people.mia });
      await expect(hall.commandCall(call.id, { kind: "reject", userId: people.mia })).rejects.toMatchObject({
        code: "call_not_pending",
      });
      await hall.recordEvents(call.id, [world.joined(people.leo, "wl"), world.joined(people.mia, "wm")]);
      await expect(hall.commandCall(call.id, { kind: "cancel", userId: people.leo })).rejects.toMatchObject({
        code: "call_already_started",
      });
      expect(await hall.commandCall(call.id, { kind: "end", userId: null })).toMatchObject({
        status: "completed",
        endReason: "operator_ended",
        endedBy: null,
      });
      await expect(hall.commandCall(call.id, { kind: "cancel", userId: people.leo })).rejects.toMatchObject({
        code: "call_already_ended",
      });
    });

    it("I10: the database refuses a status off the arrows, and a final call that is not settled", async () => {
      const people = await world.pair(300);
      const call = await world.open(people);
      await world.hall.commandCall(call.id, { kind: "reject", userId: people.mia });
      await expect(test.db.query("update calls set status = 'active' where id = $1", [call.id])).rejects.toMatchObject({
        sqlstate: "FM003",
      });
      const open = await world.open(people);
      await expect(test.db.query("update calls set status = 'missed' where id = $1", [open.id])).rejects.toMatchObject({
        sqlstate: "23514",
      });
    });
  });
}
