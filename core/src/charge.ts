// Charges a call: folds its log, lets the held money set its limit, and prices what is left.
import { assert } from "./assert.ts";
import type { CallFacts, CallState } from "./call.ts";
import { coverSeconds } from "./cover.ts";
import { isEscrow } from "./deposit.ts";
import type { CallEvent } from "./event.ts";
import { foldCall } from "./fold.ts";
import { intersectIntervals, reachedAt, totalMs } from "./interval.ts";
import type { Line } from "./line.ts";
import { meterCall, type Usage } from "./meter.ts";
import { applyPolicies } from "./policies/apply.ts";
import type { Bonus, Penalty, PolicyDecision } from "./policies/policy.ts";
import { rateUsage } from "./rate.ts";

/** What one payer owes for a call. */
export type PayerCharge = {
  payerId: string;
  usage: Usage;
  lines: Line[];
  total: bigint;
  billableSeconds: number;
  billedSeconds: number;
  /** The billable seconds that the held money pays for; null when nothing limits them. */
  coverSeconds: number | null;
  /** The instant at which they are used up if everybody stays; null before the start and when nothing limits them. */
  fundedUntil: number | null;
};

/** The price of a call at one instant, and why. */
export type Charge = {
  /** The folded state, with the end that the money sets. */
  state: CallState;
  payers: PayerCharge[];
  penalties: Penalty[];
  bonuses: Bonus[];
  policyDecisions: PolicyDecision[];
};

/** What a charge is made from. */
export type ChargeInput = {
  facts: CallFacts;
  events: readonly CallEvent[];
  /** The instant of the charge, ms since the epoch. */
  asOf: number;
  /** Coins ever placed for the call, by payer. */
  placed: Readonly<Record<string, bigint>>;
  /** How often each user broke the call's policies before; absent means never. */
  priorCount?: Readonly<Record<string, number>>;
};

const never: Readonly<Record<string, number>> = Object.freeze({});

/**
 * The price of a call at `asOf` from its whole log: the same function on the server and in the browser.
 *
 * Where the terms ask for held money, billing never runs past it: the instant at which a payer's usage reaches what was
 * placed ends the call with `out_of_funds`, unless something ended it before (I5). So `total` is never above `placed` (I3).
 * A call that was placed nothing for has cover for its free seconds only. A deposit in an escrow covers the estimated seconds and
 * not one more, because the contract pays no more of them.
 */
export function chargeCall(input: ChargeInput): Charge {
  const { facts, events, asOf, placed } = input;
  const state = foldCall(facts, events, asOf);
  let usages = meterCall(facts, state, asOf);
  const covers: (number | null)[] = [];
  const isFunded = facts.terms.funding.kind !== "none";
  const seenAt = state.endedAt !== null && state.endedAt < asOf ? state.endedAt : asOf;
  let spentAt = Number.POSITIVE_INFINITY;
  for (const usage of usages) {
    const cover = isFunded ? coverOf(facts, placed[usage.payerId] ?? 0n, seenAt, usage) : null;
    covers.push(cover);
    const reached = cover === null ? null : coverReachedAt(state, usage, cover);
    if (reached !== null && reached < spentAt) spentAt = reached;
  }
  if (endsUnfunded(facts, state, spentAt)) {
    endOutOfFunds(state, spentAt);
    usages = meterCall(facts, state, asOf);
  }
  const payers = usages.map((usage, i) => chargePayer(input, state, usage, covers[i] ?? null, isFunded));
  const { penalties, bonuses, decisions } = applyPolicies(facts, state, { priorCount: input.priorCount ?? never });
  return { state, payers, penalties, bonuses, policyDecisions: decisions };
}

function coverOf({ terms, estimatedSeconds }: CallFacts, placed: bigint, seenAt: number, usage: Usage): number | null {
  const cover = coverSeconds(terms.tariff, placed, seenAt, usage.intervals);
  return isEscrow(terms) ? Math.min(cover ?? estimatedSeconds, estimatedSeconds) : cover;
}

/** When the usage has used up its cover; a cover of nothing is used up at the start. */
function coverReachedAt(state: CallState, usage: Usage, cover: number): number | null {
  if (cover * 1000 > usage.billableMs) return null;
  return cover === 0 ? state.startedAt : reachedAt(usage.intervals, cover * 1000);
}

/**
 * Whether the money ends the call: before anything else does, or at the beginning of an absence that could only
 * later be known to be an end. An end that was told is only ever moved earlier.
 */
function endsUnfunded(facts: CallFacts, state: CallState, spentAt: number): boolean {
  if (state.startedAt === null || spentAt === Number.POSITIVE_INFINITY) return false;
  if (state.endedAt === null) return true;
  if (facts.decided !== null) return spentAt < state.endedAt;
  return spentAt <= state.endedAt && spentAt < (state.endKnownAt ?? state.endedAt);
}

function endOutOfFunds(state: CallState, at: number): void {
  state.status = "completed";
  state.endedAt = at;
  state.endKnownAt = at;
  state.endReason = "out_of_funds";
  state.endedBy = null;
  state.endEvidenceId = null;
  state.interruptedSince = null;
  state.interruptedUserIds = [];
  state.wakeAt = null;
  state.durationSource = state.startSource;
}

function chargePayer(
  { facts, asOf, placed }: ChargeInput,
  state: CallState,
  usage: Usage,
  cover: number | null,
  isFunded: boolean,
): PayerCharge {
  const { lines, total, billableSeconds, billedSeconds } = rateUsage(facts.terms.tariff, usage.intervals);
  assert(
    !isFunded || cover === null || total <= (placed[usage.payerId] ?? 0n),
    () => `I3: ${usage.payerId} is charged ${total} of ${placed[usage.payerId] ?? 0n} placed`,
  );
  assert(isInside(facts, state, usage), () => `I5: usage of ${usage.payerId} leaves the call`);
  const seenAt = state.endedAt !== null && state.endedAt < asOf ? state.endedAt : asOf;
  // Without its deposit the meter stands, and nothing says for how long.
  const isStill = isEscrow(facts.terms) && state.endedAt === null && state.fundedAt === null;
  const hasEnd = cover !== null && state.startedAt !== null && !isStill;
  const fundedUntil = hasEnd ? seenAt + cover * 1000 - usage.billableMs : null;
  return {
    payerId: usage.payerId,
    usage,
    lines,
    total,
    billableSeconds,
    billedSeconds,
    coverSeconds: cover,
    fundedUntil,
  };
}

function isInside({ terms }: CallFacts, state: CallState, usage: Usage): boolean {
  const first = usage.intervals[0];
  const last = usage.intervals[usage.intervals.length - 1];
  if (first === undefined || last === undefined) return usage.billableMs === 0;
  return (
    state.startedAt !== null &&
    first.from >= state.startedAt &&
    (state.endedAt === null || last.to <= state.endedAt) &&
    (!isEscrow(terms) || totalMs(intersectIntervals(usage.intervals, state.funded)) === usage.billableMs) &&
    totalMs(usage.intervals) === usage.billableMs
  );
}
