// How long one person was in one room, by the best evidence there is, and what contradicts it.
import {
  type AttendanceSource,
  attendanceOf,
  attendanceSources,
  type CallEvent,
  type CallFacts,
  type EventSource,
  foldCall,
  type Interval,
  isFinal,
  totalMs,
} from "@fairminute/core";
import { factsOf, type StoredCall } from "../charging/stored.ts";
import { claimedSeconds, isTracked } from "./tracking.ts";

/** What counts, and the other evidence for the same presence that differs most from it. */
export interface DiscrepancyJson {
  source: EventSource;
  seconds: number;
  otherSource: EventSource;
  otherSeconds: number;
}

/** One person's presence in one call of a room. */
export interface Attended {
  intervals: Interval[];
  source: EventSource | null;
  discrepancy: DiscrepancyJson | null;
  /** At this moment. */
  isPresent: boolean;
}

/** Study time is kept in minutes: what differs by less is one opinion. */
const TOLERANCE_SECONDS = 60;

export const secondsOf = ({ intervals }: Pick<Attended, "intervals">): number => Math.floor(totalMs(intervals) / 1000);

const comes = ({ type }: CallEvent): boolean => type === "participant.joined" || type === "participant.seen";

/**
 * The evidence that counts. Where a provider, or our own signalling, tells of a person, their client's heartbeats prove only that
 * the page is open: somebody who left the room and not the page must not be in the room.
 */
function countedEvents(events: readonly CallEvent[], userId: string): readonly CallEvent[] {
  const isOwn = (event: CallEvent) => event.userId === userId;
  const isTold = events.some((event) => isOwn(event) && comes(event) && event.source !== "hint" && !isTracked(event));
  return isTold ? events.filter((event) => !isOwn(event) || !isTracked(event)) : events;
}

/** A client's word only ends what heartbeats have proven: they are what it rests on. */
function namedSource(
  source: EventSource | null,
  bySource: Record<AttendanceSource, number | null>,
): EventSource | null {
  return source === "hint" && bySource.signalling !== null ? "proof" : source;
}

function findDiscrepancy(
  call: StoredCall,
  userId: string,
  counted: { source: EventSource; seconds: number },
  bySource: Record<AttendanceSource, number | null>,
): DiscrepancyJson | null {
  const heard = call.events.some((event) => event.userId === userId && event.source === "signalling");
  let found: DiscrepancyJson | null = null;
  for (const name of attendanceSources) {
    const otherSeconds = name === "hint" ? claimedSeconds(call, userId) : bySource[name];
    if (otherSeconds === null) continue;
    const gap = Math.abs(otherSeconds - counted.seconds);
    const most = found === null ? TOLERANCE_SECONDS : Math.abs(found.otherSeconds - found.seconds);
    const otherSource = name === "signalling" && !heard ? "proof" : name;
    if (gap > most && otherSource !== counted.source) found = { ...counted, otherSource, otherSeconds };
  }
  return found;
}

function isPresent(call: StoredCall, facts: CallFacts, events: readonly CallEvent[], userId: string, now: number) {
  if (isFinal(call.status)) return false;
  const { connections } = foldCall(facts, events, now);
  return connections.some(({ userId: who, from, to }) => who === userId && from !== null && to === null);
}

/** @param now ms; presence that goes on counts until then */
export function attend(call: StoredCall, userId: string, now: number): Attended {
  const facts = factsOf(call);
  const events = countedEvents(call.events, userId);
  const whole = attendanceOf(facts, call.events, userId, now);
  const { intervals, source: weakest } = events === call.events ? whole : attendanceOf(facts, events, userId, now);
  const source = namedSource(weakest, whole.bySource);
  const counted = source === null ? null : { source, seconds: secondsOf({ intervals }) };
  return {
    intervals,
    source,
    discrepancy: counted === null ? null : findDiscrepancy(call, userId, counted, whole.bySource),
    isPresent: isPresent(call, facts, events, userId, now),
  };
}
