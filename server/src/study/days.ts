// Study time by day: the union of a person's presence over all rooms, split at the midnights of their time zone.
import { type EventSource, type Interval, minutesPerDay, unionIntervals } from "@fairminute/core";
import { readAttendedCalls } from "../charging/attended.ts";
import type { StoredCall } from "../charging/stored.ts";
import type { Queryable } from "../db/database.ts";
import { convertStreamDurationToMinutes } from "../providers/stream/durations.ts";
import { type Attended, attend, type DiscrepancyJson } from "./attendance.ts";
import { dayOf } from "./time-zone.ts";

/** One local day. */
export interface DayJson {
  /** YYYY-MM-DD. */
  date: string;
  seconds: number;
  minutes: number;
}

/** What one call of a study room contributed, and what that rests on. */
export interface RoomJson {
  callId: string;
  provider: string;
  roomName: string;
  /** When the user first came, within the days asked for. */
  from: string;
  durationSeconds: number;
  durationSource: EventSource | null;
  discrepancy: DiscrepancyJson | null;
  isPresent: boolean;
}

export interface Days {
  days: DayJson[];
  totalSeconds: number;
  rooms: RoomJson[];
}

const DAY_MS = 86_400_000;
/** No time zone is further from UTC than this. */
const ZONE_MS = 15 * 3_600_000;

const midnight = (date: string): number => Date.parse(`${date}T00:00:00Z`);

/** The local days from one to another, both included. */
export function datesBetween(from: string, to: string): string[] {
  const dates: string[] = [];
  for (let at = midnight(from); at <= midnight(to); at += DAY_MS) dates.push(new Date(at).toISOString().slice(0, 10));
  return dates;
}

/** The local day so many days after, or before, another. */
export function dateAfter(date: string, days: number): string {
  return new Date(midnight(date) + days * DAY_MS).toISOString().slice(0, 10);
}

interface Stay extends Attended {
  call: StoredCall;
}

/** Seconds by local day. A day is found by its name, so that no midnight has to be calculated. */
function secondsByDay(intervals: readonly Interval[], timeZone: string): Map<string, number> {
  const days = minutesPerDay(intervals, (at) => dayOf(at, timeZone));
  return new Map(days.map(({ day, seconds }) => [day, seconds]));
}

function roomJson(stay: Stay, durationSeconds: number): RoomJson {
  const { call, intervals, source, discrepancy, isPresent } = stay;
  return {
    callId: call.id,
    provider: call.provider,
    roomName: call.roomName,
    from: new Date(intervals[0]?.from ?? call.requestedAt).toISOString(),
    durationSeconds,
    durationSource: source,
    discrepancy,
    isPresent,
  };
}

/**
 * @param span local days, both included
 * @param now ms; presence that goes on counts until then
 */
export async function readSpan(
  db: Queryable,
  userId: string,
  span: { from: string; to: string; timeZone: string },
  now: number,
): Promise<Days> {
  const { from, to, timeZone } = span;
  const dates = datesBetween(from, to);
  const calls = await readAttendedCalls(db, userId, midnight(from) - ZONE_MS, midnight(to) + DAY_MS + ZONE_MS);
  const stays = calls.map((call) => ({ call, ...attend(call, userId, now) }));
  const counted = secondsByDay(unionIntervals(stays.flatMap(({ intervals }) => intervals)), timeZone);
  const days = dates.map((date) => {
    const seconds = counted.get(date) ?? 0;
    return { date, seconds, minutes: convertStreamDurationToMinutes(seconds) };
  });
  const rooms = stays.flatMap((stay) => {
    const byDay = secondsByDay(stay.intervals, timeZone);
    const seconds = dates.reduce((sum, date) => sum + (byDay.get(date) ?? 0), 0);
    return seconds > 0 || (stay.isPresent && dates.includes(dayOf(now, timeZone))) ? [roomJson(stay, seconds)] : [];
  });
  return { days, totalSeconds: days.reduce((sum, { seconds }) => sum + seconds, 0), rooms };
}
