// What a look proves: who was seen, who is gone since when, and what the provider's own record says. Pure.
import type { CallEvent, CallState, Connection, EventSource } from "@fairminute/core";
import type { Evidence } from "../charging/charging.ts";
import type { PresentConnection, ReportedConnection } from "../providers/provider.ts";
import { CONFIRM_MS } from "./limits.ts";

/** A poll's answer, and between which instants (ms) it was made. */
export interface Poll {
  present: readonly PresentConnection[];
  askedAt: number;
  answeredAt: number;
}

/** Connections whose ids are the provider's own; those of our signalling or heartbeats mean nothing to it. */
const providersOwn: readonly (EventSource | null)[] = ["report", "webhook", "poll"];
/** A connection that has just begun may not be listed yet: the list and the events are not one thing inside a provider. */
const YOUNG_MS = 5000;
/** Clocks differ: a record dated so little before the call was requested still belongs to it. */
const SKEW_MS = 5000;

/** The connections of the call that the provider knows by these ids. */
export function providerConnections(state: CallState): Connection[] {
  return state.connections.filter(({ from, fromSource }) => from !== null && providersOwn.includes(fromSource));
}

/** When polls last saw each connection, and when they last missed it. */
function pollsOf(log: readonly CallEvent[]): Map<string, { seenAt: number; missedAt: number }> {
  const polls = new Map<string, { seenAt: number; missedAt: number }>();
  for (const { source, type, connectionId, occurredAt, untilAt } of log) {
    if (source !== "poll" || connectionId === null) continue;
    const known = polls.get(connectionId) ?? { seenAt: Number.NEGATIVE_INFINITY, missedAt: Number.NEGATIVE_INFINITY };
    if (type === "participant.seen") known.seenAt = Math.max(known.seenAt, untilAt ?? occurredAt);
    else known.missedAt = Math.max(known.missedAt, occurredAt);
    polls.set(connectionId, known);
  }
  return polls;
}

/**
 * The last instant at which the connection was there, when an answer without it is news: the log has it open, or polls saw it and
 * have not said yet that it went (a webhook told, and what polls tell by themselves would go on).
 */
function missedSince(connection: Connection, poll: { seenAt: number; missedAt: number } | undefined): number | null {
  const { from, to, lastSeenAt } = connection;
  if (to === null) return Math.max(from ?? 0, lastSeenAt ?? 0);
  return poll !== undefined && poll.missedAt < poll.seenAt ? poll.seenAt : null;
}

/**
 * Everybody who is there was seen at the instant of the question, or when they joined, if that was while it was answered: never
 * earlier than they were really there, which is the payer's favour.
 * @param untilAt a later instant up to which they are known to stay, when a clock is about to be moved there
 */
export function sightingsOf(poll: Poll, untilAt: number | null): Evidence[] {
  return poll.present.map(({ userId, connectionId, joinedAt }) => {
    const seenAt = Math.min(Math.max(poll.askedAt, joinedAt ?? poll.askedAt), poll.answeredAt);
    return {
      id: `poll:${connectionId}:${seenAt}`,
      type: "participant.seen",
      source: "poll",
      userId,
      connectionId,
      reason: null,
      occurredAt: seenAt,
      untilAt: Math.max(seenAt, untilAt ?? seenAt),
    };
  });
}

/**
 * Who was there by the log and is not there any more left at the last instant at which they were seen. A later sighting of the
 * same connection refutes it.
 */
export function absencesOf(log: readonly CallEvent[], state: CallState, poll: Poll): Evidence[] {
  const present = new Set(poll.present.map(({ connectionId }) => connectionId));
  const polls = pollsOf(log);
  return providerConnections(state).flatMap((connection) => {
    const { connectionId, userId, from } = connection;
    if (present.has(connectionId) || (from ?? 0) > poll.askedAt - YOUNG_MS) return [];
    const occurredAt = missedSince(connection, polls.get(connectionId));
    if (occurredAt === null) return [];
    return [
      {
        id: `poll:${connectionId}:left:${occurredAt}`,
        type: "participant.left",
        source: "poll",
        userId,
        connectionId,
        reason: "not_seen",
        occurredAt,
        untilAt: null,
      },
    ];
  });
}

/**
 * Which absences one answer is enough for. A steady look comes within half a grace of the one before: what it misses can be seen
 * again before the grace is over, so that an answer that was wrong ends nothing. An absence that is older leaves no time for that,
 * as when looks come late: it counts once a second answer says the same, or the provider's own record that they left.
 * @param given.before absences that earlier answers told of and nothing has confirmed yet
 */
export function weighAbsences(
  absences: readonly Evidence[],
  given: { poll: Poll; graceMs: number; report: readonly Evidence[]; before: Readonly<Record<string, number>> },
): { sure: Evidence[]; missing: Record<string, number> } {
  const { poll, graceMs, before } = given;
  const ended = new Set(given.report.filter(({ type }) => type === "participant.left").map((one) => one.connectionId));
  const sure: Evidence[] = [];
  const missing: Record<string, number> = {};
  for (const absence of absences) {
    const connectionId = absence.connectionId as string;
    const missedAt = Object.hasOwn(before, connectionId) ? (before[connectionId] as number) : poll.askedAt;
    const isConfirmed = ended.has(connectionId) || poll.askedAt - missedAt >= CONFIRM_MS;
    if (isConfirmed || poll.askedAt - absence.occurredAt <= graceMs / 2) sure.push(absence);
    else missing[connectionId] = missedAt;
  }
  return { sure, missing };
}

/**
 * A connection that the provider now dates later than our last proof of it is not the one that was there: what lies between is
 * not proven. Where nobody looked for longer than the grace, that ends it at the last proof, and by the provider's own word, so
 * that no later left of the same name makes it whole again. A shorter gap costs less than an interval and is left alone.
 */
export function restartsOf(state: CallState, poll: Poll, graceMs: number): Evidence[] {
  const known = new Map(providerConnections(state).map((connection) => [connection.connectionId, connection]));
  return poll.present.flatMap(({ userId, connectionId, joinedAt }) => {
    const { from, to, lastSeenAt } = known.get(connectionId) ?? { from: null, to: null, lastSeenAt: null };
    if (from === null || to !== null || joinedAt === null) return [];
    const occurredAt = Math.max(from, lastSeenAt ?? 0);
    if (poll.askedAt - occurredAt <= graceMs || joinedAt <= occurredAt + SKEW_MS) return [];
    const id = `poll:${connectionId}:restarted:${occurredAt}`;
    const left = { source: "report", userId, connectionId, reason: "not_seen", occurredAt, untilAt: null } as const;
    return [{ ...left, id, type: "participant.left" }];
  });
}

/** The part of a provider's record that is about this call: a room may have had one before, and may have another after it. */
export function reportOf(
  reported: readonly ReportedConnection[],
  call: { requestedAt: number; endedAt: number | null },
): ReportedConnection[] {
  return reported.filter(
    ({ from, to }) =>
      (to === null || to > call.requestedAt - SKEW_MS) && (call.endedAt === null || from < call.endedAt + SKEW_MS),
  );
}

/** A record is complete when nothing in it is open, and everybody that the log knows is in it. */
export function isComplete(report: readonly ReportedConnection[], state: CallState): boolean {
  if (report.length === 0 || report.some(({ to }) => to === null)) return false;
  const ids = new Set(report.map(({ connectionId }) => connectionId));
  return providerConnections(state).every(({ connectionId }) => ids.has(connectionId));
}

/** Whether the provider's record could tell something that the log does not know. */
export function lacksReport(state: CallState): boolean {
  return providerConnections(state).some(
    ({ fromSource, toSource }) => fromSource !== "report" || toSource !== "report",
  );
}

/**
 * Both edges of every connection that has ended. The reason is what the log knows: a record of times has none.
 * @param present ids of connections that were seen there just now: of those the beginning counts while they are open
 */
export function evidenceOfReport(
  report: readonly ReportedConnection[],
  state: CallState,
  present: ReadonlySet<string> = new Set(),
): Evidence[] {
  const reasons = new Map(state.connections.map(({ connectionId, leaveReason }) => [connectionId, leaveReason]));
  return report.flatMap(({ userId, connectionId, from, to }): Evidence[] => {
    if (to === null && !present.has(connectionId)) return [];
    const edge = { source: "report", userId, connectionId, untilAt: null } as const;
    const joined = { ...edge, type: "participant.joined", reason: null, occurredAt: from } as const;
    const begin = { ...joined, id: `report:${connectionId}:joined` };
    if (to === null) return [begin];
    const reason = reasons.get(connectionId) ?? null;
    const left = { ...edge, type: "participant.left", reason, occurredAt: Math.max(from, to) } as const;
    return [begin, { ...left, id: `report:${connectionId}:left` }];
  });
}
