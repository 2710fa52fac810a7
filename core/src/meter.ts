// Measures the usage of each payer: the time that the terms let be billed, and its pauses.
import type { CallFacts, CallState } from "./call.ts";
import { isEscrow } from "./deposit.ts";
import { clipIntervals, type Interval, intersectIntervals, totalMs, unionIntervals } from "./interval.ts";

/** A pause of the meter: unbilled time after the payer's first billable moment, and who was away. */
export type Pause = { from: number; to: number; userIds: string[] };

/** The billable time of one payer, whole or in progress. */
export type Usage = { payerId: string; intervals: Interval[]; pauses: Pause[]; billableMs: number };

/**
 * The usage of each payer in a folded call: their own presence, or their presence together with the payee (without a
 * payee: with anybody), never before the start, never after the end or `asOf`, never in a disconnection (I5). A call that is
 * paid from an escrow is billed only while the chain holds its deposit.
 */
export function meterCall(facts: CallFacts, state: CallState, asOf: number): Usage[] {
  const usages: Usage[] = [];
  const from = state.startedAt;
  const to = state.endedAt !== null && state.endedAt < asOf ? state.endedAt : asOf;
  for (const party of facts.parties) {
    if (party.role !== "payer") continue;
    const usage: Usage = { payerId: party.userId, intervals: [], pauses: [], billableMs: 0 };
    usages.push(usage);
    if (from === null || to <= from || facts.terms.billable === "none") continue;
    usage.intervals = clipIntervals(billableOf(facts, state, party.userId), from, to);
    usage.billableMs = totalMs(usage.intervals);
    usage.pauses = findPauses(facts, state, usage, to);
  }
  return usages;
}

function billableOf(facts: CallFacts, state: CallState, payerId: string): readonly Interval[] {
  const own = isEscrow(facts.terms)
    ? intersectIntervals(presenceOf(state, payerId), state.funded)
    : presenceOf(state, payerId);
  if (facts.terms.billable === "own_presence") return own;
  const payee = facts.parties.find(({ role }) => role === "payee");
  if (payee !== undefined) return intersectIntervals(own, presenceOf(state, payee.userId));
  const others: Interval[] = [];
  for (const { userId, intervals } of state.presence) if (userId !== payerId) others.push(...intervals);
  return intersectIntervals(own, unionIntervals(others));
}

function presenceOf(state: CallState, userId: string): readonly Interval[] {
  for (const person of state.presence) if (person.userId === userId) return person.intervals;
  return [];
}

function findPauses(facts: CallFacts, state: CallState, usage: Usage, end: number): Pause[] {
  const pauses: Pause[] = [];
  const { intervals, payerId } = usage;
  for (let i = 0; i < intervals.length; i++) {
    const from = (intervals[i] as Interval).to;
    const to = intervals[i + 1]?.from ?? end;
    if (from < to) pauses.push({ from, to, userIds: awayIn(facts, state, payerId, from, to) });
  }
  return pauses;
}

/** Who of payer and payee was not there for all of [from, to). */
function awayIn(facts: CallFacts, state: CallState, payerId: string, from: number, to: number): string[] {
  const away: string[] = [];
  for (const { userId, role } of facts.parties) {
    if (userId !== payerId && role !== "payee") continue;
    if (!presenceOf(state, userId).some((stretch) => stretch.from <= from && stretch.to >= to)) away.push(userId);
  }
  return away;
}
