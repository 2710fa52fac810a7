// Who was there: the presence of persons, of the sides that a call needs, and the first instant together.
import { type CallFacts, isOpenRoom } from "./call.ts";
import { type LiveConnection, stillOpen } from "./connection.ts";
import { type Interval, unionIntervals } from "./interval.ts";

/** A person's presence: the union of their connections. An open stretch ends at `stillOpen`. */
export type Presence = { userId: string; intervals: Interval[] };

/** A side of the call that must be there: the payee, the payers, or enough of everybody. */
export type Side = { userIds: string[]; intervals: Interval[] };

/** The presence of each party, in the parties' order: as it is proven, or as it passed at the time. */
export function foldPresence(
  facts: CallFacts,
  connections: readonly LiveConnection[],
  kind: "proven" | "deemed",
): Presence[] {
  const presence: Presence[] = [];
  for (const { userId } of facts.parties) presence.push({ userId, intervals: unionOf(connections, userId, kind) });
  return presence;
}

function unionOf(connections: readonly LiveConnection[], userId: string, kind: "proven" | "deemed"): Interval[] {
  let single: Interval[] | null = null;
  let several: Interval[] | null = null;
  for (const { connection, deemed } of connections) {
    const intervals = kind === "proven" ? connection.intervals : deemed;
    if (connection.userId !== userId || intervals.length === 0) continue;
    if (single === null) single = intervals;
    else several = (several ?? single).concat(intervals);
  }
  return several === null ? (single ?? []) : unionIntervals(several);
}

/**
 * The sides that must all be present for the call to run: the payee and at least one payer. Without a payee enough
 * of the parties: one in a room that costs nothing and has only attendees, else two.
 */
export function requiredSides(facts: CallFacts, presence: readonly Presence[]): Side[] {
  const { parties } = facts;
  const payee: Side = { userIds: [], intervals: [] };
  const payers: Side = { userIds: [], intervals: [] };
  for (let i = 0; i < parties.length; i++) {
    const role = parties[i]?.role;
    const side = role === "payee" ? payee : role === "payer" ? payers : null;
    if (side === null) continue;
    const intervals = presence[i]?.intervals ?? [];
    side.intervals = side.userIds.length === 0 ? intervals : unionIntervals(side.intervals.concat(intervals));
    side.userIds.push((parties[i] as CallFacts["parties"][number]).userId);
  }
  if (payee.userIds.length > 0) return [payee, payers];
  return [{ userIds: parties.map(({ userId }) => userId), intervals: atLeast(presence, neededWithoutPayee(facts)) }];
}

/** How many persons a call without a payee needs. */
function neededWithoutPayee(facts: CallFacts): number {
  return isOpenRoom(facts) ? 1 : 2;
}

/** Whether the call can go on when this user is gone for good. */
export function canMeetWithout(facts: CallFacts, userId: string): boolean {
  let payees = 0;
  let payers = 0;
  let others = 0;
  let leavesPayee = false;
  for (const party of facts.parties) {
    if (party.userId === userId) {
      leavesPayee ||= party.role === "payee";
      continue;
    }
    others++;
    if (party.role === "payee") payees++;
    else if (party.role === "payer") payers++;
  }
  if (leavesPayee) return false;
  return payees > 0 ? payers > 0 : others >= neededWithoutPayee(facts);
}

/** When at least `count` of the persons are present at once. */
function atLeast(presence: readonly Presence[], count: number): Interval[] {
  if (count === 1) return unionIntervals(presence.flatMap(({ intervals }) => intervals));
  const edges: { at: number; step: number }[] = [];
  for (const { intervals } of presence) {
    for (const { from, to } of intervals) edges.push({ at: from, step: 1 }, { at: to, step: -1 });
  }
  edges.sort((a, b) => a.at - b.at || b.step - a.step);
  const found: Interval[] = [];
  let present = 0;
  let from = 0;
  for (const { at, step } of edges) {
    if (step === 1 && present === count - 1) from = at;
    if (step === -1 && present === count && at > from) found.push({ from, to: at });
    present += step;
  }
  return found;
}

/** The first instant, not before `after`, at which every side is present; null when there is none. */
export function firstTogether(sides: readonly Side[], after: number): number | null {
  let at = after;
  for (let settled = 0; settled < sides.length; ) {
    const next = firstPresent((sides[settled] as Side).intervals, at);
    if (next === null) return null;
    // A side that comes later sends us back to the first one.
    settled = next > at && settled > 0 ? 0 : settled + 1;
    at = next;
  }
  return at;
}

function firstPresent(intervals: readonly Interval[], after: number): number | null {
  for (const { from, to } of intervals) {
    if (to > after) return Math.max(from, after);
  }
  return null;
}

/** A stretch in which a side was away after the start: `to` is null while it lasts. */
export type Absence = { side: Side; from: number; to: number | null };

/** The absences of a side since the call started, in order. It may be away already at the start. */
export function absencesOf(side: Side, startedAt: number): Absence[] {
  const absences: Absence[] = [];
  let at = startedAt;
  for (const { from, to } of side.intervals) {
    if (to <= at) continue;
    if (from > at) absences.push({ side, from: at, to: from });
    at = to;
  }
  if (at !== stillOpen) absences.push({ side, from: at, to: null });
  return absences;
}
