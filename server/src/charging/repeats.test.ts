// Policies over several calls: the first early exits may be free, repeats may cost more, and what is disproved goes back.
import { type Policy, presetTerms, type Terms } from "@fairminute/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import { audit } from "./audit.ts";
import type { CallJson } from "./charging.ts";
import { createLanes } from "./lanes.ts";
import { createNames } from "./names.ts";
import { firstEvidence, keepTerms, newCall, termsIdOf } from "./opening.ts";
import { readPriorBreaks } from "./prior-breaks.ts";

const exit = {
  kind: "early_exit",
  underSeconds: 60,
  coins: 1n,
  firstFree: 1,
  growth: 2n,
  periodSeconds: 3600,
} as const;
const termsWith = (...policies: Policy[]): Terms => ({ ...presetTerms("match"), policies });

describe.each(databaseKinds)("policies over several calls on $name", (kind) => {
  let test: TestDatabase;
  let world: World;
  let calls = 0;
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

  /** Two people talk under these terms from now on. */
  async function talk(people: { leo: string; mia: string }, terms: Terms): Promise<string> {
    calls += 1;
    const callId = `call_${calls}`;
    const now = () => world.now;
    const termsId = termsIdOf(terms);
    await keepTerms(test.db, new Set(), termsId, terms);
    const names = createNames(test.db, now);
    const lanes = createLanes({ db: test.db, now, names, lanes: 1, onWritten: () => {} });
    const input = {
      payerId: people.leo,
      payeeId: people.mia,
      estimatedMinutes: 1,
      minimumMinutes: 0,
      autoAccept: true,
    };
    const made = { callId, termsId, holdId: `hold_${calls}`, roomName: `room_${calls}`, now: world.now };
    const open = newCall(input, terms, made);
    await lanes.submit({ callId, open, evidence: firstEvidence(input, open, world.now) });
    await world.hall.recordEvents(callId, [
      world.joined(people.leo, `${callId}-l`),
      world.joined(people.mia, `${callId}-m`),
    ]);
    return callId;
  }

  const end = (callId: string, userId: string, hall = world.hall) => hall.commandCall(callId, { kind: "end", userId });

  /** Talks for 20 s and ends it. @returns what it cost */
  async function exitEarly(people: { leo: string; mia: string }, who: string, hall = world.hall): Promise<number> {
    const callId = await talk(people, termsWith(exit));
    await world.pass(20);
    const { penalties } = await end(callId, who, hall);
    return penalties.reduce((sum, { amount }) => sum + amount, 0);
  }

  it("the first is free, the next costs the coins, and each repeat more; on whichever server", async () => {
    const people = await world.pair(100);
    const costs: number[] = [];
    for (let i = 0; i < 4; i += 1) costs.push(await exitEarly(people, people.leo, world.halls[i % 2]));
    expect(costs).toEqual([0, 1, 3, 5]);
    expect(await world.coins(people.leo)).toMatchObject({ available: 91 });
  });

  it("repeats are one's own, with whomever and on whichever side, and are forgotten after the period", async () => {
    const [one, other] = [await world.pair(100), await world.pair(100)];
    expect(await exitEarly(one, one.leo)).toBe(0);
    expect(await exitEarly(other, other.leo)).toBe(0);
    // Leo again, now as the one who is called.
    expect(await exitEarly({ leo: other.mia, mia: one.leo }, one.leo)).toBe(1);
    await world.pass(3601);
    expect(await exitEarly(one, one.leo)).toBe(0);
  });

  it("an exit that the deadline settles counts like any other", async () => {
    const people = await world.pair(100);
    const leave = async () => {
      const callId = await talk(people, termsWith(exit));
      await world.pass(20);
      const left = { ...world.left(people.leo, `${callId}-l`), reason: "client_initiated" };
      await world.hall.recordEvents(callId, [left]);
      await world.pass(60);
      return (await world.hall.readCall(callId, null)).penalties.map(({ amount }) => amount);
    };
    expect([await leave(), await leave(), await leave()]).toEqual([[], [1], [3]]);
  });

  it("one that was given back counts no more", async () => {
    const people = await world.pair(100);
    await exitEarly(people, people.leo);
    const callId = await talk(people, termsWith(exit));
    await world.pass(20);
    await end(callId, people.leo);
    await world.hall.reversePenalty({ callId, userId: people.leo, reason: "a mistake" });
    expect(await exitEarly(people, people.leo)).toBe(1);
  });

  it("a call that is looked at again says the same, whatever came after it", async () => {
    const people = await world.pair(100);
    const free = await talk(people, termsWith(exit));
    await world.pass(20);
    await end(free, people.leo);
    await exitEarly(people, people.leo);
    const seen = { ...world.joined(people.mia, `${free}-m`), id: "late", type: "participant.seen" as const };
    const again = await world.hall.recordEvents(free, [{ ...seen, occurredAt: world.now - 25_000 }]);
    expect(again.penalties).toEqual([]);
    expect(await world.coins(people.leo)).toMatchObject({ available: 99 });
  });

  it("how often somebody left early before is what is known at the end of a call: what comes later of the others changes nothing", async () => {
    const people = await world.pair(100);
    const first = await talk(people, termsWith(exit));
    await world.pass(20);
    const startedAt = world.now - 20_000;
    await end(first, people.leo);
    expect(await exitEarly(people, people.leo)).toBe(1);
    // The first one turns out to have been none: Mia had gone before Leo.
    const gone = { ...world.left(people.mia, `${first}-m`), occurredAt: startedAt + 5000, source: "report" as const };
    await world.hall.recordEvents(first, [gone]);
    expect(await world.coins(people.leo)).toMatchObject({ available: 99 });
    await world.pass(86_400);
    await world.hall.advanceCalls([first, `call_${calls}`]);
    expect(await world.coins(people.leo)).toMatchObject({ available: 99 });
    expect(await exitEarly(people, people.leo)).toBe(0);
  });

  it("a penalty is never more than the wallet has, and says what was taken", async () => {
    const people = await world.pair(2);
    await exitEarly(people, people.leo);
    expect(await exitEarly(people, people.leo)).toBe(1);
    expect(await exitEarly(people, people.leo)).toBe(1);
    expect(await exitEarly(people, people.leo)).toBe(0);
    expect(await world.coins(people.leo)).toMatchObject({ available: 0 });
  });

  it("evidence that comes late and disproves it gives the penalty back, once", async () => {
    const people = await world.pair(5);
    const callId = await talk(people, termsWith({ ...exit, firstFree: 0 }));
    await world.pass(20);
    const at = world.now;
    const left = { ...world.left(people.leo, `${callId}-l`), reason: "client_initiated" };
    await world.hall.recordEvents(callId, [left]);
    await world.pass(60);
    expect(await world.coins(people.leo)).toMatchObject({ available: 4 });
    const back = world.joined(people.leo, `${callId}-l2`, at + 5000);
    const told: CallJson[] = [];
    for (let i = 0; i < 2; i += 1) told.push(await world.hall.recordEvents(callId, [back]));
    expect(await world.coins(people.leo)).toMatchObject({ available: 5 });
    for (const { penalties, actualCoins } of told) {
      expect(actualCoins).toBe(0);
      expect(penalties).toMatchObject([{ amount: 1, reversalReason: "later evidence shows that it was not due" }]);
    }
    await world.hall.reversePenalty({ callId, userId: people.leo, reason: "and the operator as well" });
    expect(await world.coins(people.leo)).toMatchObject({ available: 5 });
  });

  it("one that the operator gave back stays back, also when later evidence disproves it", async () => {
    const people = await world.pair(5);
    const callId = await talk(people, termsWith({ ...exit, firstFree: 0 }));
    await world.pass(20);
    const at = world.now;
    await world.hall.recordEvents(callId, [{ ...world.left(people.leo, `${callId}-l`), reason: "client_initiated" }]);
    await world.pass(60);
    expect(await world.coins(people.leo)).toMatchObject({ available: 4 });
    await world.hall.reversePenalty({ callId, userId: people.leo, reason: "a good reason" });
    const told = await world.hall.recordEvents(callId, [world.joined(people.leo, `${callId}-l2`, at + 5000)]);
    expect(told.penalties).toMatchObject([{ amount: 1, reversalReason: "a good reason" }]);
    expect(await world.coins(people.leo)).toMatchObject({ available: 5 });
  });

  it("a bonus for a long call comes once, and to those who get it", async () => {
    const people = await world.pair(5);
    const bonus = { kind: "long_call_bonus", overSeconds: 300, coins: 2n, to: "both" } as const;
    const short = await talk(people, termsWith(bonus));
    await world.pass(299);
    await end(short, people.leo);
    expect(await world.coins(people.leo)).toMatchObject({ available: 5 });
    const long = await talk(people, termsWith(bonus));
    await world.pass(300);
    for (const userId of [people.leo, people.mia, people.leo]) await end(long, userId);
    expect(await world.coins(people.leo)).toMatchObject({ available: 7 });
    expect(await world.coins(people.mia)).toMatchObject({ available: 2 });
  });

  it("only terms that count repeats pay for the question", async () => {
    const query = () => {
      throw new Error("nobody was to be asked");
    };
    const made = { callId: "call_x", termsId: "t", holdId: "h", roomName: "r", now: world.now };
    const input = { payerId: "a", payeeId: "b", estimatedMinutes: 1, minimumMinutes: 0, autoAccept: false };
    const plain = newCall(input, presetTerms("match"), made);
    expect(await readPriorBreaks({ query }, [plain], world.now)).toEqual(new Map());
    await expect(readPriorBreaks({ query }, [{ ...plain, terms: termsWith(exit) }], world.now)).rejects.toThrow();
  });
});
