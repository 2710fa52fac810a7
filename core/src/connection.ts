// Presence of one connection: the best evidence for each of its edges, heartbeat gaps cut out.
import type { CallFacts, Closing, Connection } from "./call.ts";
import { type CallEvent, compareEvents, type EventSource, sourceRank } from "./event.ts";
import { clipIntervals, type Interval } from "./interval.ts";

/** The end of a stretch that is still going on at the instant of the fold. */
export const stillOpen = Number.MAX_SAFE_INTEGER;

/**
 * A connection whose open stretch ends at `stillOpen`. `lostAt` is the instant at which missing heartbeats would close it.
 *
 * `deemed` is when it passed for present at the time: until a heartbeat timeout had run out, and without regard to
 * hints. It decides when a call starts, so that silence or a hint that is found out later never takes a start back;
 * what is billed lies in the proven `intervals` alone. It is the same list when there is no difference.
 */
export type LiveConnection = { connection: Connection; deemed: Interval[]; lostAt: number | null };

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
  if (from === null) return { connection, deemed: connection.intervals, lostAt: null };
  const proven = cutSilence(draft.seen, from, end?.at ?? stillOpen, asOf, toleranceMs);
  connection.intervals = proven.intervals;
  if (proven.lostSince !== null) {
    connection.to = proven.lostSince;
    connection.toSource = draft.seenSource;
    connection.leaveReason = null;
    connection.closing = "heartbeat";
    connection.closingId = null;
  }
  const isShortened = draft.hintAt !== null && shortenByHint(connection, draft.seen, from, draft.hintAt);
  return { connection, deemed: proven.deemed, lostAt: isShortened ? null : proven.lostAt };
}

/**
 * A hint that a client left cuts what is proven, at the hint or at the last proof of life before it, and adds nothing.
 * What closed the connection is still best told by a report, when there is one. Returns whether it cut anything.
 */
function shortenByHint(connection: Connection, seen: readonly Interval[], from: number, hintAt: number): boolean {
  let cut = hintAt;
  for (const stretch of seen) if (stretch.from <= hintAt) cut = Math.min(hintAt, stretch.to);
  cut = Math.max(cut, from);
  if (connection.to !== null && connection.to <= cut) return false;
  connection.intervals = clipIntervals(connection.intervals, from, cut);
  connection.to = cut;
  connection.toSource = "hint";
  connection.closing ??= "hint";
  return true;
}

type ReportedEnd = { at: number; source: EventSource; closing: Closing; id: string | null };

/** The strongest left or kick; a hang-up may only come before it. Never before the start. */
function reportedEnd({ left, hangup }: Draft, from: number): ReportedEnd | null {
  let end: ReportedEnd | null = null;
  if (left !== null) {
    const closing = left.type === "participant.kicked" ? "kicked" : "left";
    end = { at: left.occurredAt, source: left.source, closing, id: left.id };
  }
  if (hangup !== null && (end === null || hangup.occurredAt < end.at)) {
    end = { at: hangup.occurredAt, source: hangup.source, closing: "hangup", id: hangup.id };
  }
  if (end !== null && end.at < from) end.at = from;
  return end;
}

type Silence = { intervals: Interval[]; deemed: Interval[]; lostAt: number | null; lostSince: number | null };

/**
 * Presence from `from` to `limit` (`stillOpen`: not closed yet). A connection that was never seen is there all the time.
 * From its first proof of life on it must keep being seen: silence longer than the tolerance is absence from the last
 * proof on, whatever a later left says. Silence of exactly the tolerance is bridged by a proof or a left at its end.
 */
function cutSilence(
  seen: readonly Interval[],
  from: number,
  limit: number,
  asOf: number,
  toleranceMs: number,
): Silence {
  const intervals: Interval[] = [];
  let deemed = intervals;
  let start = from;
  /** The end of the last proof of life so far; null as long as there is none. */
  let proof: number | null = null;
  for (const stretch of seen) {
    if (stretch.from > limit) break;
    const begins = Math.max(stretch.from, from);
    const ends = Math.max(stretch.to, from);
    if (proof !== null && begins - proof > toleranceMs) {
      if (deemed === intervals) deemed = [...intervals];
      deemed.push({ from: start, to: proof + toleranceMs });
      if (proof > start) intervals.push({ from: start, to: proof });
      start = begins;
      proof = ends;
    } else if (proof === null || ends > proof) proof = ends;
  }
  const isSilent = proof !== null && (limit === stillOpen ? asOf >= proof + toleranceMs : limit > proof + toleranceMs);
  const lostSince = isSilent ? proof : null;
  const end = lostSince ?? limit;
  if (isSilent && deemed === intervals) deemed = [...intervals];
  if (deemed !== intervals) deemed.push({ from: start, to: lostSince === null ? limit : lostSince + toleranceMs });
  if (end > start) intervals.push({ from: start, to: end });
  const lostAt = proof !== null && !isSilent && limit === stillOpen ? proof + toleranceMs : null;
  return { intervals, deemed, lostAt, lostSince };
}
