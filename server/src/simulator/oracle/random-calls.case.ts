// Random calls for the oracle: every preset and policy, several payers, rooms, milliseconds, chains, and ends that were told before.
import {
  type CallEvent,
  type CallFacts,
  type Decision,
  type Party,
  type Policy,
  presetNames,
  presetTerms,
  type Terms,
} from "@fairminute/core";
import fc from "fast-check";
import { eventsArbitrary, lengthSeconds, openedAt, termsArbitrary } from "../../../../core/test/histories.ts";

const coins = (max: number) => fc.integer({ min: 0, max }).map(BigInt);

const policies: fc.Arbitrary<Policy[]> = fc
  .tuple(
    fc.option(
      fc.record({
        kind: fc.constant("early_exit" as const),
        underSeconds: fc.constantFrom(30, 60, 200),
        coins: coins(3),
        firstFree: fc.constantFrom(0, 0, 1, 2),
        growth: coins(2),
        periodSeconds: fc.constantFrom(null, 3600),
      }),
    ),
    fc.option(
      fc.record({
        kind: fc.constant("long_call_bonus" as const),
        overSeconds: fc.constantFrom(10, 60, 200),
        coins: coins(2),
        to: fc.constantFrom("payer" as const, "payee" as const, "both" as const),
      }),
    ),
    fc.option(
      fc.record({ kind: fc.constant("no_show" as const), coins: coins(3), who: fc.constant("payee" as const) }),
    ),
  )
  .map((found) => found.filter((policy) => policy !== null));

/** Terms of any kind: a preset as it ships, or everything at random. */
const anyTerms: fc.Arbitrary<Terms> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...presetNames).map((name) => presetTerms(name)) },
  {
    weight: 4,
    arbitrary: fc.tuple(termsArbitrary, policies, fc.integer({ min: 0, max: 9 })).map(([terms, list, kind]): Terms => {
      terms.policies = list;
      // The windows lie where the calls do, by the clock of the place.
      const { windows, utcOffsetMinutes: offset } = terms.tariff;
      const shifted = windows.map((window) => ({
        ...window,
        fromMinute: window.fromMinute + offset,
        toMinute: window.toMinute + offset,
      }));
      terms.tariff = { ...terms.tariff, windows: shifted };
      if (kind > 1) return terms;
      if (kind === 0) return { ...terms, billable: "none", funding: { kind: "none" } };
      const tariff = { ...presetTerms("tutoring-onchain").tariff, pricePerMinute: terms.tariff.pricePerMinute };
      return { ...terms, tariff, policies: [], funding: { kind: "escrow" } };
    }),
  },
);

/** Who takes part: mostly one payer and one payee. */
const casts: fc.Arbitrary<Party[]> = fc
  .constantFrom("leo>mia", "leo>mia", "leo>mia", "leo+ana>mia", "leo+mia>", "leo>mia+ana", "attendees")
  .map((cast): Party[] => {
    if (cast === "attendees") return ["leo", "mia", "ana"].map((userId) => ({ userId, role: "attendee" }));
    const [payers = "", payees = ""] = cast.split(">");
    const [payee = "", attendee] = payees.split("+");
    const parties: Party[] = payers.split("+").map((userId) => ({ userId, role: "payer" }));
    if (payee !== "") parties.push({ userId: payee, role: "payee" });
    if (attendee !== undefined) parties.push({ userId: attendee, role: "attendee" });
    return parties;
  });

const instant = fc.integer({ min: 0, max: lengthSeconds * 1000 }).map((ms) => openedAt + ms);

const depositEvents = fc
  .option(fc.tuple(fc.integer({ min: 0, max: 60_000 }), fc.array(instant, { maxLength: 3 })), { nil: null, freq: 4 })
  .map((found): CallEvent[] => {
    if (found === null) return [];
    const [first, times] = found;
    const base = { source: "chain" as const, userId: null, connectionId: null, reason: null, untilAt: null };
    return [openedAt + first, ...times].map((occurredAt, i) => {
      const isFunded = i % 2 === 0;
      const id = isFunded ? `deposit:1:0x${i}:0` : `deposit:1:0x${i - 1}:0:gone:1`;
      return { ...base, id, type: isFunded ? "call.funded" : "call.unfunded", occurredAt, receivedAt: occurredAt };
    });
  });

/** Somebody whose page is heard for a while, who leaves, and whose own client says so too, now or a little later. */
const farewells = fc
  .option(
    fc.record({
      userId: fc.constantFrom("leo", "mia"),
      heardMs: fc.integer({ min: 0, max: 100_000 }),
      leftMs: fc.integer({ min: 0, max: 60_000 }),
      hintMs: fc.integer({ min: -20_000, max: 20_000 }),
      source: fc.constantFrom("webhook" as const, "signalling" as const, "report" as const, "poll" as const),
    }),
    { nil: null, freq: 3 },
  )
  .map((found): CallEvent[] => {
    if (found === null) return [];
    const { userId, heardMs, leftMs, hintMs, source } = found;
    const base = { userId, connectionId: "first", reason: null, untilAt: null };
    const leftAt = openedAt + heardMs + leftMs;
    const left = { ...base, type: "participant.left" as const };
    const heard = { ...base, id: "f0", type: "participant.seen" as const, source: "proof" as const };
    return [
      { ...heard, occurredAt: openedAt, untilAt: openedAt + heardMs, receivedAt: openedAt + heardMs },
      { ...left, id: "f1", source, occurredAt: leftAt, receivedAt: leftAt },
      { ...left, id: "f2", source: "hint", occurredAt: Math.max(openedAt, leftAt + hintMs), receivedAt: leftAt },
    ];
  });

/** Moves events by parts of a second, and gives some of them to a third person. */
function roughen(events: CallEvent[], jitter: readonly number[], thirds: readonly boolean[]): CallEvent[] {
  return events.map((event, i) => {
    const shift = jitter[i % jitter.length] ?? 0;
    const userId = thirds[i % thirds.length] === true && event.userId === "leo" ? "ana" : event.userId;
    return {
      ...event,
      userId,
      occurredAt: event.occurredAt + shift,
      untilAt: event.untilAt === null ? null : event.untilAt + shift,
    };
  });
}

/** Reasons as providers give them, for some of the lefts. */
const wantedReasons = fc.array(
  fc.constantFrom(null, null, "client_initiated", "unknown", "technical", "server_shutdown", "room_deleted", "removed"),
  { minLength: 1, maxLength: 7 },
);

/** Gives some of the answers, ends and hang-ups to a client of whom nobody knows whether it tells the truth. */
function whisper(events: CallEvent[], hints: readonly boolean[]): CallEvent[] {
  return events.map((event, i) => {
    const isWord = event.type === "hangup" || event.type.startsWith("call.");
    return isWord && hints[i % hints.length] === true ? { ...event, source: "hint" } : event;
  });
}

function reword(events: CallEvent[], reasons: readonly (string | null)[]): CallEvent[] {
  return events.map((event, i) => {
    const reason = reasons[i % reasons.length] ?? null;
    return event.type === "participant.left" && reason !== null ? { ...event, reason } : event;
  });
}

const toldEnds: fc.Arbitrary<Decision> = fc
  .record({
    status: fc.constantFrom("completed" as const, "completed" as const, "missed" as const, "cancelled" as const),
    at: instant,
    reason: fc.constantFrom("payer_hung_up" as const, "connection_lost" as const, "out_of_funds" as const),
    by: fc.constantFrom("leo", null),
  })
  .map((told) => (told.status === "completed" ? told : { ...told, reason: null }));

export type RandomCall = {
  facts: CallFacts;
  events: CallEvent[];
  asOf: number;
  placed: Record<string, bigint>;
  priorCount: Record<string, number>;
};

/** A call of which everything is known at once. */
export const randomCall: fc.Arbitrary<RandomCall> = fc
  .record({
    terms: anyTerms,
    parties: casts,
    events: eventsArbitrary,
    farewell: farewells,
    deposit: depositEvents,
    jitter: fc.oneof(fc.constant([0]), fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 7 })),
    thirds: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
    reasons: wantedReasons,
    hints: fc.oneof(
      { weight: 5, arbitrary: fc.constant([false]) },
      fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
    ),
    asOf: fc.oneof(instant, fc.constant(openedAt + 900_000)),
    placed: fc.tuple(...[0, 1].map(() => fc.oneof(coins(200), fc.constant(1_000_000n)))),
    estimatedSeconds: fc.constantFrom(60, 120, 600),
    started: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: instant }),
    decided: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: toldEnds }),
    prior: fc.constantFrom(0, 0, 1, 3),
  })
  .map(
    ({
      terms,
      parties,
      events,
      farewell,
      deposit,
      jitter,
      thirds,
      reasons,
      hints,
      asOf,
      placed,
      estimatedSeconds,
      started,
      decided,
      prior,
    }) => {
      const isRoom = parties.every(({ role }) => role === "attendee");
      const isFree = terms.billable === "none";
      // People without sides meet only where nobody pays.
      const cast =
        isRoom && !isFree
          ? [
              { userId: "leo", role: "payer" as const },
              { userId: "mia", role: "payee" as const },
            ]
          : parties;
      const [leo = 0n, ana = 0n] = placed;
      const log = whisper(
        reword(roughen([...events, ...farewell], jitter, cast.length > 2 ? thirds : [false]), reasons),
        hints,
      );
      return {
        facts: {
          callId: "call_random",
          parties: cast,
          terms,
          requestedAt: openedAt,
          estimatedSeconds,
          started,
          decided,
        },
        events: terms.funding.kind === "escrow" ? [...log, ...deposit] : log,
        // What was told lies in the past.
        asOf: Math.max(asOf, started ?? 0, decided?.at ?? 0),
        placed: { leo, ana, mia: ana },
        priorCount: { leo: prior, mia: prior },
      };
    },
  );
