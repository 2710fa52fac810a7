// What a call is opened with, and what a look at its provider finds: the hall's and the reconciliation's own rules.
import { foldCall } from "@fairminute/core";
import { firstEvidence, newCall, type OpenCall, termsIdOf } from "../charging/opening.ts";
import { factsOf, type StoredCall } from "../charging/stored.ts";
import type { ProviderEvent } from "../providers/provider.ts";
import { absencesOf, evidenceOfReport, isComplete, reportOf, sightingsOf } from "../reconciliation/evidence.ts";
import type { DeskChange } from "./desk.ts";
import type { ScriptCall } from "./script.ts";

/** What opens a call: as the hall makes it of a request. */
export function openingOf(plan: ScriptCall, callId: string, now: number): DeskChange {
  const [first, second] = plan.parties;
  const isRoom = first?.role === "attendee";
  const input: OpenCall = {
    callId,
    payerId: first?.userId ?? "",
    payeeId: isRoom ? null : (second?.userId ?? null),
    estimatedMinutes: plan.estimatedMinutes,
    minimumMinutes: 0,
    autoAccept: false,
    accepted: plan.accepted ?? undefined,
    provider: plan.carrier,
    requestedAt: plan.requestedAt,
  };
  const made = { callId, termsId: termsIdOf(plan.terms), holdId: `hold_${callId}`, roomName: callId, now };
  const open = newCall(input, plan.terms, made);
  return { callId, open, evidence: firstEvidence(input, open, now) };
}

/** Who is in the room by the truth, read by the reconciliation's own rules. */
export function evidenceOfLook(
  call: StoredCall | null,
  plan: ScriptCall,
  now: number,
  isReport: boolean,
): ProviderEvent[] {
  if (call === null) return [];
  const state = foldCall(factsOf(call), call.events, now);
  const there = plan.stays.filter(({ from, to }) => from <= now && to > now);
  const present = there.map(({ userId, connectionId, from }) => ({ userId, connectionId, joinedAt: from }));
  const poll = { present, askedAt: now, answeredAt: now };
  if (!isReport)
    return call.settledAt !== null ? [] : [...sightingsOf(poll, null), ...absencesOf(call.events, state, poll)];
  const known = plan.stays.filter(({ from }) => from <= now);
  const told = known.map(({ userId, connectionId, from, to }) => ({
    userId,
    connectionId,
    from,
    to: to <= now ? to : null,
  }));
  const report = reportOf(told, { requestedAt: call.requestedAt, endedAt: call.endedAt });
  return isComplete(report, state) ? evidenceOfReport(report, state) : [];
}
