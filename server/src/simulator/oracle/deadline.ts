// When a call has to be looked at again although nothing new is heard of it, and from when on an end is an end.
import type { CallEvent, CallFacts } from "@fairminute/core";
import { untilOf } from "./evidence.ts";
import { sidesOf } from "./people.ts";
import { lengthOf, paidSeconds } from "./price.ts";
import type { Verdict } from "./verdict.ts";

const never = Number.POSITIVE_INFINITY;

/**
 * From when on the end of a call that is over is told and paid: when it is known, and some time after the last webhook. Without
 * that time where a command ended it, or its money or time ran out, because then it was told anyway.
 */
export function settledFrom({ terms }: CallFacts, events: readonly CallEvent[], verdict: Verdict): number {
  const { endReason, proofId } = verdict;
  const knownAt = verdict.knownAt ?? 0;
  const delayMs = terms.limits.settlementDelaySeconds * 1000;
  if (endReason === "out_of_funds" || endReason === "time_limit") return knownAt;
  if (events.some(({ id, source }) => id === proofId && source === "command")) return knownAt;
  const lastWebhook = Math.max(...events.filter(({ source }) => source === "webhook").map((event) => event.receivedAt));
  return delayMs === 0 || lastWebhook === -never ? knownAt : Math.max(knownAt, lastWebhook + delayMs);
}

/** The first instant after `asOf` and before `before` at which the same evidence says something else; null when there is none. */
export function nextDeadline(
  facts: CallFacts,
  events: readonly CallEvent[],
  verdict: Verdict,
  asOf: number,
  before: number,
): number | null {
  const due = dueAt(facts, events, verdict, asOf, before).filter((at) => at > asOf && at < before);
  return due.length === 0 ? null : Math.min(...due);
}

function dueAt(
  facts: CallFacts,
  events: readonly CallEvent[],
  verdict: Verdict,
  asOf: number,
  before: number,
): number[] {
  const { limits, tariff } = facts.terms;
  const { status, startedAt, endedAt, acceptance, attendance } = verdict;
  if (endedAt !== null) return [settledFrom(facts, events, verdict)];
  const due = events.map(({ occurredAt }) => occurredAt);
  for (const event of events)
    if (event.source === "proof") due.push(untilOf(event) + limits.heartbeatTimeoutSeconds * 1000);
  if (status === "pending") due.push(facts.requestedAt + limits.ringTimeoutSeconds * 1000);
  if (status === "accepted" && acceptance !== null) {
    due.push(Math.max(acceptance.occurredAt, facts.requestedAt) + limits.joinTimeoutSeconds * 1000);
  }
  if (status !== "active" || startedAt === null) return due;
  const limitAt = tariff.maximumDurationSeconds === null ? never : startedAt + tariff.maximumDurationSeconds * 1000;
  due.push(limitAt);
  const { instants, there } = attendance;
  let isAnybodyAway = false;
  for (const side of sidesOf(facts)) {
    // Away since the last change before now, as far as that one lasts.
    let awaySince = never;
    instants.forEach((at, i) => {
      if (side.isThere(there[i] as ReadonlySet<string>)) awaySince = never;
      else awaySince = Math.min(awaySince, Math.max(at, startedAt));
    });
    isAnybodyAway ||= awaySince !== never;
    due.push(awaySince + limits.reconnectGraceSeconds * 1000);
  }
  // A call is looked at as well when more is to be held and when its people are warned; what had happened by then counts there.
  const { funding } = facts.terms;
  const early = [limits.lowBalanceWarningSeconds, "extendBeforeSeconds" in funding ? funding.extendBeforeSeconds : 0];
  const untils = fundedUntil(facts, verdict, asOf, before + Math.max(...early) * 1000);
  verdict.used.forEach(({ used }, i) => {
    const until = untils[i] ?? never;
    // In a pause the money's instants go along with the clock, and are looked at every ten seconds.
    const isRunning = !isAnybodyAway || used.at(-1)?.[1] === asOf;
    const soonest = isRunning ? asOf : asOf + 10_000;
    const instants = [0, ...(until < limitAt ? early : [])].map((seconds) => until - seconds * 1000);
    due.push(...instants.filter((at) => at > asOf).map((at) => Math.max(at, soonest)));
  });
  return due;
}

/** When the held money is used up if everybody stays. */
export function fundedUntil(facts: CallFacts, { used }: Verdict, asOf: number, before: number): number[] {
  if (facts.terms.funding.kind === "none") return [];
  return used.map(({ used: time, placed }) => {
    const enough = Math.ceil((lengthOf(time) + Math.max(0, before - asOf)) / 1000);
    const seconds = paidSeconds(facts.terms.tariff, placed, time, asOf, enough) ?? never;
    const limited = facts.terms.funding.kind === "escrow" ? Math.min(seconds, facts.estimatedSeconds) : seconds;
    return asOf + limited * 1000 - lengthOf(time);
  });
}
