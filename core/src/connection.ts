// Presence of one connection: the best evidence for each of its edges, heartbeat gaps cut out.
import type { CallFacts, Closing, Connection } from "./call.ts";
import { type CallEvent, compareEvents, type EventSource, sourceRank } from "./event.ts";
import type { Interval } from "./interval.ts";

/** The end of a stretch that is still going on at the instant of the fold. */
export const stillOpen = Number.MAX_SAFE_INTEGER;

/** A connection whose open stretch ends at `stillOpen`, and the instant at which missing heartbeats would close it. */
export type LiveConnection = { connection: Connection; lostAt: number | null };

/** What the log says about one connection, before its edges are chosen. */
type Draft = {
  userId: string;
  connectionId: string;
  join: CallEvent | null;
  left: CallEvent | null;
  hangup: CallEvent | null;
  hintAt: number | null;
  seenSource: EventSource | null;
  /** Proof of life, closed by the heartbeat timeout. */
  seen: Interval[];
};

/**
 * The connections of the call's parties from a log in its order, as far as it has happened at `asOf`.
 * Every choice is by strength of source, then by instant, so that the order of arrival plays no part (I6).
 */
export function foldConnections(facts: CallFacts, events: readonly CallEvent[], asOf: number): LiveConnection[] {
  const toleranceMs = facts.terms.limits.heartbeatTimeoutSeconds * 1000;
  const drafts: Draft[] = [];
  for (const event of events) {
    if (event.occurredAt > asOf) break;
    if (event.type === "participant.joined" || event.type === "participant.seen")
      noteStart(facts, drafts, event, toleranceMs);
    else if (event.type === "participant.left" && event.userId !== null) noteLeft(facts, drafts, event);
  }
  // A second pass: these may name a connection whose joining stands later in the log, or several at once.
  for (const event of events) {
    if (event.occurredAt > asOf) break;
    if (event.type === "participant.kicked" || event.type === "hangup") noteUser(drafts, event);
    else if (event.type === "participant.left" && event.userId === null) noteUser(drafts, event);
  }
  const connections: LiveConnection[] = [];
  for (const draft of drafts) connections.push(closeDraft(draft, asOf, toleranceMs));
  return connections;
}

function findDraft(facts: CallFacts, drafts: Draft[], event: CallEvent): Draft | null {
  const { userId } = event;
  if (userId === null) return null;
  const connectionId = event.connectionId ?? "";
  for (const draft of drafts) {
    if (draft.connectionId === connectionId && draft.userId === userId) return draft;
  }
  if (!facts.parties.some((party) => party.userId === userId)) return null;
  const draft: Draft = {
    userId,
    connectionId,
    join: null,
    left: null,
    hangup: null,
    hintAt: null,
    seenSource: null,
    seen: [],
  };
  drafts.push(draft);
  return draft;
}

/** Joined and seen. A hint never begins presence and never proves life. */
function noteStart(facts: CallFacts, drafts: Draft[], event: CallEvent, toleranceMs: number): void {
  if (event.source === "hint") return;
  const draft = findDraft(facts, drafts, event);
  if (draft === null) return;
  if (event.type === "participant.joined") {
    draft.join = stronger(draft.join, event);
    return;
  }
  const from = event.occurredAt;
  const to = event.untilAt === null || event.untilAt < from ? from : event.untilAt;
  draft.seenSource ??= event.source;
  const last = draft.seen[draft.seen.length - 1];
  if (last === undefined || from - last.to > toleranceMs) draft.seen.push({ from, to });
  else if (to > last.to) last.to = to;
}

function noteLeft(facts: CallFacts, drafts: Draft[], event: CallEvent): void {
  const draft = findDraft(facts, drafts, event);
  if (draft !== null) noteEnd(draft, event);
}

/** Kicks and hang-ups close every connection of their user, a left without a user every one of its name. */
function noteUser(drafts: Draft[], event: CallEvent): void {
  for (const draft of drafts) {
    if (event.userId !== null && draft.userId !== event.userId) continue;
    if (event.type !== "hangup" && event.connectionId !== null) {
      if (draft.connectionId === event.connectionId) noteEnd(draft, event);
      continue;
    }
    // It names a person, not a connection: those that begin later are not meant.
    const start = startOf(draft);
    if (event.userId !== null && start !== null && start <= event.occurredAt) noteEnd(draft, event);
  }
}

function noteEnd(draft: Draft, event: CallEvent): void {
  if (event.source === "hint") draft.hintAt = Math.min(draft.hintAt ?? event.occurredAt, event.occurredAt);
  else if (event.type === "hangup") draft.hangup ??= event;
  else draft.left = stronger(draft.left, event);
}

/** The event of the stronger source; among equals the earlier one. */
function stronger(known: CallEvent | null, next: CallEvent): CallEvent {
  if (known === null) return next;
  const rank = sourceRank[next.source] - sourceRank[known.source];
  return rank > 0 || (rank === 0 && compareEvents(next, known) < 0) ? next : known;
}

function startOf(draft: Draft): number | null {
  return draft.join?.occurredAt ?? draft.seen[0]?.from ?? null;
}

function closeDraft(draft: Draft, asOf: number, toleranceMs: number): LiveConnection {
  const from = startOf(draft);
  const end = from === null ? null : reportedEnd(draft, from);
  const lastSeen = draft.seen[draft.seen.length - 1];
  const connection: Connection = {
    userId: draft.userId,
    connectionId: draft.connectionId,
    from,
    to: end?.at ?? null,
    fromSource: draft.join?.source ?? (from === null ? null : draft.seenSource),
    toSource: end?.source ?? null,
    leaveReason: draft.left?.reason ?? null,
    lastSeenAt: lastSeen === undefined ? null : Math.min(lastSeen.to, asOf),
    closing: end?.closing ?? null,
    closingId: end?.id ?? null,
    intervals: [],
  };
  if (from === null) return { connection, lostAt: null };
  if (lastSeen === undefined) {
    const to = end?.at ?? stillOpen;
    if (to > from) connection.intervals.push({ from, to });
    return { connection, lostAt: null };
  }
  return { connection, lostAt: cutHeartbeatGaps(connection, draft, from, asOf, toleranceMs) };
}

type ReportedEnd = { at: number; source: EventSource; closing: Closing; id: string | null };

/** The strongest left or kick; a hang-up or a hint may only come before it. Never before the start. */
function reportedEnd(draft: Draft, from: number): ReportedEnd | null {
  const { left, hangup, hintAt } = draft;
  let end: ReportedEnd | null = null;
  if (left !== null) {
    const closing = left.type === "participant.kicked" ? "kicked" : "left";
    end = { at: left.occurredAt, source: left.source, closing, id: left.id };
  }
  if (hangup !== null && (end === null || hangup.occurredAt < end.at)) {
    end = { at: hangup.occurredAt, source: hangup.source, closing: "hangup", id: hangup.id };
  }
  if (hintAt !== null && (end === null || hintAt < end.at)) {
    // The hint moves the edge; what closed the connection is still best told by the report, when there is one.
    end = { at: hintAt, source: "hint", closing: end?.closing ?? "hint", id: end?.id ?? null };
  }
  if (end !== null && end.at < from) end.at = from;
  return end;
}

/**
 * A connection that was ever seen must keep being seen: silence longer than the tolerance is absence from the last
 * proof on, whatever a later left says. Silence of exactly the tolerance is bridged by a proof or a left at its end.
 * Fills `intervals` and, when the connection got lost, its end. Returns when it would get lost, null when it cannot.
 */
function cutHeartbeatGaps(
  connection: Connection,
  draft: Draft,
  from: number,
  asOf: number,
  toleranceMs: number,
): number | null {
  const { intervals } = connection;
  const limit = connection.to ?? stillOpen;
  let start = from;
  let proof = from;
  for (const stretch of draft.seen) {
    if (stretch.to <= from) continue;
    if (stretch.from > limit) break;
    const begins = stretch.from > from ? stretch.from : from;
    if (begins - proof > toleranceMs) {
      if (proof > start) intervals.push({ from: start, to: proof });
      start = begins;
      proof = stretch.to;
    } else if (stretch.to > proof) {
      proof = stretch.to;
    }
  }
  let lostAt: number | null = null;
  if (limit !== stillOpen && limit - proof <= toleranceMs) {
    proof = limit;
  } else if (limit === stillOpen && asOf < proof + toleranceMs) {
    lostAt = proof + toleranceMs;
    proof = stillOpen;
  } else {
    connection.to = proof;
    connection.toSource = draft.seenSource;
    connection.leaveReason = null;
    connection.closing = "heartbeat";
    connection.closingId = null;
  }
  if (proof > start) intervals.push({ from: start, to: proof });
  return lostAt;
}
