// The invariants on random histories. A failure prints the seed and the smallest history that shows it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Hall } from "../test/hall.ts";
import { eventsArbitrary, historyArbitrary, lengthSeconds, openedAt, termsArbitrary } from "../test/histories.ts";
import { personThere } from "../test/oracle.ts";
import { isFinal } from "./call.ts";
import { chargeCall } from "./charge.ts";
import { coverSeconds, priceOfSeconds } from "./cover.ts";
import type { CallEvent } from "./event.ts";
import { readEvents, readFacts, readPlaced, writeFacts, writePlaced } from "./facts.ts";
import { foldCall } from "./fold.ts";
import { mergeEvents } from "./merge.ts";
import { settleCharge } from "./settlement.ts";

const runs = { numRuns: 1000 };

describe("evidence", () => {
  test("I6: the order and repetition of evidence never change fold or charge", () => {
    const shuffled = historyArbitrary.chain((history) =>
      fc.tuple(
        fc.constant(history),
        fc.shuffledSubarray(history.events, { minLength: history.events.length }),
        fc.array(fc.nat(), { maxLength: 5 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([{ facts, events, asOf, placed }, order, repeats]) => {
        const again = repeats.flatMap((index) => events[index % Math.max(1, events.length)] ?? []);
        const log = [...again, ...order];
        expect(foldCall(facts, log, asOf)).toEqual(foldCall(facts, events, asOf));
        expect(chargeCall({ facts, events: log, asOf, placed: { leo: placed } })).toEqual(
          chargeCall({ facts, events, asOf, placed: { leo: placed } }),
        );
      }),
      runs,
    );
  });

  test("I6: heartbeats merged one by one, in any order and twice, charge like the merged log", () => {
    const beats = fc.array(
      fc.record({
        userId: fc.constantFrom("leo", "mia"),
        second: fc.integer({ min: 0, max: lengthSeconds }),
        lasts: fc.constantFrom(0, 0, 5),
      }),
      { maxLength: 40 },
    );
    const input = fc.tuple(historyArbitrary, beats).chain(([history, list]) => {
      const seen = list.map(({ userId, second, lasts }, index): CallEvent => {
        const occurredAt = openedAt + second * 1000;
        return {
          id: `seen${index}`,
          type: "participant.seen",
          source: "proof",
          userId,
          connectionId: "first",
          reason: null,
          occurredAt,
          untilAt: occurredAt + lasts * 1000,
          receivedAt: occurredAt,
        };
      });
      const all = [...history.events, ...seen];
      return fc.tuple(
        fc.constant({ ...history, all }),
        fc.shuffledSubarray([...all, ...seen], { minLength: all.length }),
      );
    });
    fc.assert(
      fc.property(input, ([{ facts, all, asOf, placed }, order]) => {
        const seenToleranceMs = facts.terms.limits.heartbeatTimeoutSeconds * 1000;
        const arrived = new Set(order.map(({ id }) => id));
        const plain = all.filter(({ id }) => arrived.has(id));
        let log: CallEvent[] = [];
        for (const event of order) log = mergeEvents(log, [event], { seenToleranceMs }).log;
        const charge = (events: readonly CallEvent[]) => {
          const { state, payers } = chargeCall({ facts, events, asOf, placed: { leo: placed } });
          return [state.status, state.endedAt, state.endReason, state.presence, payers];
        };
        // A merged stretch may bridge silences of up to the tolerance, as the fold does: so the charges are equal.
        expect(charge(log)).toEqual(charge(plain));
        expect(mergeEvents(log, order, { seenToleranceMs })).toEqual({ log, changed: [] });
      }),
      runs,
    );
  });

  test("wakeAt: at any instant before it the same log folds to the same status and end", () => {
    fc.assert(
      fc.property(historyArbitrary, fc.double({ min: 0, max: 1, noNaN: true }), ({ facts, events, asOf }, part) => {
        const now = foldCall(facts, events, asOf);
        // An end is told at once and stands from then on, so nothing wakes a finished call for evidence dated later.
        fc.pre(now.endedAt === null || events.every(({ occurredAt }) => occurredAt <= asOf));
        const until = now.wakeAt ?? asOf + 3_600_000;
        expect(until).toBeGreaterThan(asOf);
        const between = Math.min(until - 1, asOf + Math.floor(part * (until - asOf)));
        const later = foldCall(facts, events, between);
        const answer = ({ status, startedAt, endedAt, endReason, endedBy, interruptedSince, wakeAt }: typeof now) => {
          return { status, startedAt, endedAt, endReason, endedBy, interruptedSince, wakeAt };
        };
        expect(answer(later)).toEqual(answer(now));
      }),
      runs,
    );
  });

  test("I10: a final status stays, with its end, however long one waits", () => {
    fc.assert(
      fc.property(historyArbitrary, fc.integer({ min: 0, max: 900 }), ({ facts, events, asOf, placed }, wait) => {
        const ask = (at: number) => chargeCall({ facts, events, asOf: at, placed: { leo: placed } });
        const first = ask(asOf);
        if (first.state.endedAt === null) return;
        // Evidence that is dated later than the first look may still tell of an earlier end: leave that to I6.
        fc.pre(events.every(({ occurredAt, untilAt }) => occurredAt <= asOf && (untilAt ?? 0) <= asOf));
        const then = ask(asOf + wait * 1000);
        expect(then.state).toEqual({
          ...first.state,
          presence: then.state.presence,
          connections: then.state.connections,
        });
        expect(then.payers).toEqual(first.payers);
      }),
      runs,
    );
  });

  test("I6: an end that was told is never lengthened by later evidence, and its status never changes", () => {
    fc.assert(
      fc.property(historyArbitrary, eventsArbitrary, ({ facts, events, asOf, placed }, late) => {
        const first = chargeCall({ facts, events, asOf, placed: { leo: placed } }).state;
        if (first.status === "pending" || first.status === "accepted" || first.status === "active") return;
        const by = first.status === "completed" ? first.endedBy : first.cancelledBy;
        const decided = { status: first.status, at: first.endedAt as number, reason: first.endReason, by };
        const log = [...events, ...late.map((event) => ({ ...event, id: `late ${event.id}` }))];
        const { state, payers } = chargeCall({
          facts: { ...facts, decided },
          events: log,
          asOf: asOf + 60_000,
          placed: { leo: placed },
        });
        expect(state.status).toBe(first.status);
        expect(state.endedAt).toBeLessThanOrEqual(decided.at);
        expect(state.wakeAt).toBe(null);
        for (const { usage } of payers) {
          for (const { to } of usage.intervals) expect(to).toBeLessThanOrEqual(decided.at);
        }
        if (state.status !== "completed") expect([state.startedAt, payers[0]?.total]).toEqual([null, 0n]);
      }),
      runs,
    );
  });
});

describe("the charge", () => {
  test("I3, I12: the lines sum to the total, which is a bigint, not negative, and at most what was placed", () => {
    fc.assert(
      fc.property(historyArbitrary, ({ facts, events, asOf, placed }) => {
        for (const { lines, total } of chargeCall({ facts, events, asOf, placed: { leo: placed } }).payers) {
          expect(typeof total).toBe("bigint");
          expect(lines.reduce((sum, { amount }) => sum + amount, 0n)).toBe(total);
          expect(lines.every(({ amount }) => amount >= 0n)).toBe(true);
          expect(total).toBeLessThanOrEqual(placed);
        }
      }),
      runs,
    );
  });

  test("I5: billable time lies inside the call, inside presence, and inside the held money", () => {
    fc.assert(
      fc.property(historyArbitrary, ({ facts, events, asOf, placed }) => {
        const { state, payers } = chargeCall({ facts, events, asOf, placed: { leo: placed } });
        // Silence that is noticed only when the end is known takes nothing back.
        const noticed = Math.min(asOf, state.endKnownAt ?? asOf);
        const isThere = (userId: string, at: number) => personThere(facts, events, userId, at, asOf, false, noticed);
        for (const { usage, coverSeconds: cover, fundedUntil, billableSeconds } of payers) {
          if (cover !== null) expect(usage.billableMs).toBeLessThanOrEqual(cover * 1000);
          for (const { from, to } of usage.intervals) {
            expect(from).toBeGreaterThanOrEqual(state.startedAt as number);
            expect(to).toBeLessThanOrEqual(Math.min(asOf, state.endedAt ?? asOf, fundedUntil ?? asOf));
            for (let at = from; at < to; at += 1000) {
              expect(isThere("leo", at)).toBe(true);
              if (facts.terms.billable === "together") expect(isThere("mia", at)).toBe(true);
            }
          }
          expect(billableSeconds * 1000).toBe(usage.billableMs);
        }
      }),
      runs,
    );
  });

  test("I5: a hint never makes a charge dearer or an active call longer", () => {
    fc.assert(
      fc.property(historyArbitrary, eventsArbitrary, ({ facts, events, asOf }, more) => {
        const hints = more.map((event) => ({ ...event, id: `hint ${event.id}`, source: "hint" as const }));
        const placed = { leo: 1_000_000n };
        const without = chargeCall({ facts, events, asOf, placed });
        const { state, payers } = chargeCall({ facts, events: [...events, ...hints], asOf, placed });
        expect(payers[0]?.usage.billableMs).toBeLessThanOrEqual(without.payers[0]?.usage.billableMs as number);
        // With windows an earlier pause moves later steps into other hours; otherwise less time is never dearer.
        if (facts.terms.tariff.windows.length === 0) {
          expect(payers[0]?.total).toBeLessThanOrEqual(without.payers[0]?.total as bigint);
        }
        expect([state.acceptedAt, state.startedAt]).toEqual([without.state.acceptedAt, without.state.startedAt]);
        const { endedAt } = without.state;
        if (endedAt !== null) expect(state.endedAt).toBeLessThanOrEqual(endedAt);
      }),
      runs,
    );
  });

  test("a hold covers what it says: S seconds cost at most the hold, one second more costs more", () => {
    fc.assert(
      fc.property(termsArbitrary, fc.integer({ min: 0, max: 3000 }), ({ tariff }, coins) => {
        const placed = BigInt(coins);
        const cover = coverSeconds(tariff, placed, openedAt);
        if (cover === null) return;
        expect(priceOfSeconds(tariff, cover, openedAt)).toBeLessThanOrEqual(placed);
        expect(priceOfSeconds(tariff, cover + 1, openedAt)).toBeGreaterThan(placed);
      }),
      runs,
    );
  });

  test("I9: payee and platform together get what the payer pays, the platform never more than its share", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 62n }), termsArbitrary, (total, terms) => {
        const { payer, payee, platform } = settleCharge(total, terms);
        expect(payee + platform).toBe(payer);
        expect(payer).toBe(total);
        expect(platform * 10_000n).toBeLessThanOrEqual(total * BigInt(terms.split.platformBasisPoints));
      }),
      runs,
    );
  });

  test("what the server writes the browser reads and charges the same", () => {
    fc.assert(
      fc.property(historyArbitrary, ({ facts, events, asOf, placed }) => {
        const sent = JSON.parse(JSON.stringify([writeFacts(facts), events, writePlaced({ leo: placed })])) as unknown[];
        const input = { facts: readFacts(sent[0]), events: readEvents(sent[1]), asOf, placed: readPlaced(sent[2]) };
        expect(chargeCall(input)).toEqual(chargeCall({ facts, events, asOf, placed: { leo: placed } }));
      }),
      runs,
    );
  });
});

describe("the plan", () => {
  const stories = fc.record({
    history: historyArbitrary,
    wallet: fc.integer({ min: 0, max: 400 }),
    arrival: fc.infiniteStream(fc.constantFrom(0, 0, 0, 5, 40, 400)),
    isBlind: fc.boolean(),
  });

  test("I1, I3, I7, I9, I10: whatever arrives when, plans are complete, repeatable, and money is neither made nor lost", () => {
    fc.assert(
      fc.property(stories, ({ history: { facts, events }, wallet, arrival, isBlind }) => {
        const hall = new Hall(facts, { leo: BigInt(wallet), mia: 100n }, isBlind);
        const check = () => {
          expect([...hall.balances.values()].reduce((sum, coins) => sum + coins, 0n)).toBe(BigInt(wallet) + 100n);
          expect([...hall.balances.values()].every((coins) => coins >= 0n)).toBe(true);
          expect(hall.plan(hall.wallets()).transfers).toEqual([]);
          const { settled, wakeAt, status } = hall.last;
          expect(settled).toBe(isFinal(status));
          if (!settled) expect(hall.journal.filter((name) => !name.startsWith("place."))).toEqual([]);
          if (settled) expect([hall.balance("call:leo"), wakeAt]).toEqual([0n, null]);
          else if (wakeAt !== null) expect(wakeAt).toBeGreaterThan(hall.now);
        };
        if (!hall.isOpen)
          return void expect([hall.posted.size, hall.balance("wallet:leo")]).toEqual([0, BigInt(wallet)]);
        check();
        for (const event of [...events].sort((a, b) => a.occurredAt - b.occurredAt)) {
          const delayMs = (arrival.next().value as number) * 1000;
          hall.receive(Math.max(hall.now, event.occurredAt + delayMs), [event]);
          check();
        }
        hall.runUntil(hall.now + 48 * 3_600_000);
        // I10: late evidence or not, a status that was told is never taken back.
        const arrows = ["pending", "accepted", "active", "final"];
        const ranks = hall.statuses.map(
          (status) => Math.max(0, arrows.indexOf(status)) || (status === "pending" ? 0 : 3),
        );
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
        const finals = new Set(hall.statuses.filter((status) => !arrows.includes(status)));
        expect(finals.size).toBeLessThanOrEqual(1);
        if (hall.statuses.includes("active")) expect(finals).toEqual(new Set(finals.size === 0 ? [] : ["completed"]));
        // The nets: without more evidence every call ends, by the money or by the limit, unless its terms have neither.
        const { maximumDurationSeconds, pricePerMinute } = facts.terms.tariff;
        const isUnlimited = maximumDurationSeconds === null && pricePerMinute === 0n;
        if (!isUnlimited) expect(hall.last.settled).toBe(true);
        check();
        const [money] = hall.money();
        if (money === undefined) throw new Error("no payer");
        expect(money.captured - money.refunded).toBeLessThanOrEqual(money.placed);
        const charged = hall.last.charge.payers[0]?.total as bigint;
        if (hall.last.settled) {
          expect(money.placed).toBe(money.captured + money.released);
          expect(money.captured - money.refunded).toBeLessThanOrEqual(charged);
          const { payee } = settleCharge(money.captured - money.refunded, facts.terms);
          expect(hall.balance("wallet:mia") - 100n).toBe(payee);
          expect(hall.balance("platform")).toBe(money.captured - money.refunded - payee);
        }
      }),
      runs,
    );
  });

  test("evidence that arrives as it occurs, and a server that looks only at the end, charge the same", () => {
    fc.assert(
      fc.property(historyArbitrary, fc.array(fc.nat({ max: 600 }), { maxLength: 4 }), ({ facts, events }, looks) => {
        // With enough held from the start nothing depends on when the server looks.
        const rich = { ...facts, estimatedSeconds: 100_000 };
        // Two reports of one edge, the stronger dated later, change what was told in between: that is I6's matter. And
        // heartbeats arrive one by one: nobody can tell of a stretch of them before it is over.
        const edges = new Set<string>();
        const sorted = events
          .map((event) => (event.untilAt === null ? event : { ...event, untilAt: event.occurredAt }))
          .sort((a, b) => a.occurredAt - b.occurredAt)
          .filter(({ type, source, userId, connectionId }) => {
            // So does a poll that a later sight refutes, and so do those who close connections that others report about.
            if (type === "participant.left" && (source === "poll" || userId === null)) return false;
            const edge = `${type === "participant.seen" ? "participant.joined" : type} ${userId} ${connectionId}`;
            const isFirst = !edges.has(edge) || type === "participant.seen";
            edges.add(edge);
            return isFirst && type !== "participant.kicked";
          });
        const prompt = new Hall(rich, { leo: 10_000_000n });
        // What occurs at one instant arrives together: a start must not be told of half of it.
        const instants = new Set(sorted.map(({ occurredAt }) => occurredAt));
        const queue = [...instants].map((at) => ({ at, seen: sorted.filter(({ occurredAt }) => occurredAt === at) }));
        for (const second of looks) queue.push({ at: openedAt + second * 1000, seen: [] });
        queue.sort((a, b) => a.at - b.at);
        for (const { at, seen } of queue) prompt.receive(Math.max(at, prompt.now), seen);
        prompt.runUntil(openedAt + 7_200_000);
        prompt.advance();
        const late = chargeCall({
          facts: rich,
          events: sorted,
          asOf: openedAt + 7_200_000,
          placed: { leo: prompt.money()[0]?.placed ?? 0n },
        });
        expect([prompt.last.state.status, prompt.last.state.endedAt, prompt.last.charge.payers[0]?.total]).toEqual([
          late.state.status,
          late.state.endedAt,
          late.payers[0]?.total,
        ]);
      }),
      runs,
    );
  });
});
