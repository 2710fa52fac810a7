// Days: how much of some time falls on each local day.
import { type Interval, unionIntervals } from "./interval.ts";

/** A local day, YYYY-MM-DD, and the whole seconds that fall on it. */
export type DaySeconds = { day: string; seconds: number };

const hourMs = 3_600_000;

/**
 * The time of the intervals by local day, in order of the days. Intervals that overlap count once, so that those of several
 * rooms can be given together.
 * @param dayOf the local day of an instant. Time zones with their summer times belong to whoever knows them; days of 23 or 25
 *   hours come out of it by themselves. It is asked about once an hour.
 */
export function minutesPerDay(intervals: readonly Interval[], dayOf: (at: number) => string): DaySeconds[] {
  const byDay = new Map<string, number>();
  for (const { from, to } of unionIntervals(intervals)) {
    for (let at = from; at < to; ) {
      const day = dayOf(at);
      const end = endOfDay(at, Math.min(at + hourMs, to), day, dayOf);
      byDay.set(day, (byDay.get(day) ?? 0) + end - at);
      at = end;
    }
  }
  return [...byDay].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, ms]) => ({ day, seconds: Math.floor(ms / 1000) }));
}

/** The first instant after `at` that is not on the day any more, at most `until`. */
function endOfDay(at: number, until: number, day: string, dayOf: (at: number) => string): number {
  if (dayOf(until - 1) === day) return until;
  let on = at;
  let off = until - 1;
  while (off - on > 1) {
    const middle = Math.floor((on + off) / 2);
    if (dayOf(middle) === day) on = middle;
    else off = middle;
  }
  return off;
}
