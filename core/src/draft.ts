// Drafts: what a log says about each connection, before its edges are chosen.
import { type CallFacts, isOpenRoom } from "./call.ts";
import { type CallEvent, compareEvents, type EventSource, sourceRank } from "./event.ts";
import type { Interval } from "./interval.ts";

/** What the log says about one connection. */
export type Draft = {
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
 * A draft for each connection of the call's parties, from a log in its order, as far as it has happened at `asOf`. Only what is
 * the same in every order of arrival is kept (I6).
 */
export function foldDrafts(facts: CallFacts, events: readonly CallEvent[], asOf: number): Draft[] {
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
  return drafts;
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
export function stronger(known: CallEvent | null, next: CallEvent): CallEvent {
  if (known === null) return next;
  const rank = sourceRank[next.source] - sourceRank[known.source];
  return rank > 0 || (rank === 0 && compareEvents(next, known) < 0) ? next : known;
}

/** When the connection began, by the best evidence; null when nothing proves that it ever did. */
export function startOf(draft: Draft): number | null {
  return draft.join?.occurredAt ?? draft.seen[0]?.from ?? null;
}
