// Why and when an active call ends, as far as its evidence says: the earliest proof wins.
import type { CallFacts, Connection, EndReason } from "./call.ts";
import type { LiveConnection } from "./connection.ts";
import type { CallEvent } from "./event.ts";
import type { Interval } from "./interval.ts";
import { type Absence, absencesOf, canMeetWithout, type Side } from "./presence.ts";

/** An end, who brought it about, when it could first be known, and the event that proves it. */
export type Ending = {
  at: number;
  reason: EndReason;
  by: string | null;
  knownAt: number;
  evidence: CallEvent | null;
  evidenceId: string | null;
};

/** What an active call is waiting for when it has not ended. */
export type Waiting = { interruptedSince: number | null; interruptedUserIds: string[]; wakeAt: number };

/**
 * The end of a call that started at `startedAt`, or what it waits for.
 *
 * Hang-ups, ends by provider or operator and the time limit end the call where they stand; ties go in this order.
 * An absence ends it at its beginning, once it has lasted the reconnect grace without a return: a grace that was
 * still running when something else ended the call never matures, so that an end never moves when it is looked at later.
 */
export function findEnding(
  facts: CallFacts,
  events: readonly CallEvent[],
  connections: readonly LiveConnection[],
  sides: readonly Side[],
  startedAt: number,
  asOf: number,
): Ending | Waiting {
  const { tariff, limits } = facts.terms;
  const graceMs = limits.reconnectGraceSeconds * 1000;
  const limitAt =
    tariff.maximumDurationSeconds === null
      ? Number.POSITIVE_INFINITY
      : startedAt + tariff.maximumDurationSeconds * 1000;
  const direct = findDirectEnding(facts, events, startedAt, Math.min(asOf, limitAt), limitAt);
  const horizon = direct === null ? asOf : direct.at;

  const waiting: Waiting = { interruptedSince: null, interruptedUserIds: [], wakeAt: limitAt };
  let matured: Absence | null = null;
  for (const side of sides) {
    for (const absence of absencesOf(side, startedAt)) {
      const ripeAt = absence.from + graceMs;
      if (absence.to !== null && absence.to <= ripeAt) continue;
      if (ripeAt <= horizon) {
        if (matured === null || absence.from < matured.from) matured = absence;
      } else if (absence.to === null && direct === null) {
        noteWaiting(waiting, absence, ripeAt);
      }
    }
  }
  if (matured !== null) return endOfAbsence(facts, connections, matured, graceMs);
  return direct ?? waiting;
}

function noteWaiting(waiting: Waiting, { side, from }: Absence, ripeAt: number): void {
  if (waiting.interruptedSince === null || from < waiting.interruptedSince) waiting.interruptedSince = from;
  waiting.interruptedUserIds.push(...side.userIds);
  if (ripeAt < waiting.wakeAt) waiting.wakeAt = ripeAt;
}

/** The first event after the start, up to `until`, that ends the call where it stands, or the time limit. */
function findDirectEnding(
  facts: CallFacts,
  events: readonly CallEvent[],
  startedAt: number,
  until: number,
  limitAt: number,
): Ending | null {
  let found: Ending | null = null;
  for (const event of events) {
    const at = event.occurredAt;
    if (at > until || (found !== null && at > found.at)) break;
    if (at < startedAt || event.source === "hint") continue;
    const isHangup = event.type === "hangup" && endsByHangup(facts, event);
    if (!isHangup && event.type !== "call.ended") continue;
    if (found !== null && (!isHangup || found.evidence?.type === "hangup")) continue;
    const { reason, by } = isHangup ? hungUp(facts, event.userId as string) : endedReason(facts, event);
    found = { at, reason, by, knownAt: at, evidence: event, evidenceId: event.id };
  }
  if (found === null && limitAt <= until) {
    return { at: limitAt, reason: "time_limit", by: null, knownAt: limitAt, evidence: null, evidenceId: null };
  }
  return found;
}

/** A hang-up ends the call when it cannot go on without the user; else it only closes the user's connections. */
export function endsByHangup(facts: CallFacts, event: CallEvent): boolean {
  const { userId } = event;
  return userId !== null && isParty(facts, userId) && !canMeetWithout(facts, userId);
}

function endedReason(facts: CallFacts, event: CallEvent): { reason: EndReason; by: string | null } {
  if (event.source !== "command") return { reason: "provider_ended", by: event.userId };
  if (event.userId !== null && isParty(facts, event.userId)) return hungUp(facts, event.userId);
  return { reason: "operator_ended", by: null };
}

function hungUp(facts: CallFacts, userId: string): { reason: EndReason; by: string } {
  const isPayee = facts.parties.some((party) => party.userId === userId && party.role === "payee");
  return { reason: isPayee ? "payee_hung_up" : "payer_hung_up", by: userId };
}

function isParty(facts: CallFacts, userId: string): boolean {
  return facts.parties.some((party) => party.userId === userId);
}

/** From the mildest reading to the gravest: when several went at once, nobody is blamed without need. */
const gravity: readonly EndReason[] = [
  "connection_lost",
  "heartbeat_timeout",
  "kicked",
  "payer_hung_up",
  "payee_hung_up",
];

/** The call ends where the absence began, by what closed the connection of that side that was there last. */
function endOfAbsence(
  facts: CallFacts,
  connections: readonly LiveConnection[],
  absence: Absence,
  graceMs: number,
): Ending {
  const end: Ending = {
    at: absence.from,
    reason: "connection_lost",
    by: null,
    knownAt: absence.from + graceMs,
    evidence: null,
    evidenceId: null,
  };
  let lastEdge = Number.NEGATIVE_INFINITY;
  for (const { connection } of connections) {
    if (!absence.side.userIds.includes(connection.userId)) continue;
    const edge = edgeBefore(connection, absence.from);
    if (edge === null || edge < lastEdge) continue;
    const reason = closingReason(facts, connection, edge, absence.from);
    if (edge === lastEdge && gravity.indexOf(reason) >= gravity.indexOf(end.reason)) continue;
    lastEdge = edge;
    end.reason = reason;
    end.by = reason === "kicked" ? null : connection.userId;
    end.evidenceId = connection.to === edge ? connection.closingId : null;
  }
  return end;
}

/** The last instant up to `at` at which the connection stopped being there. */
function edgeBefore({ intervals, to }: Connection, at: number): number | null {
  for (let i = intervals.length - 1; i >= 0; i--) {
    const end = (intervals[i] as Interval).to;
    if (end <= at) return end;
  }
  return to !== null && to <= at ? to : null;
}

/** Who had left before the call started has not hung up on anybody. */
function closingReason(facts: CallFacts, connection: Connection, edge: number, absentSince: number): EndReason {
  const { closing, leaveReason, userId } = connection;
  if (connection.to !== edge || closing === "heartbeat") return "heartbeat_timeout";
  if (closing === "kicked") return "kicked";
  const isIntent = closing === "hangup" || (closing === "left" && leaveReason === "client_initiated");
  return isIntent && edge === absentSince ? hungUp(facts, userId).reason : "connection_lost";
}
