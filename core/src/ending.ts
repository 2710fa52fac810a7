// Why and when an active call ends, as far as its evidence says: the earliest proof wins.
import { type CallFacts, type Connection, type EndReason, isOpenRoom } from "./call.ts";
import { type LiveConnection, stillOpen } from "./connection.ts";
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

/** Why a call ended, and who did it; null when nobody is known to have. */
type Blame = { reason: EndReason; by: string | null };

/** What an active call is waiting for when it has not ended. */
export type Waiting = { interruptedSince: number | null; interruptedUserIds: string[]; wakeAt: number };

/**
 * The end of a call that started at `startedAt`, or what it waits for.
 *
 * Hang-ups, ends by provider or operator and the time limit (`direct`) end the call where they stand; ties go in this order.
 * An absence ends it at its beginning, once it has lasted the reconnect grace without a return: a grace that was
 * still running when something else ended the call never matures, so that an end never moves when it is looked at later.
 */
export function findEnding(
  facts: CallFacts,
  direct: Ending | null,
  connections: readonly LiveConnection[],
  sides: readonly Side[],
  startedAt: number,
  asOf: number,
): Ending | Waiting {
  const graceMs = facts.terms.limits.reconnectGraceSeconds * 1000;
  const decidedAt = Math.min(direct?.at ?? stillOpen, toldWithoutProof(facts) ?? stillOpen);
  const horizon = Math.min(asOf, decidedAt);
  const waiting: Waiting = { interruptedSince: null, interruptedUserIds: [], wakeAt: limitOf(facts, startedAt) };
  let matured: Absence[] = [];
  for (const side of sides) {
    for (const absence of absencesOf(side, startedAt)) {
      const ripeAt = absence.from + graceMs;
      if (absence.to !== null && absence.to <= ripeAt) continue;
      if (ripeAt <= horizon) {
        const first = matured[0]?.from ?? Number.POSITIVE_INFINITY;
        if (absence.from < first) matured = [absence];
        else if (absence.from === first) matured.push(absence);
      } else if (absence.to === null && direct === null) {
        noteWaiting(waiting, absence, ripeAt);
      }
    }
  }
  if (matured.length === 0) return direct ?? waiting;
  const end = endOfAbsence(facts, connections, matured);
  return { ...end, knownAt: Math.min(knownFrom(connections, end.at, graceMs), decidedAt) };
}

/**
 * When an absence from `at` on is known to have ended the call: the grace is over, and of every connection that was not heard since
 * it is known whether it was still there. Else a silence that had begun before `at` would be found by whoever looks later. One that
 * came within the grace and was heard that once may turn out to be no return.
 */
function knownFrom(connections: readonly LiveConnection[], at: number, graceMs: number): number {
  let knownAt = at + graceMs;
  for (const { connection, heardAt, lostAt } of connections) {
    if (heardAt === null || lostAt === null || lostAt <= knownAt) continue;
    const from = connection.from as number;
    if (heardAt <= at || (heardAt === from && from <= at + graceMs)) knownAt = lostAt;
  }
  return knownAt;
}

function limitOf({ terms }: CallFacts, startedAt: number): number {
  const { maximumDurationSeconds } = terms.tariff;
  return maximumDurationSeconds === null ? Number.POSITIVE_INFINITY : startedAt + maximumDurationSeconds * 1000;
}

/**
 * The instant of an end that was told and stands in no evidence: it is like a word of that instant. Null for all others, and when
 * none was told.
 */
export function toldWithoutProof({ decided }: CallFacts): number | null {
  if (decided === null) return null;
  const { status, reason, at } = decided;
  return status !== "completed" || reason === "out_of_funds" || reason === "time_limit" ? at : null;
}

function noteWaiting(waiting: Waiting, { side, from }: Absence, ripeAt: number): void {
  if (waiting.interruptedSince === null || from < waiting.interruptedSince) waiting.interruptedSince = from;
  waiting.interruptedUserIds.push(...side.userIds);
  if (ripeAt < waiting.wakeAt) waiting.wakeAt = ripeAt;
}

/** The first event from the start up to `asOf` that ends the call where it stands, or the time limit. */
export function findDirectEnding(
  facts: CallFacts,
  events: readonly CallEvent[],
  startedAt: number,
  asOf: number,
): Ending | null {
  const limitAt = limitOf(facts, startedAt);
  const until = Math.min(asOf, limitAt);
  let found: Ending | null = null;
  for (const event of events) {
    const at = event.occurredAt;
    if (at > until || (found !== null && at > found.at)) break;
    if (at < startedAt || event.source === "hint") continue;
    const isHangup = event.type === "hangup" && (endsByHangup(facts, event) || endedTheRoom(facts, event));
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

/**
 * Whether the end of an open room that was told is this hang-up. It stays so when evidence of somebody else comes later: the room
 * is of whoever comes, and he was alone in it as far as anybody knew.
 */
function endedTheRoom(facts: CallFacts, { occurredAt, userId }: CallEvent): boolean {
  const { decided } = facts;
  if (decided === null || decided.status !== "completed" || !isOpenRoom(facts)) return false;
  return userId !== null && decided.at === occurredAt && decided.by === userId;
}

/** Who ended the call for everybody, as the provider or we know it: a party hung up, anybody else is nobody of the call. */
function endedReason(facts: CallFacts, event: CallEvent): Blame {
  if (event.userId !== null && isParty(facts, event.userId)) return hungUp(facts, event.userId);
  return { reason: event.source === "command" ? "operator_ended" : "provider_ended", by: null };
}

function hungUp(facts: CallFacts, userId: string): Blame {
  const isPayee = facts.parties.some((party) => party.userId === userId && party.role === "payee");
  return { reason: isPayee ? "payee_hung_up" : "payer_hung_up", by: userId };
}

/** Whether the user belongs to the call. */
export function isParty(facts: CallFacts, userId: string): boolean {
  return facts.parties.some((party) => party.userId === userId);
}

/** From the mildest reading to the gravest: when several went at once, nobody is blamed without need. */
const gravity: readonly EndReason[] = [
  "provider_ended",
  "connection_lost",
  "heartbeat_timeout",
  "kicked",
  "payer_hung_up",
  "payee_hung_up",
];

function isMilder(a: Blame, b: Blame): boolean {
  const difference = gravity.indexOf(a.reason) - gravity.indexOf(b.reason);
  return difference < 0 || (difference === 0 && a.by === null && b.by !== null);
}

/**
 * The call ends where the absence began, by what closed the connection of that side that was there last. Of sides that went
 * at the same instant the mildest reading counts, and nobody is named: which of them was first is not known.
 */
function endOfAbsence(facts: CallFacts, connections: readonly LiveConnection[], absences: readonly Absence[]): Ending {
  const at = (absences[0] as Absence).from;
  let found: { blame: Blame; evidenceId: string | null } | null = null;
  for (const { side } of absences) {
    const last = lastToLeave(facts, connections, side, at);
    if (found === null || isMilder(last.blame, found.blame)) found = last;
  }
  const { blame, evidenceId } = found as { blame: Blame; evidenceId: string | null };
  const by = absences.length === 1 ? blame.by : null;
  return { at, reason: blame.reason, by, knownAt: at, evidence: null, evidenceId };
}

/** What is said of the connection of a side that was there last before the instant. */
function lastToLeave(facts: CallFacts, connections: readonly LiveConnection[], side: Side, at: number) {
  let blame: Blame = { reason: "connection_lost", by: null };
  let evidenceId: string | null = null;
  let lastEdge = Number.NEGATIVE_INFINITY;
  for (const { connection } of connections) {
    if (!side.userIds.includes(connection.userId)) continue;
    const edge = edgeBefore(connection, at);
    if (edge === null || edge < lastEdge) continue;
    const said = blameOf(facts, connection, edge, at);
    if (edge === lastEdge && !isMilder(said, blame)) continue;
    lastEdge = edge;
    blame = said;
    evidenceId = connection.to === edge ? connection.closingId : null;
  }
  return { blame, evidenceId };
}

/** The last instant up to `at` at which the connection stopped being there. */
function edgeBefore({ intervals, to }: Connection, at: number): number | null {
  for (let i = intervals.length - 1; i >= 0; i--) {
    const end = (intervals[i] as Interval).to;
    if (end <= at) return end;
  }
  return to !== null && to <= at ? to : null;
}

/** Reasons of a leave that say nothing about the person who left. */
const blameless: readonly string[] = ["server_shutdown", "technical", "unknown", "not_seen", "room_closed"];

/** Why the connection closed, and whose doing it was. Who had left before the call started has not hung up on anybody. */
function blameOf(facts: CallFacts, connection: Connection, edge: number, absentSince: number): Blame {
  const { closing, leaveReason, userId } = connection;
  if (connection.to !== edge || closing === "heartbeat") return { reason: "heartbeat_timeout", by: userId };
  if (closing === "kicked") return { reason: "kicked", by: null };
  if (closing === "hangup") return edge === absentSince ? hungUp(facts, userId) : lost(userId);
  if (closing === "hint") return lost(userId);
  if (leaveReason === "room_deleted") return { reason: "provider_ended", by: null };
  if (leaveReason === "removed") return { reason: "kicked", by: null };
  if (closing === "room" || blameless.includes(leaveReason ?? "")) return lost(null);
  return leaveReason === "client_initiated" && edge === absentSince ? hungUp(facts, userId) : lost(userId);
}

function lost(userId: string | null): Blame {
  return { reason: "connection_lost", by: userId };
}
