// Webhooks come late, twice and in any order: whatever came first, the call ends, costs and reads the same.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timeOf } from "../test/clock.ts";
import { Hall } from "../test/hall.ts";
import { eventsArbitrary, openedAt, termsArbitrary } from "../test/histories.ts";
import { eventOf } from "../test/story.ts";
import { termsOf } from "../test/terms.ts";
import type { CallFacts } from "./call.ts";
import { chargeCall } from "./charge.ts";
import type { CallEvent } from "./event.ts";
import { makeReceipt } from "./receipt.ts";

const factsOf = (terms: CallFacts["terms"], requestedAt: number): CallFacts => ({
  callId: "call_1",
  parties: [
    { userId: "leo", role: "payer" },
    { userId: "mia", role: "payee" },
  ],
  terms,
  requestedAt,
  // Enough for everything, so that nothing depends on when the hall looks.
  estimatedSeconds: 36_000,
  decided: null,
});

const wallets = { leo: 10_000_000n, mia: 100n };

const accepted = (occurredAt: number): CallEvent => ({
  id: "accepted",
  type: "call.accepted",
  source: "command",
  userId: "mia",
  connectionId: null,
  reason: "registered",
  occurredAt,
  untilAt: null,
  receivedAt: occurredAt,
});

/** What is left of a call hours after it: the price and why, who got what, and the word on it. */
function outcome(hall: Hall) {
  hall.runUntil(hall.facts.requestedAt + 4 * 3_600_000);
  hall.advance();
  const { charge, status, settled } = hall.last;
  const money = hall.money();
  const receipts = (["payer", "payee", "operator"] as const).map((viewer) =>
    makeReceipt({ facts: hall.facts, charge, money, viewer }),
  );
  return { status, settled, charge, money, receipts, balances: [...hall.balances].sort() };
}

/** The call is found by its first webhook, long after it took place; the others follow a few ms apart. */
function found(facts: CallFacts, arrivals: readonly CallEvent[], from: number): Hall {
  const [first, ...rest] = arrivals as [CallEvent, ...CallEvent[]];
  const events = [accepted(facts.requestedAt), { ...first, receivedAt: from }];
  const hall = new Hall(facts, wallets, true, { now: from, events });
  rest.forEach((event, index) => {
    hall.receive(from + (index + 1) * 3, [event]);
  });
  return hall;
}

/** The call was registered beforehand, and each webhook comes so many ms after it occurred. */
function registered(facts: CallFacts, arrivals: readonly { event: CallEvent; delayMs: number }[]): Hall {
  const hall = new Hall(facts, wallets, true, { now: facts.requestedAt, events: [accepted(facts.requestedAt)] });
  const queue = arrivals.map(({ event, delayMs }) => ({ event, at: event.occurredAt + delayMs }));
  for (const { event, at } of queue.sort((a, b) => a.at - b.at)) hall.receive(Math.max(at, hall.now), [event]);
  return hall;
}

const rows = (text: string): CallEvent[] =>
  text
    .trim()
    .split("\n")
    .map((row, index) => eventOf(`${row.trim()} source=webhook`.split(/\s+/), index));

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) => permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]));
}

describe("every permutation", () => {
  test("I6: of a call of two with a reconnect and a doubled webhook gives one outcome", () => {
    const webhooks = rows(`
      12:00:10 joined leo c1
      12:00:20 joined mia m1
      12:03:00 left leo c1
      12:03:15 joined leo c2
      12:08:20 ended mia
      12:08:21 left - - reason=room_closed`);
    const twice = [...webhooks, webhooks[3] as CallEvent];
    const facts = factsOf(termsOf(["creator-call", "delay=20"]), timeOf("12:00:00"));
    const expected = outcome(found(facts, twice, timeOf("12:08:22")));
    expect(expected).toMatchObject({ status: "completed", settled: true });
    expect(expected.charge.payers[0]?.total).toBe(80n);
    expect(expected.charge.state).toMatchObject({ endReason: "payee_hung_up", endedBy: "mia", startSource: "webhook" });
    for (const order of permutations(twice)) {
      expect(outcome(found(facts, order, timeOf("12:08:22")))).toEqual(expected);
    }
  }, 60_000);

  test("I6: of a short match: one penalty, whatever came first, and none for who came back", () => {
    const short = rows(`
      12:00:10 joined leo c1
      12:00:12 joined mia m1
      12:00:20 left leo c1 reason=client_initiated
      12:00:30 joined leo c2
      12:00:40 left leo c2 reason=client_initiated
      12:00:41 left mia m1 reason=client_initiated`);
    const facts = factsOf(termsOf(["match", "earlyexit=60/3", "delay=20"]), timeOf("12:00:00"));
    for (const order of permutations(short)) {
      const hall = found(facts, order, timeOf("12:01:30"));
      hall.runUntil(timeOf("13:00:00"));
      expect(hall.journal).toEqual(["penalty:leo:early_exit=3"]);
    }
  }, 60_000);
});

describe("any order", () => {
  const kinds = ["participant.joined", "participant.left", "participant.kicked", "call.ended"];
  const calls = fc
    .record({ terms: termsArbitrary, events: eventsArbitrary })
    .map(({ terms, events }) => ({
      facts: factsOf(
        {
          ...terms,
          policies: termsOf(["match", "earlyexit=20/3", "bonus=20/5"]).policies,
          funding: { kind: "estimate", sliceSeconds: 60, extendBeforeSeconds: 90 },
          tariff: { ...terms.tariff, maximumDurationSeconds: 7200 },
          limits: { ...terms.limits, settlementDelaySeconds: 20 },
        },
        openedAt,
      ),
      webhooks: events
        .filter(({ type }) => kinds.includes(type))
        // In quick succession, so that who leaves is often back within the grace.
        .map((event): CallEvent => {
          const occurredAt = openedAt + Math.floor((event.occurredAt - openedAt) / 8000) * 1000;
          return { ...event, source: "webhook", occurredAt };
        }),
    }))
    .filter(({ facts, webhooks }) => {
      // A start that was told stays one (I10): who turn out never to have been together, or to have cancelled, have a completed
      // call of no seconds then. So ask about calls that took place.
      const asOf = openedAt + 3_600_000;
      const { state } = chargeCall({
        facts,
        events: [accepted(openedAt), ...webhooks],
        asOf,
        placed: { leo: wallets.leo },
      });
      return state.startedAt !== null;
    });

  test("I6: all of it after the call, some twice: the same charge, state, receipt and money", () => {
    const shuffled = calls.chain((call) => {
      const twice = [...call.webhooks, ...call.webhooks.slice(0, 2)];
      return fc.tuple(fc.constant(call), fc.shuffledSubarray(twice, { minLength: twice.length }));
    });
    fc.assert(
      fc.property(shuffled, ([{ facts, webhooks }, order]) => {
        const from = openedAt + 3_600_000;
        expect(outcome(found(facts, order, from))).toEqual(outcome(found(facts, webhooks, from)));
      }),
      { numRuns: 500 },
    );
  });

  test("I6: while the call runs, each up to nine seconds late", () => {
    const delayed = calls
      .filter(({ facts }) => facts.terms.limits.reconnectGraceSeconds <= 10)
      .chain((call) => {
        const { length } = call.webhooks;
        const delays = fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: length, maxLength: length });
        return fc.tuple(fc.constant(call), delays);
      });
    fc.assert(
      fc.property(delayed, ([{ facts, webhooks }, delays]) => {
        const arrive = (late: readonly number[]) => {
          const arrivals = webhooks.map((event, index) => ({ event, delayMs: late[index] ?? 0 }));
          return outcome(registered(facts, arrivals));
        };
        const prompt = arrive([]);
        const startedAt = prompt.charge.state.startedAt ?? 0;
        // Of who joins in the last moment we are told too late: the call was missed, and no webhook had said that one may come.
        fc.pre(startedAt < openedAt + facts.terms.limits.joinTimeoutSeconds * 1000 - 9000);
        // And of who had gone before the start too late to take back a start that was told (I10).
        fc.pre(webhooks.every(({ type, occurredAt }) => type === "participant.joined" || occurredAt > startedAt));
        expect(arrive(delays)).toEqual(prompt);
      }),
      { numRuns: 500 },
    );
  });
});
