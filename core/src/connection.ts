// Presence of one connection: the best evidence for each of its edges, heartbeat gaps cut out.
import type { CallFacts, Closing, Connection } from "./call.ts";
import { type Draft, foldDrafts, startOf, stronger } from "./draft.ts";
import { type CallEvent, type EventSource, sourceRank } from "./event.ts";
import { clipIntervals, type Interval } from "./interval.ts";

/** The end of a stretch that is still going on at the instant of the fold. */
export const stillOpen = Number.MAX_SAFE_INTEGER;

/**
 * A connection whose open stretch ends at `stillOpen`. `lostAt` is the instant at which missing heartbeats close it, or closed it:
 * a heartbeat timeout after `heardAt`, its last sight. Null when nothing obliges it, when it was closed in time, and when a hint cut it.
 * `noticedAt` is the last instant at which any of its silences was noticed.
 *
 * `deemed` is when it passed for present at the time: until a heartbeat timeout had run out, and without regard to
 * hints. It decides when a call starts, so that silence or a hint that is found out later never takes a start back;
 * what is billed lies in the proven `intervals` alone. It is the same list when there is no difference.
 */
export type LiveConnection = {
  connection: Connection;
  deemed: Interval[];
  heardAt: number | null;
  lostAt: number | null;
  noticedAt: number | null;
};

/**
 * The connections of the call's parties from a log in its order, as far as it has happened at `asOf`.
 * Every choice is by strength of source, then by instant, so that the order of arrival plays no part (I6).
 * @param listensUntil the instant up to which silence is noticed: one whose timeout runs out later is not counted
 */
export function foldConnections(
  facts: CallFacts,
  events: readonly CallEvent[],
  asOf: number,
  listensUntil: number = asOf,
): LiveConnection[] {
  return closeDrafts(facts, foldDrafts(facts, events, asOf), asOf, listensUntil);
}

/** The connections that drafts of this instant come to, which may be asked again with another `listensUntil`. */
export function closeDrafts(
  facts: CallFacts,
  drafts: readonly Draft[],
  asOf: number,
  listensUntil: number,
): LiveConnection[] {
  const { heartbeatTimeoutSeconds, reconnectGraceSeconds } = facts.terms.limits;
  const span = { asOf, listensUntil, toleranceMs: heartbeatTimeoutSeconds * 1000 };
  const connections: LiveConnection[] = [];
  for (const draft of drafts) connections.push(closeDraft(draft, span, reconnectGraceSeconds * 1000));
  return connections;
}

/** The instant of the fold, and how silence is judged. */
type Span = { asOf: number; listensUntil: number; toleranceMs: number };

function closeDraft(draft: Draft, span: Span, graceMs: number): LiveConnection {
  const { asOf } = span;
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
  if (from === null) return { connection, deemed: connection.intervals, heardAt: null, lostAt: null, noticedAt: null };
  const proven = cutSilence(draft, from, end?.at ?? stillOpen, span);
  connection.intervals = proven.intervals;
  const { hintAt } = draft;
  if (proven.lostSince !== null) {
    // A hint that came before the silence was noticed closed the connection, and does so still for whoever looks afterwards.
    const isHintFirst = hintAt !== null && hintAt < proven.lostSince + span.toleranceMs;
    connection.to = isHintFirst ? null : proven.lostSince;
    connection.toSource = "proof";
    connection.leaveReason = null;
    connection.closing = isHintFirst ? "hint" : "heartbeat";
    connection.closingId = null;
  }
  const isShortened = hintAt !== null && shortenByHint(connection, draft, from, hintAt);
  const { deemed, heardAt, lostAt, noticedAt } = proven;
  return { connection, deemed, heardAt, lostAt: isShortened ? null : lostAt, noticedAt };
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

/**
 * The word that says why: a weaker left, or a kick just before, when they tell of the same leave and the stronger one knows the
 * instant only.
 */
function reasonOf({ why, bounds }: Draft, left: CallEvent, graceMs: number): CallEvent {
  if (bounds?.includes(left)) return left;
  const { reason, occurredAt: at } = left;
  if (reason === null || reason === "unknown") {
    const isWhy = ({ type, occurredAt }: CallEvent) =>
      type === "participant.kicked" && occurredAt <= at && at - occurredAt <= graceMs;
    const kick = bounds?.find(isWhy);
    if (kick !== undefined) return kick;
  }
  if (reason !== null || why === null) return left;
  const isWeaker = sourceRank[why.source] < sourceRank[left.source];
  return isWeaker && Math.abs(why.occurredAt - at) <= graceMs ? why : left;
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
    end = { at: left.occurredAt, source: left.source, closing: closingOf(why ?? left), id: (why ?? left).id };
  }
  if (hangup !== null && (end === null || hangup.occurredAt < end.at)) {
    end = { at: hangup.occurredAt, source: hangup.source, closing: "hangup", id: hangup.id };
  }
  if (end !== null && end.at < from) end.at = from;
  return end;
}

type Silence = {
  intervals: Interval[];
  deemed: Interval[];
  heardAt: number | null;
  lostAt: number | null;
  lostSince: number | null;
  noticedAt: number | null;
};

/**
 * Presence from `from` to `limit` (`stillOpen`: not closed yet). A connection that never gave proof of life is there all the
 * time. From its first proof on it must keep being seen, by whomever: silence longer than the tolerance is absence from the
 * last sight on, whatever a later left says. Silence of exactly the tolerance is bridged by a proof or a left at its end.
 */
function cutSilence(
  { seen, obligedAt }: Draft,
  from: number,
  limit: number,
  { listensUntil, toleranceMs }: Span,
): Silence {
  const intervals: Interval[] = [];
  if (obligedAt === null) {
    if (limit > from) intervals.push({ from, to: limit });
    return { intervals, deemed: intervals, heardAt: null, lostAt: null, lostSince: null, noticedAt: null };
  }
  let deemed = intervals;
  let start = from;
  /** The end of the last sight so far; null as long as nothing obliges. */
  let proof: number | null = null;
  let noticedAt: number | null = null;
  for (const stretch of seen) {
    if (stretch.from > limit) break;
    if (stretch.to < obligedAt) continue;
    const begins = Math.max(stretch.from, from);
    const ends = Math.max(stretch.to, from);
    if (proof !== null && begins - proof > toleranceMs && proof + toleranceMs <= listensUntil) {
      if (deemed === intervals) deemed = [...intervals];
      noticedAt = proof + toleranceMs;
      deemed.push({ from: start, to: noticedAt });
      if (proof > start) intervals.push({ from: start, to: proof });
      start = begins;
      proof = ends;
    } else if (proof === null || ends > proof) proof = ends;
  }
  const lostAt = proof !== null && (limit === stillOpen || limit > proof + toleranceMs) ? proof + toleranceMs : null;
  const lostSince = lostAt !== null && lostAt <= listensUntil ? proof : null;
  const end = lostSince ?? limit;
  if (lostSince !== null) {
    noticedAt = lostAt;
    if (deemed === intervals) deemed = [...intervals];
  }
  if (deemed !== intervals) deemed.push({ from: start, to: lostSince === null ? limit : lostSince + toleranceMs });
  if (end > start) intervals.push({ from: start, to: end });
  return { intervals, deemed, heardAt: proof, lostAt, lostSince, noticedAt };
}
