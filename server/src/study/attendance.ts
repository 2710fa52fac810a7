// TEMPORARY stand-in until core has attendanceOf, minutesPerDay and discrepanciesOf.
import { type EventSource, foldCall, type Interval, totalMs } from "@fairminute/core";
import { factsOf, type StoredCall } from "../charging/stored.ts";
import { dayOf } from "./time-zone.ts";

export interface DiscrepancyJson {
  source: EventSource;
  seconds: number;
  otherSource: EventSource;
  otherSeconds: number;
}
export interface Attended {
  intervals: Interval[];
  source: EventSource | null;
  discrepancy: DiscrepancyJson | null;
}

export function attend(call: StoredCall, userId: string, now: number): Attended {
  const state = foldCall(factsOf(call), call.events, now);
  const intervals = state.presence.find((p) => p.userId === userId)?.intervals ?? [];
  const source = state.connections.find((c) => c.userId === userId && c.from !== null)?.fromSource ?? null;
  return { intervals, source, discrepancy: null };
}
export const secondsOf = ({ intervals }: Attended): number => Math.floor(totalMs(intervals) / 1000);

export function minutesPerDay(intervals: readonly Interval[], timeZone: string) {
  const days = new Map<string, number>();
  for (const { from, to } of intervals) {
    let at = from;
    while (at < to) {
      const next = Math.min(to, Math.floor(at / 900_000) * 900_000 + 900_000);
      const d = dayOf(at, timeZone);
      days.set(d, (days.get(d) ?? 0) + next - at);
      at = next;
    }
  }
  return [...days].map(([date, ms]) => ({ date, seconds: Math.floor(ms / 1000), minutes: Math.floor(ms / 60000) }));
}
