// A batch is written the same whether it is trusted at first or looked at first: the same refusals, the same rows, the same coins.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import { audit } from "./audit.ts";
import { decide } from "./decision.ts";
import { keepTerms, newCall, type OpenCall, termsFor, termsIdOf } from "./opening.ts";
import { type Decision, type Outcome, readCalls, writeTrusted } from "./write.ts";

/** Payers of very different means, so that some batches fit and some do not. */
const means = [0, 150, 300, 299, 900, 5000];

for (const kind of databaseKinds) {
  describe(`batches on ${kind.name}`, () => {
    const tests: TestDatabase[] = [];
    const worlds: World[] = [];
    beforeAll(async () => {
      for (const _ of [0, 1]) {
        const test = await kind.open();
        tests.push(test);
        worlds.push(new World(test));
      }
    });
    afterAll(() => Promise.all(tests.map((test) => test.close())));

    async function opening(world: World, callId: string, people: { leo: string; mia: string }): Promise<Decision> {
      const input: OpenCall = {
        payerId: people.leo,
        payeeId: people.mia,
        estimatedMinutes: 30,
        minimumMinutes: 5,
        autoAccept: false,
      };
      const terms = termsFor(input);
      const termsId = termsIdOf(terms);
      await keepTerms(world.test.db, new Set(), termsId, terms);
      const made = { callId, termsId, holdId: `hold_${callId}`, roomName: `room_${callId}`, now: world.now };
      const { decision } = decide(null, newCall(input, terms, made), { now: world.now, evidence: [], available: null });
      if (decision === null) throw new Error("a new call is always written");
      return decision;
    }

    /** Openings for everybody, changes of calls that are there, and calls that another server has changed meanwhile. */
    async function story(world: World, trust: boolean): Promise<Outcome[][]> {
      const people = [];
      for (const coins of means) people.push(await world.pair(coins));
      const batches: Outcome[][] = [];
      const put = async (decisions: Decision[]): Promise<void> => {
        const { outcomes, isSound } = await writeTrusted(world.test.db, decisions, world.now, trust);
        expect(isSound).toBe(outcomes.length === 0);
        batches.push(outcomes.sort((a, b) => (a.id < b.id ? -1 : 1)));
      };
      const rich = people.slice(4);
      const poor = people.slice(0, 4);
      await put(await Promise.all(rich.map((pair, i) => opening(world, `call_rich${i}`, pair))));
      await put(await Promise.all(people.map((pair, i) => opening(world, `call_all${i}`, pair))));
      await put(await Promise.all(poor.map((pair, i) => opening(world, `call_poor${i}`, pair))));
      // One is opened a second time, one was accepted elsewhere, one is as it was.
      const ids = ["call_rich0", "call_rich1", "call_all5"];
      const calls = await readCalls(world.test.db, ids);
      await world.halls[1].commandCall("call_rich1", { kind: "accept", userId: rich[1]?.mia ?? "" });
      const input = { now: world.now + 1000, evidence: [], available: null };
      const cancelled = calls.map((call) => {
        const event = world.joined(call.payerId, `c-${call.id}`, world.now + 500);
        return decide(call, call, { ...input, evidence: [{ ...event, receivedAt: world.now + 500 }] }).decision;
      });
      const again = await opening(world, "call_all4", people[4] ?? { leo: "", mia: "" });
      await put([again, ...cancelled.filter((decision) => decision !== null)]);
      return batches;
    }

    const rows = async (world: World): Promise<unknown> => ({
      accounts: await world.test.db.query("select id, balance from accounts order by id"),
      transfers: await world.test.db.query("select subject, name, amount from transfers order by subject, name"),
      calls: await world.test.db.query("select id, version, status, placed from calls order by id"),
      events: await world.test.db.query("select call_id, id from call_events order by call_id, id"),
      notices: await world.test.db.query(
        "select call_id, data::text as data from notices order by call_id, data::text",
      ),
    });

    it("are the same with trust and with a look first", async () => {
      const [trusting, looking] = worlds as [World, World];
      const outcomes = await story(trusting, true);
      expect(await story(looking, false)).toEqual(outcomes);
      expect(outcomes.map((batch) => batch.map(({ id, outcome }) => `${id} ${outcome}`))).toEqual([
        [],
        ["call_all0 insufficient_balance", "call_all1 insufficient_balance", "call_all3 insufficient_balance"],
        [
          "call_poor0 insufficient_balance",
          "call_poor1 insufficient_balance",
          "call_poor2 insufficient_balance",
          "call_poor3 insufficient_balance",
        ],
        ["call_all4 stale", "call_rich1 stale"],
      ]);
      expect(await rows(trusting)).toEqual(await rows(looking));
      for (const world of worlds) {
        const report = await audit(world.test.db, world.now + 2000);
        expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
      }
    });
  });
}
