// Properties of calls that are paid from an escrow: random evidence, with deposits that come, go and come again.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Hall } from "../test/hall.ts";
import { eventsArbitrary, lengthSeconds, openedAt } from "../test/histories.ts";
import { personThere } from "../test/oracle.ts";
import {
  type CallEvent,
  type CallFacts,
  chargeCall,
  isFinal,
  mergeEvents,
  presetTerms,
  priceOfSeconds,
  readTerms,
  settleCharge,
  type Terms,
  writeTerms,
} from "./index.ts";

const runs = { numRuns: 1000 };

const terms: fc.Arbitrary<Terms> = fc
  .record({
    price: fc.constantFrom(1n, 7n, 59n, 60n, 600n),
    nochargeunder: fc.constantFrom(0, 0, 30),
    maximum: fc.constantFrom(null, 120, 300),
    join: fc.constantFrom(30, 600),
    grace: fc.constantFrom(0, 10, 30),
    delay: fc.constantFrom(0, 20),
    basisPoints: fc.constantFrom(0, 1234, 2000, 10_000),
  })
  .map(({ price, nochargeunder, maximum, join, grace, delay, basisPoints }) => {
    const made = presetTerms("tutoring-onchain", { pricePerMinute: price, currency: "TEST" });
    made.tariff = { ...made.tariff, noChargeUnderSeconds: nochargeunder, maximumDurationSeconds: maximum };
    made.split = { ...made.split, platformBasisPoints: basisPoints };
    const limits = { joinTimeoutSeconds: join, reconnectGraceSeconds: grace, settlementDelaySeconds: delay };
    made.limits = { ...made.limits, ...limits };
    return readTerms(writeTerms(made));
  });

/** In seconds after the opening: when a deposit is seen, and when the chain takes it back, which may be told of before it. */
type Deposit = { at: number; goneAt: number | null };

const second = fc.integer({ min: 0, max: lengthSeconds });
const deposits: fc.Arbitrary<Deposit[]> = fc
  .tuple(
    fc.option(fc.record({ at: fc.integer({ min: 0, max: 40 }), goneAt: fc.constant(null) }), { freq: 4 }),
    fc.array(fc.record({ at: second, goneAt: fc.option(second, { freq: 2 }) }), { maxLength: 2 }),
  )
  .map(([early, more]) => (early === null ? more : [early, ...more]));

function chainEvents(all: readonly Deposit[]): CallEvent[] {
  const told = (id: string, type: "call.funded" | "call.unfunded", seconds: number): CallEvent => {
    const at = openedAt + seconds * 1000;
    const rest = { userId: null, connectionId: null, reason: null, untilAt: null };
    return { id, type, source: "chain", ...rest, occurredAt: at, receivedAt: at };
  };
  return all.flatMap(({ at, goneAt }, index) => {
    const id = `deposit:1:0x${index}:0`;
    const funded = told(id, "call.funded", at);
    return goneAt === null ? [funded] : [funded, told(`${id}:gone:1`, "call.unfunded", goneAt)];
  });
}

/** Whether a deposit is in force at a second, in the plainest words. */
const isFunded = (all: readonly Deposit[], at: number): boolean =>
  all.some((one) => one.at <= at && (one.goneAt === null || one.goneAt > at));

const history = fc
  .record({
    terms,
    seen: eventsArbitrary,
    deposits,
    estimatedSeconds: fc.constantFrom(60, 120, 600),
    asOf: fc.oneof(second, fc.constant(900)),
  })
  .map(({ seen, asOf, deposits: all, estimatedSeconds, terms: chosen }) => {
    const facts: CallFacts = {
      callId: "call_random",
      parties: [
        { userId: "leo", role: "payer" },
        { userId: "mia", role: "payee" },
      ],
      terms: chosen,
      requestedAt: openedAt,
      estimatedSeconds,
      decided: null,
    };
    const deposit = priceOfSeconds(chosen.tariff, estimatedSeconds, openedAt);
    return { facts, all, deposit, events: [...seen, ...chainEvents(all)], asOf: openedAt + asOf * 1000 };
  });

describe("the bill", () => {
  test("I6: neither order nor repeats of evidence change it, deposits and their going included", () => {
    const shuffled = history.chain((made) =>
      fc.tuple(
        fc.constant(made),
        fc.shuffledSubarray([...made.events, ...made.events], { minLength: made.events.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([{ facts, events, asOf, deposit }, order]) => {
        const seenToleranceMs = facts.terms.limits.heartbeatTimeoutSeconds * 1000;
        let log: CallEvent[] = [];
        for (const event of order) log = mergeEvents(log, [event], { seenToleranceMs }).log;
        const bill = (evidence: readonly CallEvent[]) => {
          const { state, payers } = chargeCall({ facts, events: evidence, asOf, placed: { leo: deposit } });
          const { status, startedAt, endedAt, endReason, funded, fundedAt } = state;
          return { status, startedAt, endedAt, endReason, funded, fundedAt, payers };
        };
        expect(bill(log)).toEqual(bill(events));
        // Without joining stretches of proof: the fold alone.
        expect(bill([...events].reverse())).toEqual(bill(events));
      }),
      runs,
    );
  });

  test("I3, I4: lines sum to the total, which is the contract's price of the voucher's seconds and never more than the deposit", () => {
    fc.assert(
      fc.property(history, ({ facts, events, asOf, deposit }) => {
        const { payers } = chargeCall({ facts, events, asOf, placed: { leo: deposit } });
        for (const { lines, total, billedSeconds } of payers) {
          expect(lines.reduce((sum, { amount }) => sum + amount, 0n)).toBe(total);
          expect(total).toBeLessThanOrEqual(deposit);
          const voucherSeconds = total === 0n ? 0 : billedSeconds;
          expect(voucherSeconds).toBeLessThanOrEqual(facts.estimatedSeconds);
          expect((facts.terms.tariff.pricePerMinute * BigInt(voucherSeconds) + 59n) / 60n).toBe(total);
        }
      }),
      runs,
    );
  });

  test("I5: no second is billed in which the chain held no deposit, and no call starts in one", () => {
    fc.assert(
      fc.property(history, ({ facts, events, all, asOf, deposit }) => {
        const { state, payers } = chargeCall({ facts, events, asOf, placed: { leo: deposit } });
        const secondOf = (at: number) => (at - openedAt) / 1000;
        // Silence that is noticed only when the end is known takes nothing back.
        const noticed = Math.min(asOf, state.endKnownAt ?? asOf);
        const isThere = (userId: string, at: number) => personThere(facts, events, userId, at, asOf, false, noticed);
        if (state.startedAt !== null) expect(isFunded(all, secondOf(state.startedAt))).toBe(true);
        for (const { usage } of payers) {
          for (const { from, to } of usage.intervals) {
            for (let at = from; at < to; at += 1000) {
              expect(isFunded(all, secondOf(at))).toBe(true);
              expect(isThere("leo", at)).toBe(true);
              expect(isThere("mia", at)).toBe(true);
            }
          }
        }
      }),
      runs,
    );
  });

  test("with a deposit from the very start that stays, it is that of the same call without an escrow", () => {
    fc.assert(
      fc.property(history, ({ facts, events, asOf, deposit }) => {
        const plain = events.filter(({ source }) => source !== "chain");
        const coins: CallFacts = { ...facts, terms: { ...facts.terms, funding: presetTerms("creator-call").funding } };
        const funded = chainEvents([{ at: 0, goneAt: null }]);
        const placed = { leo: deposit };
        const escrow = chargeCall({ facts, events: [...plain, ...funded], asOf, placed });
        const other = chargeCall({ facts: coins, events: plain, asOf, placed });
        expect(escrow.payers.map(({ total }) => total)).toEqual(
          // Rounding up may leave coins that pay for more than the estimate: an escrow ends there.
          other.payers.map(({ total, coverSeconds }) =>
            coverSeconds !== null && coverSeconds > facts.estimatedSeconds
              ? (escrow.payers[0]?.total as bigint)
              : total,
          ),
        );
      }),
      runs,
    );
  });
});

describe("the plan", () => {
  test("I1, I3, I7, I9, I11: whatever arrives when, the books say what the contract holds and owes", () => {
    const life = fc.record({ made: history, delays: fc.infiniteStream(fc.constantFrom(0, 0, 0, 5, 40, 400)) });
    fc.assert(
      fc.property(life, ({ made: { facts, events, deposit }, delays }) => {
        const hall = new Hall(facts, { leo: 3n, mia: 4n });
        expect([hall.isOpen, hall.posted.size]).toEqual([true, 0]);
        const check = () => {
          expect([...hall.balances.values()].reduce((sum, units) => sum + units, 0n)).toBe(7n);
          expect([hall.balance("wallet:leo"), hall.balance("wallet:mia"), hall.balance("platform")]).toEqual([
            3n,
            4n,
            0n,
          ]);
          expect(hall.plan(hall.wallets()).transfers).toEqual([]);
          const [money] = hall.money();
          if (money === undefined) throw new Error("no payer");
          expect([0n, deposit]).toContain(money.placed);
          expect(hall.balance("escrow")).toBe(-money.placed);
          const { settled, wakeAt, status } = hall.last;
          expect(settled).toBe(isFinal(status));
          if (!settled) return expect(wakeAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(hall.now);
          expect([hall.balance("call:leo"), wakeAt, money.refunded]).toEqual([0n, null, 0n]);
          expect(money.captured + money.released).toBe(money.placed);
          // The voucher is signed at the settlement, and holds from then on.
          const seconds = hall.settling?.charge.payers[0]?.billedSeconds ?? 0;
          const billed = money.captured === 0n ? 0 : seconds;
          expect((facts.terms.tariff.pricePerMinute * BigInt(billed) + 59n) / 60n).toBe(money.captured);
          const { payee, platform } = settleCharge(money.captured, facts.terms);
          expect([hall.balance("claim:mia"), hall.balance("claim:platform")]).toEqual([payee, platform]);
          expect(hall.balance("claim:leo")).toBe(money.released);
        };
        check();
        for (const event of [...events].sort((a, b) => a.occurredAt - b.occurredAt)) {
          // The chain is seen when it is seen: what it tells is dated so.
          const delayMs = event.source === "chain" ? 0 : (delays.next().value as number) * 1000;
          hall.receive(Math.max(hall.now, event.occurredAt + delayMs), [event]);
          check();
        }
        hall.runUntil(hall.now + 48 * 3_600_000);
        check();
        // The nets: a call without a deposit is missed, one that lost it ends at its maximum duration if it has one.
        const isStanding = hall.last.state.startedAt !== null && hall.last.state.fundedAt === null;
        const hasLimit = facts.terms.tariff.maximumDurationSeconds !== null;
        if (!isStanding || hasLimit) expect(hall.last.settled).toBe(true);
      }),
      runs,
    );
  });
});
