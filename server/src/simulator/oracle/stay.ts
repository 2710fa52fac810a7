// The stay of one connection: when it was there, by the best evidence, and what is said of its end.
import type { CallEvent } from "@fairminute/core";
import { best, isBelieved, type Question, strengthOf, untilOf } from "./evidence.ts";

/** What closed a connection. */
export type Closing = "left" | "room" | "kicked" | "hangup" | "silence" | "hint";

export type Stay = {
  userId: string;
  name: string;
  from: number;
  /** The end that was told or found, infinity while there is none. */
  to: number;
  closing: Closing | null;
  reason: string | null;
  /** The event that proves the end. */
  proofId: string | null;
  /** Whether it is proven to be there at the instant. */
  isThere: (at: number) => boolean;
  /** Whether it passed for present then: silence is noticed only when the timeout has run out, and a hint proves nothing. */
  seemedThere: (at: number) => boolean;
  /** Its last sight, and when its timeout runs out after that, or ran out; null when nobody waits, or waited in vain, for another one. */
  waiting: { heardAt: number; until: number } | null;
  /** Instants at which one of the two may change. */
  edges: number[];
};

/** Everything that is said of one connection. */
type Said = {
  userId: string;
  name: string;
  from: number;
  sights: CallEvent[];
  /** The last instant at which anybody who counts saw it. */
  presentAt: number;
  events: readonly CallEvent[];
  believed: boolean;
};

const never = Number.POSITIVE_INFINITY;
const nameOf = ({ connectionId }: CallEvent) => connectionId ?? "";

/** All stays of the call's parties. */
export function staysOf(question: Question): Stay[] {
  const stays: Stay[] = [];
  for (const { userId } of question.facts.parties) {
    const own = question.known.filter((event) => event.userId === userId && event.type.startsWith("participant."));
    for (const name of new Set(own.map(nameOf))) {
      const said = collect(question, userId, name);
      if (said !== null) stays.push(readStay(question, said));
    }
  }
  return stays;
}

/** Null when nothing that counts says that the connection ever began. */
function collect(question: Question, userId: string, name: string): Said | null {
  const believed = isBelieved(question, userId);
  const own = question.known.filter((event) => {
    return event.userId === userId && nameOf(event) === name && (believed || event.source !== "hint");
  });
  const joins = own.filter(({ type }) => type === "participant.joined");
  const sights = own.filter(({ type }) => type === "participant.seen");
  const from = best(joins)?.occurredAt ?? sights[0]?.occurredAt;
  if (from === undefined) return null;
  const presentAt = Math.max(...[...joins, ...sights].map(untilOf));
  return { userId, name, from, sights, presentAt, events: question.known, believed };
}

type Told = { at: number; closing: Closing; reason: string | null; id: string; strength: number };

/** The lefts that name the connection; a poll that missed somebody who was seen later was wrong. */
function leftsOf({ userId, name, presentAt, events, believed }: Said): CallEvent[] {
  return events.filter((event) => {
    if (event.type !== "participant.left" || (event.source === "hint" && !believed)) return false;
    const isNamed =
      event.userId === null ? event.connectionId === name : event.userId === userId && nameOf(event) === name;
    return isNamed && (event.source !== "poll" || event.occurredAt >= presentAt);
  });
}

/** What says only that nobody was there any more: kicks and emptied rooms. */
function boundsOf({ userId, name, from, presentAt, events }: Said): CallEvent[] {
  return events.filter((event) => {
    const { type, source, occurredAt } = event;
    if (source === "hint") return false;
    if (type === "participant.left") {
      if (event.userId !== null || event.connectionId !== null) return false;
      return from < occurredAt && (source !== "poll" || presentAt <= occurredAt);
    }
    if (type !== "participant.kicked" || (event.userId !== null && event.userId !== userId)) return false;
    if (event.connectionId !== null) return event.connectionId === name;
    return event.userId !== null && from <= occurredAt;
  });
}

/** The left that counts, and the word that says why. */
function toldLeft(said: Said, graceMs: number): Told | null {
  const lefts = leftsOf(said);
  const named = best(lefts);
  const bounds = boundsOf(said);
  const fitting = bounds.filter((bound) => named === null || strengthOf(bound) >= strengthOf(named));
  const firstAt = Math.min(...fitting.map(({ occurredAt }) => occurredAt));
  const bound = best(fitting.filter(({ occurredAt }) => occurredAt === firstAt));
  const isBound =
    bound !== null &&
    (named === null ||
      bound.occurredAt < named.occurredAt ||
      (bound.occurredAt === named.occurredAt && strengthOf(bound) > strengthOf(named)));
  const left = isBound ? bound : named;
  if (left === null) return null;
  const why = isBound ? left : whyOf(left, lefts, bounds, graceMs);
  const isKick = why.type === "participant.kicked";
  const isRoom = why.userId === null && why.connectionId === null;
  return {
    at: left.occurredAt,
    closing: isKick ? "kicked" : isRoom ? "room" : why.source === "hint" ? "hint" : "left",
    reason: why.reason,
    id: why.id,
    strength: strengthOf(left),
  };
}

/** A left without a reason borrows one: of a kick just before, or of a weaker left that lies within the grace. */
function whyOf(left: CallEvent, lefts: CallEvent[], bounds: CallEvent[], graceMs: number): CallEvent {
  const at = left.occurredAt;
  if (left.reason === null || left.reason === "unknown") {
    const kick = bounds.find(
      ({ type, occurredAt }) => type === "participant.kicked" && occurredAt <= at && at - occurredAt <= graceMs,
    );
    if (kick !== undefined) return kick;
  }
  if (left.reason !== null) return left;
  const other = best(lefts.filter(({ reason, source }) => reason !== null && source !== "poll" && source !== "hint"));
  const isNear = other !== null && Math.abs(other.occurredAt - at) <= graceMs;
  return isNear && strengthOf(other) < strengthOf(left) ? other : left;
}

/** The end as it was told: a hang-up of the person only comes before a left, and nothing ends before it begins. */
function toldEnd(said: Said, graceMs: number): Told | null {
  const left = toldLeft(said, graceMs);
  const hangup = said.events.find(
    ({ type, source, userId, occurredAt }) =>
      type === "hangup" && source !== "hint" && userId === said.userId && occurredAt >= said.from,
  );
  let end = left;
  if (hangup !== undefined && (left === null || hangup.occurredAt < left.at)) {
    const { occurredAt: at, id } = hangup;
    end = { at, closing: "hangup", reason: null, id, strength: strengthOf(hangup) };
  }
  return end === null ? null : { ...end, at: Math.max(end.at, said.from) };
}

/** The earliest hint that the connection is gone, infinity without one. */
function hintOf({ userId, name, from, events, believed }: Said): number {
  if (believed) return never;
  const hints = events.filter((event) => {
    if (event.source !== "hint") return false;
    const isHis = event.userId === null || event.userId === userId;
    if (event.type === "participant.left") {
      return isHis && (event.userId !== null || event.connectionId !== null) && nameOf(event) === name;
    }
    if (event.type === "participant.kicked" && event.connectionId !== null) return isHis && nameOf(event) === name;
    const isPerson = event.type === "participant.kicked" || event.type === "hangup";
    return isPerson && event.userId === userId && from <= event.occurredAt;
  });
  return Math.min(...hints.map(({ occurredAt }) => occurredAt));
}

/** Before the instant the last moment at which it is known to have been there, and the next one after it. */
function sightsAround({ from, sights }: Said, to: number, at: number): { before: number; after: number } {
  let before = from;
  let after = to;
  for (const sight of sights) {
    if (sight.occurredAt > to) continue;
    if (sight.occurredAt <= at) before = Math.max(before, untilOf(sight));
    else after = Math.min(after, sight.occurredAt);
  }
  return { before, after };
}

/** The last proof of life up to the instant. Two sights no further apart than the timeout prove what lies between them as well. */
function lastProofBefore({ sights }: Said, at: number, silenceMs: number): number {
  const before = Math.max(...sights.filter(({ occurredAt }) => occurredAt <= at).map(untilOf));
  const after = Math.min(...sights.filter(({ occurredAt }) => occurredAt > at).map(({ occurredAt }) => occurredAt));
  return after - before <= silenceMs ? at : Math.min(at, before);
}

function readStay({ facts, asOf, listensUntil }: Question, said: Said): Stay {
  const { limits } = facts.terms;
  const silenceMs = limits.heartbeatTimeoutSeconds * 1000;
  const told = toldEnd(said, limits.reconnectGraceSeconds * 1000);
  const end = told?.at ?? never;
  // Only its own proof of life obliges a connection to be heard again; from then on every sight counts.
  const obligedAt = Math.min(
    ...said.sights.filter(({ source }) => source === "proof").map((event) => event.occurredAt),
  );
  const isHeard = (at: number) => {
    if (at < obligedAt) return true;
    const { before, after } = sightsAround(said, end, at);
    if (at < before || listensUntil < before + silenceMs) return true;
    return after !== never && after - before <= silenceMs;
  };
  const seemsHeard = (at: number) => at < obligedAt || at < sightsAround(said, end, at).before + silenceMs;
  const atTheEnd = sightsAround(said, end, Math.min(end, asOf));
  const isOwed = obligedAt <= Math.min(end, asOf) && end - atTheEnd.before > silenceMs;
  const isSilent = isOwed && listensUntil >= atTheEnd.before + silenceMs;
  const hintAt = hintOf(said);
  // What was hinted before the silence could be noticed has closed the connection, whenever somebody looks.
  const isHinted = isSilent && hintAt < atTheEnd.before + silenceMs;
  let to = isHinted ? never : isSilent ? atTheEnd.before : end;
  let closing: Closing | null = isHinted ? "hint" : isSilent ? "silence" : (told?.closing ?? null);
  let waiting = isOwed ? { heardAt: atTheEnd.before, until: atTheEnd.before + silenceMs } : null;
  if (hintAt < to) {
    const cut = Math.max(said.from, obligedAt <= hintAt ? lastProofBefore(said, hintAt, silenceMs) : hintAt);
    if (cut < to) {
      waiting = null;
      to = cut;
      closing ??= "hint";
    }
  }
  const edges = [said.from, end, to, obligedAt, hintAt];
  for (const sight of said.sights) edges.push(sight.occurredAt, untilOf(sight), untilOf(sight) + silenceMs);
  return {
    userId: said.userId,
    name: said.name,
    from: said.from,
    to,
    closing,
    reason: isSilent ? null : (told?.reason ?? null),
    proofId: isSilent ? null : (told?.id ?? null),
    isThere: (at) => at >= said.from && at < Math.min(to, end) && isHeard(at),
    waiting,
    seemedThere: (at) => at >= said.from && at < end && seemsHeard(at),
    edges: edges.filter((at) => Number.isFinite(at)),
  };
}
