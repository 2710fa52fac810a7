// Attendance: how long each person was there, who says so, and where those who can tell disagree.
import type { CallFacts, CallState, EndReason } from "./call.ts";
import { foldConnections } from "./connection.ts";
import { type CallEvent, type EventSource, orderEvents, sourceRank } from "./event.ts";
import { foldCall } from "./fold.ts";
import { clipIntervals, type Interval, totalMs, unionIntervals } from "./interval.ts";

/** Who can tell of somebody's attendance by themselves, best first. `signalling` is all that we see ourselves, heartbeats too. */
export const attendanceSources = ["report", "webhook", "signalling", "poll", "hint"] as const;
export type AttendanceSource = (typeof attendanceSources)[number];

/** How long one person was there. */
export type Attendance = {
  /** The union of their connections, each edge by its best evidence: two devices at once count once. */
  intervals: Interval[];
  /** The weakest of the sources that the intervals rest on; null when the person was not there. */
  source: EventSource | null;
  /** The seconds that each source alone would tell; null when it tells nothing of this person. */
  bySource: Record<AttendanceSource, number | null>;
};

/** Two sources that differ about one person by more than is tolerated. */
export type Discrepancy = {
  userId: string;
  sources: [AttendanceSource, AttendanceSource];
  seconds: [number, number];
};

/**
 * How long a person attended the call, up to its end or to `asOf` (ms since the epoch). In a room without sides and money, a
 * person of whom only their own client tells is believed; everywhere else a client's hints only shorten.
 */
export function attendanceOf(facts: CallFacts, events: readonly CallEvent[], userId: string, asOf: number): Attendance {
  const log = orderEvents(events);
  const state = foldCall(facts, log, asOf);
  return attendanceIn(facts, state, log, userId, spanOf(state, asOf));
}

function endOf({ endedAt }: CallState, asOf: number): number {
  return endedAt !== null && endedAt < asOf ? endedAt : asOf;
}

/**
 * For each person of the call, the pairs of sources whose seconds differ by more than the tolerance, with both figures.
 *
 * Where an end was decided (somebody hung up, the money ran out), what they say of the time up to it is compared. Where people
 * just went, the end itself rests on what one source says of that: so each is heard to its own end.
 */
export function discrepanciesOf(
  facts: CallFacts,
  events: readonly CallEvent[],
  asOf: number,
  toleranceSeconds: number,
): Discrepancy[] {
  const log = orderEvents(events);
  const state = foldCall(facts, log, asOf);
  const heard = hearSources(facts, state, log, asOf);
  const found: Discrepancy[] = [];
  for (const { userId } of facts.parties) {
    const { bySource } = attendanceIn(facts, state, heard.log, userId, heard);
    attendanceSources.forEach((better, index) => {
      for (const weaker of attendanceSources.slice(index + 1)) {
        const [a, b] = [bySource[better], bySource[weaker]];
        if (a === null || b === null || Math.abs(a - b) <= toleranceSeconds) continue;
        found.push({ userId, sources: [better, weaker], seconds: [a, b] });
      }
    });
  }
  return found;
}

/** Ends that are decided, not found: nobody's going is what they rest on. */
const decidedReasons: readonly (EndReason | null)[] = [
  "out_of_funds",
  "time_limit",
  "operator_ended",
  "provider_ended",
];

/** The part of the log, and the instants, by which sources are compared. */
function hearSources(
  { terms }: CallFacts,
  state: CallState,
  log: readonly CallEvent[],
  asOf: number,
): Span & { log: readonly CallEvent[] } {
  const { endedAt, endReason, endEvidenceId } = state;
  const proof = log.find(({ id }) => id === endEvidenceId)?.type;
  const isDecided = proof === "hangup" || proof === "call.ended" || decidedReasons.includes(endReason);
  if (endedAt === null || isDecided) return { log, ...spanOf(state, asOf) };
  // Who connected when it was over for good was not in the call.
  const overAt = Math.max(state.endKnownAt ?? endedAt, endedAt + terms.limits.reconnectGraceSeconds * 1000);
  const begun = new Set<string | null>([null]);
  for (const { connectionId, occurredAt } of log) if (occurredAt <= overAt) begun.add(connectionId);
  const told = log.filter(({ connectionId }) => begun.has(connectionId));
  // A source that never heard of an end says no more after the last word of all.
  let lastAt = endedAt;
  for (const { occurredAt, untilAt } of told) lastAt = Math.max(lastAt, untilAt ?? occurredAt);
  const until = Math.min(lastAt, asOf);
  return { log: told, until, asOf: until, listensUntil: until };
}

/** How far attendance is counted, the instant at which it is asked, and up to when silence is noticed. */
type Span = { until: number; asOf: number; listensUntil: number };

function spanOf(state: CallState, asOf: number): Span {
  return { until: endOf(state, asOf), asOf, listensUntil: Math.min(state.endKnownAt ?? asOf, asOf) };
}

function attendanceIn(
  facts: CallFacts,
  state: CallState,
  log: readonly CallEvent[],
  userId: string,
  span: Span,
): Attendance {
  const intervals: Interval[] = [];
  let source: EventSource | null = null;
  for (const connection of state.connections) {
    if (connection.userId !== userId) continue;
    const there = clipIntervals(connection.intervals, Number.NEGATIVE_INFINITY, span.until);
    if (there.length === 0) continue;
    intervals.push(...there);
    source = weaker(weaker(source, connection.fromSource), connection.toSource);
  }
  const bySource = Object.fromEntries(
    attendanceSources.map((name) => [name, secondsBy(facts, log, userId, name, span)]),
  ) as Attendance["bySource"];
  return { intervals: unionIntervals(intervals), source, bySource };
}

function weaker(a: EventSource | null, b: EventSource | null): EventSource | null {
  if (a === null || b === null) return a ?? b;
  return sourceRank[b] < sourceRank[a] ? b : a;
}

/** The seconds up to the end that one source alone tells of a person; null when it does not say that they ever came. */
function secondsBy(
  facts: CallFacts,
  log: readonly CallEvent[],
  userId: string,
  name: AttendanceSource,
  { until, asOf, listensUntil }: Span,
): number | null {
  const told: CallEvent[] = [];
  for (const event of log) {
    if ((event.userId ?? userId) !== userId || sourceOf(event.source) !== name) continue;
    // Asked by itself, a client is taken at its word.
    told.push(name === "hint" ? { ...event, source: "signalling" } : event);
  }
  const intervals: Interval[] = [];
  let isKnown = false;
  for (const { connection } of foldConnections(facts, told, asOf, listensUntil)) {
    isKnown ||= connection.from !== null;
    intervals.push(...connection.intervals);
  }
  if (!isKnown) return null;
  return Math.floor(totalMs(clipIntervals(unionIntervals(intervals), Number.NEGATIVE_INFINITY, until)) / 1000);
}

/** Our own commands and heartbeats are what we see of a call ourselves. A chain tells of money, not of people. */
function sourceOf(source: EventSource): AttendanceSource | null {
  if (source === "chain") return null;
  return source === "proof" || source === "command" ? "signalling" : source;
}
