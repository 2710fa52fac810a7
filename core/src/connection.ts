// Presence of one connection: the best evidence for each of its edges, heartbeat gaps cut out.
import { type CallFacts, type Closing, type Connection, isOpenRoom } from "./call.ts";
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
  /** The best left that names this connection, polls apart. */
  left: CallEvent | null;
  /** The best of them that gives a reason. */
  why: CallEvent | null;
  /** Polls that missed the connection. */
  missed: CallEvent[] | null;
  /** Kicks, and rooms that everybody left: nobody is there after them. */
  bounds: CallEvent[] | null;
  hangup: CallEvent | null;
  hintAt: number | null;
  seenSource: EventSource | null;
  /** When it was seen, by anybody; silences of up to the heartbeat timeout are closed. */
  seen: Interval[];
  /** The first proof of life: from then on silence is absence. Null when nothing obliges it to be heard. */
  obligedAt: number | null;
  /** The last instant of presence that anything but a hint tells. */
  presentAt: number;
};

/**
 * The connections of the call's parties from a log in its order, as far as it has happened at `asOf`.
 * Every choice is by strength of source, then by instant, so that the order of arrival plays no part (I6).
 */
export function foldConnections(facts: CallFacts, events: readonly CallEvent[], asOf: number): LiveConnection[] {
  const toleranceMs = facts.terms.limits.heartbeatTimeoutSeconds * 1000;
  const believed = isOpenRoom(facts) ? knownByHintsOnly(events, asOf) : null;
  const drafts: Draft[] = [];
  for (const event of events) {
    if (event.occurredAt > asOf) break;
    if (event.type === "participant.joined" || event.type === "participant.seen") {
      if (event.source === "hint" && !believed?.has(event.userId as string)) continue;
      const draft = findDraft(facts, drafts, event);
      if (draft !== null) noteStart(draft, event, toleranceMs);
    } else if (event.type === "participant.left" && event.userId !== null) {
      const draft = findDraft(facts, drafts, event);
      if (draft !== null) noteEnd(draft, event, believed);
    }
  }
  // A second pass: these may name a connection whose joining stands later in the log, or several at once.
  for (const event of events) {
    if (event.occurredAt > asOf) break;
    if (event.type === "participant.kicked" || event.type === "hangup") noteUser(drafts, event, believed);
    else if (event.type === "participant.left" && event.userId === null) {
      if (event.connectionId === null) noteEverybody(drafts, event);
      else noteUser(drafts, event, believed);
    }
  }
  const connections: LiveConnection[] = [];
  const graceMs = facts.terms.limits.reconnectGraceSeconds * 1000;
  for (const draft of drafts) connections.push(closeDraft(draft, asOf, toleranceMs, graceMs));
  return connections;
}

/** In a room that costs nothing: the users of whose presence only their own clients tell. They are believed. */
function knownByHintsOnly(events: readonly CallEvent[], asOf: number): Set<string> {
  const hinted = new Set<string>();
  const proven = new Set<string>();
  for (const { type, source, userId, occurredAt } of events) {
    if (occurredAt > asOf) break;
    if (userId === null || (type !== "participant.joined" && type !== "participant.seen")) continue;
    if (source === "hint") hinted.add(userId);
    else proven.add(userId);
  }
  for (const userId of proven) hinted.delete(userId);
  return hinted;
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
    why: null,
    missed: null,
    bounds: null,
    hangup: null,
    hintAt: null,
    seenSource: null,
    seen: [],
    obligedAt: null,
    presentAt: Number.NEGATIVE_INFINITY,
  };
  drafts.push(draft);
  return draft;
}

/** Joined and seen. Whoever sees it proves presence; only its own proof of life obliges it to go on. */
function noteStart(draft: Draft, event: CallEvent, toleranceMs: number): void {
  const from = event.occurredAt;
  if (event.type === "participant.joined") {
    draft.join = stronger(draft.join, event);
    if (from > draft.presentAt) draft.presentAt = from;
    return;
  }
  const to = event.untilAt === null || event.untilAt < from ? from : event.untilAt;
  if (to > draft.presentAt) draft.presentAt = to;
  if (event.source === "proof") draft.obligedAt ??= from;
  const last = draft.seen[draft.seen.length - 1];
  if (last === undefined) draft.seenSource = event.source;
  if (last === undefined || from - last.to > toleranceMs) draft.seen.push({ from, to });
  else if (to > last.to) last.to = to;
}

/** Kicks and hang-ups close the connections of their user, a left that names only a connection every one of that name. */
function noteUser(drafts: Draft[], event: CallEvent, believed: ReadonlySet<string> | null): void {
  for (const draft of drafts) {
    if (event.userId !== null && draft.userId !== event.userId) continue;
    if (event.type !== "hangup" && event.connectionId !== null) {
      if (draft.connectionId === event.connectionId) noteEnd(draft, event, believed);
      continue;
    }
    // It names a person, not a connection: those that begin later are not meant.
    const start = startOf(draft);
    if (event.userId !== null && start !== null && start <= event.occurredAt) noteEnd(draft, event, believed);
  }
}

/** A left that names nobody: everybody who was there has left. A client can say so of itself only. */
function noteEverybody(drafts: Draft[], event: CallEvent): void {
  if (event.source === "hint") return;
  for (const draft of drafts) {
    const start = startOf(draft);
    if (start === null || start >= event.occurredAt) continue;
    if (event.source !== "poll" || draft.presentAt <= event.occurredAt) draft.bounds = added(draft.bounds, event);
  }
}

function added(events: CallEvent[] | null, event: CallEvent): CallEvent[] {
  if (events === null) return [event];
  events.push(event);
  return events;
}

function noteEnd(draft: Draft, event: CallEvent, believed: ReadonlySet<string> | null): void {
  const at = event.occurredAt;
  if (event.source === "hint" && !believed?.has(draft.userId)) {
    draft.hintAt = Math.min(draft.hintAt ?? at, at);
  } else if (event.source === "hint") draft.left = stronger(draft.left, event);
  else if (event.type === "hangup") draft.hangup ??= event;
  else if (event.type === "participant.kicked") draft.bounds = added(draft.bounds, event);
  else if (event.source === "poll") draft.missed = added(draft.missed, event);
  else {
    draft.left = stronger(draft.left, event);
    if (event.reason !== null) draft.why = stronger(draft.why, event);
  }
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

function closeDraft(draft: Draft, asOf: number, toleranceMs: number, graceMs: number): LiveConnection {
  const from = startOf(draft);
  const left = leftOf(draft);
  const why = left === null ? null : reasonOf(draft, left, graceMs);
  const end = from === null ? null : reportedEnd(draft, left, why, from);
  const lastSeen = draft.seen[draft.seen.length - 1];
  const connection: Connection = {
    userId: draft.userId,
    connectionId: draft.connectionId,
    from,
    to: end?.at ?? null,
    fromSource: draft.join?.source ?? (from === null ? null : draft.seenSource),
    toSource: end?.source ?? null,
    leaveReason: why?.reason ?? null,
    lastSeenAt: lastSeen === undefined ? null : Math.min(lastSeen.to, asOf),
    closing: end?.closing ?? null,
    closingId: end?.id ?? null,
    intervals: [],
  };
  if (from === null) return { connection, deemed: connection.intervals, lostAt: null };
  const proven = cutSilence(draft, from, end?.at ?? stillOpen, asOf, toleranceMs);
  connection.intervals = proven.intervals;
  if (proven.lostSince !== null) {
    connection.to = proven.lostSince;
    connection.toSource = "proof";
    connection.leaveReason = null;
    connection.closing = "heartbeat";
    connection.closingId = null;
  }
  const isShortened = draft.hintAt !== null && shortenByHint(connection, draft, from, draft.hintAt);
  return { connection, deemed: proven.deemed, lostAt: isShortened ? null : proven.lostAt };
}

/**
 * A hint that a client left cuts what is proven, at the hint or, where silence is absence, at the last sight before it. It adds
 * nothing, and says nothing new when it comes after the end. What closed the connection is still best told by a report, when
 * there is one. Returns whether it cut anything.
 */
function shortenByHint(connection: Connection, { seen, obligedAt }: Draft, from: number, hintAt: number): boolean {
  if (connection.to !== null && connection.to <= hintAt) return false;
  let cut = hintAt;
  if (obligedAt !== null && obligedAt <= hintAt) {
    for (const stretch of seen) if (stretch.from <= hintAt) cut = Math.min(hintAt, stretch.to);
  }
  cut = Math.max(cut, from);
  if (connection.to !== null && connection.to <= cut) return false;
  connection.intervals = clipIntervals(connection.intervals, from, cut);
  connection.to = cut;
  connection.toSource = "hint";
  connection.closing ??= "hint";
  return true;
}

type ReportedEnd = { at: number; source: EventSource; closing: Closing; id: string | null };

/**
 * The left that counts: the strongest that names the connection; a poll that missed somebody who is seen later was wrong.
 * A kick or an emptied room says only that nobody was there afterwards, so that it comes before a later left of no better
 * source, and never makes an earlier one later.
 */
function leftOf({ left, missed, bounds, presentAt }: Draft): CallEvent | null {
  let named = left;
  if (missed !== null) {
    for (const event of missed) if (event.occurredAt >= presentAt) named = stronger(named, event);
  }
  if (bounds === null) return named;
  let found = named;
  for (const bound of bounds) {
    if (named !== null && sourceRank[bound.source] < sourceRank[named.source]) continue;
    const later = found === null ? -1 : bound.occurredAt - found.occurredAt;
    if (later < 0 || (later === 0 && sourceRank[bound.source] > sourceRank[(found as CallEvent).source])) found = bound;
  }
  return found;
}

/** The left that says why: a weaker one when it tells of the same leave, and the stronger one knows the instant only. */
function reasonOf({ left: named, why }: Draft, left: CallEvent, graceMs: number): CallEvent {
  if (left !== named || left.reason !== null || why === null) return left;
  const isWeaker = sourceRank[why.source] < sourceRank[left.source];
  return isWeaker && Math.abs(why.occurredAt - left.occurredAt) <= graceMs ? why : left;
}

function closingOf({ type, source, userId, connectionId }: CallEvent): Closing {
  if (type === "participant.kicked") return "kicked";
  if (userId === null && connectionId === null) return "room";
  return source === "hint" ? "hint" : "left";
}

/** The left that counts; a hang-up may only come before it. Never before the start. */
function reportedEnd(
  { hangup }: Draft,
  left: CallEvent | null,
  why: CallEvent | null,
  from: number,
): ReportedEnd | null {
  let end: ReportedEnd | null = null;
  if (left !== null) {
    end = { at: left.occurredAt, source: left.source, closing: closingOf(left), id: (why ?? left).id };
  }
  if (hangup !== null && (end === null || hangup.occurredAt < end.at)) {
    end = { at: hangup.occurredAt, source: hangup.source, closing: "hangup", id: hangup.id };
  }
  if (end !== null && end.at < from) end.at = from;
  return end;
}

type Silence = { intervals: Interval[]; deemed: Interval[]; lostAt: number | null; lostSince: number | null };

/**
 * Presence from `from` to `limit` (`stillOpen`: not closed yet). A connection that never gave proof of life is there all the
 * time. From its first proof on it must keep being seen, by whomever: silence longer than the tolerance is absence from the
 * last sight on, whatever a later left says. Silence of exactly the tolerance is bridged by a proof or a left at its end.
 */
function cutSilence(
  { seen, obligedAt }: Draft,
  from: number,
  limit: number,
  asOf: number,
  toleranceMs: number,
): Silence {
  const intervals: Interval[] = [];
  if (obligedAt === null) {
    if (limit > from) intervals.push({ from, to: limit });
    return { intervals, deemed: intervals, lostAt: null, lostSince: null };
  }
  let deemed = intervals;
  let start = from;
  /** The end of the last sight so far; null as long as nothing obliges. */
  let proof: number | null = null;
  for (const stretch of seen) {
    if (stretch.from > limit) break;
    if (stretch.to < obligedAt) continue;
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
