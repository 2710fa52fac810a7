// Why and when an active call ends: by somebody's word, by an absence longer than the grace, by its longest duration.
import type { CallEvent, CallFacts, CallStatus, EndReason } from "@fairminute/core";
import { endsTheCall, isBefore, isFreeRoom, isParty, type Question } from "./evidence.ts";
import { type Attendance, type Side, sidesOf, stretchesOf } from "./people.ts";
import type { Stay } from "./stay.ts";

export type End = {
  at: number;
  reason: EndReason;
  by: string | null;
  /** When it could first be known. */
  knownAt: number;
  proofId: string | null;
};

/** The end of a call that people were told. */
export type Told = {
  status: CallStatus;
  at: number;
  reason: EndReason | null;
  by: string | null;
  missed: "no_answer" | "nobody_joined" | null;
};

type Blame = { reason: EndReason; by: string | null };

const hungUp = ({ parties }: CallFacts, userId: string): Blame => {
  const isPayee = parties.some((party) => party.userId === userId && party.role === "payee");
  return { reason: isPayee ? "payee_hung_up" : "payer_hung_up", by: userId };
};

/** The word that ends the call where it stands. A hang-up goes before other words of the same instant. */
export function endByWord({ facts, known, asOf }: Question, start: number, told: Told | null): End | null {
  const { maximumDurationSeconds } = facts.terms.tariff;
  const limitAt = maximumDurationSeconds === null ? Number.POSITIVE_INFINITY : start + maximumDurationSeconds * 1000;
  const words = known.filter(({ type, source, occurredAt }) => {
    return (
      occurredAt >= start &&
      occurredAt <= Math.min(asOf, limitAt) &&
      source !== "hint" &&
      ["hangup", "call.ended"].includes(type)
    );
  });
  // A hang-up of which people were told that it ended a free room did so, whoever turns out to have been in it too.
  const endedRoom = ({ occurredAt, userId }: CallEvent) =>
    isFreeRoom(facts) && told?.status === "completed" && told.at === occurredAt && told.by === userId;
  const counting = words.filter(
    (event) => event.type === "call.ended" || endsTheCall(facts, event) || endedRoom(event),
  );
  const firstAt = Math.min(...counting.map(({ occurredAt }) => occurredAt));
  const atOnce = counting.filter(({ occurredAt }) => occurredAt === firstAt).sort((a, b) => (isBefore(a, b) ? -1 : 1));
  const word = atOnce.find(({ type }) => type === "hangup") ?? atOnce[0];
  if (word !== undefined)
    return { at: word.occurredAt, ...blameOfWord(facts, word), knownAt: word.occurredAt, proofId: word.id };
  if (limitAt > asOf) return null;
  return { at: limitAt, reason: "time_limit", by: null, knownAt: limitAt, proofId: null };
}

function blameOfWord(facts: CallFacts, { source, userId }: CallEvent): Blame {
  if (userId !== null && isParty(facts, userId)) return hungUp(facts, userId);
  return { reason: source === "command" ? "operator_ended" : "provider_ended", by: null };
}

/**
 * The end of a call that started, null while it goes on. A grace that still ran when something else ended the call never counts.
 * @param word what ends it whoever was there
 * @param toldAt when people were told an end of which no evidence says anything
 */
export function endOf(
  question: Question,
  attendance: Attendance,
  start: number,
  word: End | null,
  toldAt: number | null,
): End | null {
  const { facts, asOf } = question;
  const graceMs = facts.terms.limits.reconnectGraceSeconds * 1000;
  const overAt = Math.min(word?.at ?? Number.POSITIVE_INFINITY, toldAt ?? Number.POSITIVE_INFINITY);
  const horizon = Math.min(asOf, overAt);
  const ends: { side: Side; from: number }[] = [];
  for (const side of sidesOf(facts)) {
    const { stretches, isOpen } = stretchesOf(attendance, start, asOf, (present) => !side.isThere(present));
    stretches.forEach(([from, to], i) => {
      const isLasting = isOpen && i === stretches.length - 1;
      // A return exactly at the end of the grace is in time.
      const isTooLong = isLasting || to - from > graceMs;
      if (isTooLong && from + graceMs <= horizon) ends.push({ side, from });
    });
  }
  if (ends.length === 0) return word;
  const at = Math.min(...ends.map(({ from }) => from));
  const sides = ends.filter(({ from }) => from === at).map(({ side }) => side);
  const end = endByAbsence(facts, attendance, sides, at);
  return { ...end, knownAt: Math.min(overAt, knownFrom(attendance, at, graceMs)) };
}

/** When the grace is over, and nobody is waited for any more who was last heard before the end, or only when coming back after it. */
function knownFrom({ stays }: Attendance, at: number, graceMs: number): number {
  const waits = stays.flatMap(({ from, waiting }) => {
    if (waiting === null) return [];
    const cameOnce = waiting.heardAt === from && from <= at + graceMs;
    return waiting.heardAt <= at || cameOnce ? [waiting.until] : [];
  });
  return Math.max(at + graceMs, ...waits);
}

/** From the mildest reading to the gravest. */
const mildest: readonly EndReason[] = [
  "provider_ended",
  "connection_lost",
  "heartbeat_timeout",
  "kicked",
  "payer_hung_up",
  "payee_hung_up",
];

/** Of two readings of one reason the one that names nobody is milder. */
const weigh = ({ reason, by }: Blame) => mildest.indexOf(reason) * 2 + (by === null ? 0 : 1);

function endByAbsence(facts: CallFacts, attendance: Attendance, sides: Side[], at: number): End {
  const readings = sides.map((side) => lastOf(facts, attendance, side, at));
  const lightest = Math.min(...readings.map(({ blame }) => weigh(blame)));
  const { blame, proofId } = readings.find((reading) => weigh(reading.blame) === lightest) as (typeof readings)[number];
  return { at, reason: blame.reason, by: sides.length > 1 ? null : blame.by, knownAt: at, proofId };
}

/** What is said of the connection of a side that was the last to be there. */
function lastOf(
  facts: CallFacts,
  { instants, stays }: Attendance,
  side: Side,
  at: number,
): { blame: Blame; proofId: string | null } {
  const leaves = stays
    .filter(({ userId }) => side.userIds.includes(userId))
    .flatMap((stay) => {
      const wentAt = lastGone(stay, instants, at);
      return wentAt === null ? [] : [{ stay, wentAt, blame: blameOf(facts, stay, wentAt, at) }];
    });
  if (leaves.length === 0) return { blame: { reason: "connection_lost", by: null }, proofId: null };
  const latest = Math.max(...leaves.map(({ wentAt }) => wentAt));
  const last = leaves.filter(({ wentAt }) => wentAt === latest);
  const lightest = Math.min(...last.map(({ blame }) => weigh(blame)));
  const found = last.find(({ blame }) => weigh(blame) === lightest) as (typeof last)[number];
  return { blame: found.blame, proofId: found.stay.to === latest ? found.stay.proofId : null };
}

/** The last instant up to `at` at which the connection stopped being there; its end, when it never was. */
function lastGone(stay: Stay, instants: number[], at: number): number | null {
  let gone: number | null = null;
  for (let i = 1; i < instants.length; i++) {
    const now = instants[i] as number;
    if (now <= at && stay.isThere(instants[i - 1] as number) && !stay.isThere(now)) gone = now;
  }
  return gone ?? (stay.to <= at ? stay.to : null);
}

/** Leaves that say nothing about who left. */
const nobodysFault = ["server_shutdown", "technical", "unknown", "not_seen", "room_closed"];

/** Only who goes at the very moment from which nobody of the side is there has hung up on the other one. */
function blameOf(facts: CallFacts, { userId, to, closing, reason }: Stay, wentAt: number, at: number): Blame {
  const lost: Blame = { reason: "connection_lost", by: userId };
  if (to !== wentAt || closing === "silence") return { reason: "heartbeat_timeout", by: userId };
  if (closing === "hangup") return wentAt === at ? hungUp(facts, userId) : lost;
  if (closing === "hint") return lost;
  if (closing === "kicked" || reason === "removed") return { reason: "kicked", by: null };
  if (reason === "room_deleted") return { reason: "provider_ended", by: null };
  if (closing === "room" || nobodysFault.includes(reason ?? "")) return { reason: "connection_lost", by: null };
  return reason === "client_initiated" && wentAt === at ? hungUp(facts, userId) : lost;
}
