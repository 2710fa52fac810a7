// The ticker: what the call has cost so far and how long the money lasts, read by the same chargeCall that settles the call.
import { type CallEvent, type CallFacts, type CallState, chargeCall, settleCharge } from "@fairminute/core";

/** Everything the charge is a function of, besides the instant. */
export type Evidence = { facts: CallFacts; events: CallEvent[]; placed: Record<string, bigint> };

export type TickerReading = {
  state: CallState;
  /** Whole seconds that count, pauses left out; where no time is billed, whole seconds since the start. */
  elapsedSeconds: number;
  /** Seconds that are paid for so far: the started increments. */
  billedSeconds: number;
  /** What the payer is charged so far, in coins. */
  spent: bigint;
  /** What of it goes to the payee. */
  earned: bigint;
  pricePerMinute: bigint;
  /** Whether the call costs nothing, however long it is. */
  isFree: boolean;
  /** Until when the money that is held lasts, if both stay (ms since epoch). */
  fundedUntil: number | null;
  /** Until when held money and wallet together last; null where nothing is charged by the minute. */
  affordableUntil: number | null;
  /** When the longest duration is reached, pauses included; null without one, and before the start. */
  timeLimitAt: number | null;
  /** Since when somebody is missing and nothing is charged. */
  pausedSince: number | null;
  missingUserIds: string[];
};

/**
 * Reads the ticker at an instant of the server's clock.
 * @param available coins in the payer's wallet that the call may still take; 0 where they are not known (the payee's screen)
 */
export function readTicker(evidence: Evidence, asOf: number, available: bigint): TickerReading {
  const { facts, events, placed } = evidence;
  const charge = chargeCall({ facts, events, asOf, placed });
  const payer = charge.payers[0];
  const spent = payer?.total ?? 0n;
  const { state } = charge;
  const extendable = facts.terms.funding.kind === "estimate" || facts.terms.funding.kind === "slices";
  const reach = extendable && available > 0n && state.status === "active" ? withMore(evidence, available, asOf) : null;
  return {
    state,
    elapsedSeconds: facts.terms.billable === "none" ? sinceStart(state, asOf) : (payer?.billableSeconds ?? 0),
    billedSeconds: payer?.billedSeconds ?? 0,
    spent,
    earned: settleCharge(spent, facts.terms).payee,
    pricePerMinute: facts.terms.tariff.pricePerMinute,
    isFree: facts.terms.billable === "none",
    fundedUntil: payer?.fundedUntil ?? null,
    affordableUntil: reach ?? payer?.fundedUntil ?? null,
    timeLimitAt: timeLimitOf(facts, state),
    pausedSince: state.interruptedSince,
    missingUserIds: state.interruptedUserIds,
  };
}

function sinceStart({ startedAt, endedAt }: CallState, asOf: number): number {
  return startedAt === null ? 0 : Math.max(0, Math.floor(((endedAt ?? asOf) - startedAt) / 1000));
}

function timeLimitOf({ terms }: CallFacts, { startedAt }: CallState): number | null {
  const longest = terms.tariff.maximumDurationSeconds;
  return longest === null || startedAt === null ? null : startedAt + longest * 1000;
}

/** Funded-until, if everything the payer still has were held for this call as well. */
function withMore(evidence: Evidence, available: bigint, asOf: number): number | null {
  const placed = { ...evidence.placed };
  for (const payerId of Object.keys(placed)) placed[payerId] = (placed[payerId] ?? 0n) + available;
  return chargeCall({ facts: evidence.facts, events: evidence.events, asOf, placed }).payers[0]?.fundedUntil ?? null;
}
