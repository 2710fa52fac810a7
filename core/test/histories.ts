// Random calls for property tests: terms, evidence in whole seconds, and money, small enough to collide often.
import fc from "fast-check";
import {
  type CallEvent,
  type CallFacts,
  eventSources,
  presetTerms,
  type TariffWindow,
  type Terms,
} from "../src/index.ts";
import { storyDay } from "./clock.ts";

/** Ten minutes before noon, so that windows that begin at noon fall into the calls. */
export const openedAt = storyDay + (11 * 60 + 55) * 60_000;
export const lengthSeconds = 420;

const at = fc.integer({ min: 0, max: lengthSeconds }).map((seconds) => openedAt + seconds * 1000);
const step = fc.constantFrom(1, 6, 10, 30, 60);
const coins = (max: number) => fc.integer({ min: 0, max }).map(BigInt);

const windows: fc.Arbitrary<TariffWindow[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<TariffWindow[]>([]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.record({
        weekdays: fc.constantFrom<number[]>([0, 1, 2, 3, 4, 5, 6], [6], [0]),
        fromMinute: fc.integer({ min: 715, max: 720 }),
        toMinute: fc.integer({ min: 721, max: 724 }),
        pricePerMinute: coins(40),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  },
);

export const termsArbitrary: fc.Arbitrary<Terms> = fc
  .record({
    tariff: fc.record({
      pricePerMinute: coins(40),
      connectFee: fc.constantFrom(0n, 0n, 3n),
      initialIncrementSeconds: step,
      incrementSeconds: step,
      rounding: fc.constantFrom("up" as const, "down" as const, "nearest" as const),
      freeSeconds: fc.constantFrom(0, 0, 7, 60),
      noChargeUnderSeconds: fc.constantFrom(0, 0, 15),
      minimumCharge: fc.constantFrom(0n, 0n, 12n),
      maximumDurationSeconds: fc.constantFrom(null, 120, 300),
      windows,
      utcOffsetMinutes: fc.constantFrom(0, 0, 60),
      lines: fc.constantFrom("merged" as const, "per_increment" as const),
    }),
    billable: fc.constantFrom("together" as const, "together" as const, "own_presence" as const),
    ring: fc.constantFrom(20, 45),
    join: fc.constantFrom(30, 120),
    grace: fc.constantFrom(0, 10, 30),
    heartbeat: fc.constantFrom(10, 30),
    slice: fc.constantFrom(60, 120),
    bp: fc.constantFrom(0, 1234, 2000, 10_000),
    kind: fc.constantFrom("estimate" as const, "slices" as const),
    delay: fc.constantFrom(0, 20),
  })
  .map(({ tariff, billable, ring, join, grace, heartbeat, slice, bp, kind, delay }) => {
    const terms = presetTerms("creator-call");
    const isShort = Math.min(tariff.initialIncrementSeconds, tariff.incrementSeconds) < 10;
    terms.tariff = isShort ? { ...tariff, lines: "merged" } : tariff;
    terms.billable = billable;
    terms.funding = { kind, sliceSeconds: slice, extendBeforeSeconds: 90 };
    terms.split.platformBasisPoints = bp;
    terms.limits = {
      ...terms.limits,
      ringTimeoutSeconds: ring,
      joinTimeoutSeconds: join,
      reconnectGraceSeconds: grace,
      heartbeatTimeoutSeconds: heartbeat,
      settlementDelaySeconds: delay,
    };
    return terms;
  });

type Sketch = Pick<CallEvent, "type" | "source" | "userId" | "connectionId" | "reason" | "occurredAt"> & {
  lasts: number;
};

const user = fc.constantFrom("leo", "mia");
const connectionId = fc.constantFrom("c1", "c1", "c2", "c3", "first");
const source = fc.constantFrom(...eventSources.filter((name) => name !== "command" && name !== "chain"));
const nothing = fc.constant(null);
const none = fc.constant(0);

const sketch = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom("participant.joined" as const, "participant.left" as const),
      source,
      userId: user,
      connectionId,
      reason: fc.constantFrom(null, "client_initiated", "room_deleted", "removed", "not_seen"),
      occurredAt: at,
      lasts: none,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("participant.left" as const),
      source,
      userId: fc.constant(null),
      connectionId: fc.constantFrom(null, null, "c1", "first"),
      reason: fc.constantFrom(null, "room_closed", "client_initiated"),
      occurredAt: at,
      lasts: none,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("participant.seen" as const),
      source: fc.constantFrom("proof" as const, "poll" as const, "hint" as const),
      userId: user,
      connectionId,
      reason: nothing,
      occurredAt: at,
      lasts: fc.integer({ min: 0, max: 120 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom("hangup" as const, "participant.kicked" as const),
      source: fc.constantFrom("signalling" as const, "command" as const),
      userId: user,
      connectionId: nothing,
      reason: nothing,
      occurredAt: at,
      lasts: none,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom("call.ended" as const, "call.cancelled" as const, "call.rejected" as const),
      source: fc.constantFrom("command" as const, "webhook" as const),
      userId: fc.constantFrom("leo", "mia", null),
      connectionId: nothing,
      reason: nothing,
      occurredAt: at,
      lasts: none,
    }),
  },
);

/** A likely beginning (accepted, both joined) in most histories, and then anything. */
const beginning = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(
      fc.integer({ min: 0, max: 15 }),
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: 0, max: 30 }),
    ),
  },
  { weight: 1, arbitrary: nothing },
);

export const eventsArbitrary: fc.Arbitrary<CallEvent[]> = fc
  .tuple(beginning, fc.array(sketch, { maxLength: 9 }))
  .map(([start, sketches]) => {
    const all: Sketch[] = [...sketches];
    const plain = { reason: null, lasts: 0 };
    if (start !== null) {
      const [accept, leo, mia] = start.map((seconds) => openedAt + seconds * 1000) as [number, number, number];
      all.push({
        ...plain,
        type: "call.accepted",
        source: "command",
        userId: "mia",
        connectionId: null,
        occurredAt: accept,
      });
      const joined = { ...plain, type: "participant.joined" as const, source: "webhook" as const };
      all.push({ ...joined, userId: "leo", connectionId: "first", occurredAt: leo });
      all.push({ ...joined, userId: "mia", connectionId: "first", occurredAt: mia });
    }
    return all.map(({ lasts, ...event }, index) => ({
      ...event,
      id: `e${index}`,
      untilAt: event.type === "participant.seen" ? event.occurredAt + lasts * 1000 : null,
      receivedAt: event.occurredAt,
    }));
  });

export type History = { facts: CallFacts; events: CallEvent[]; asOf: number; placed: bigint };

export const historyArbitrary: fc.Arbitrary<History> = fc
  .record({
    terms: termsArbitrary,
    events: eventsArbitrary,
    asOf: fc.oneof(at, fc.constant(openedAt + 900_000)),
    placed: fc.oneof(coins(200), fc.constant(1_000_000n)),
    estimatedSeconds: fc.constantFrom(60, 120, 600),
  })
  .map(({ terms, events, asOf, placed, estimatedSeconds }) => ({
    facts: {
      callId: "call_random",
      parties: [
        { userId: "leo", role: "payer" },
        { userId: "mia", role: "payee" },
      ],
      terms,
      requestedAt: openedAt,
      estimatedSeconds,
      decided: null,
    },
    events,
    asOf,
    placed,
  }));
