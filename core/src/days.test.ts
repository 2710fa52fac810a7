// Time by local day: midnights, summer time, odd zones; what overlaps counts once.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { minutesPerDay } from "./days.ts";
import type { Interval } from "./interval.ts";

/** The local day in a time zone, as a server would tell it. */
function daysOf(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat("en-u-ca-iso8601-nu-latn", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return `${parts.year}-${parts.month}-${parts.day}`;
  };
}

const stretch = (from: string, to: string): Interval => ({ from: Date.parse(from), to: Date.parse(to) });
const days = (timeZone: string, ...intervals: Interval[]) =>
  minutesPerDay(intervals, daysOf(timeZone)).map(({ day, seconds }) => `${day} ${seconds}`);

describe("a local day", () => {
  test("begins at the local midnight, to the second", () => {
    const night = stretch("2025-03-01T21:30:00Z", "2025-03-02T00:30:00Z");
    expect(days("UTC", night)).toEqual(["2025-03-01 9000", "2025-03-02 1800"]);
    expect(days("Europe/Madrid", night)).toEqual(["2025-03-01 5400", "2025-03-02 5400"]);
    expect(days("Asia/Kolkata", night)).toEqual(["2025-03-02 10800"]);
    expect(days("America/New_York", night)).toEqual(["2025-03-01 10800"]);
    expect(days("UTC", stretch("2025-03-01T23:59:59Z", "2025-03-02T00:00:01Z"))).toEqual([
      "2025-03-01 1",
      "2025-03-02 1",
    ]);
    expect(days("UTC", stretch("2025-03-01T23:00:00Z", "2025-03-02T00:00:00Z"))).toEqual(["2025-03-01 3600"]);
  });

  test("has 23 or 25 hours when summer time begins or ends", () => {
    const weekOf = (from: string, to: string) => days("Europe/Madrid", stretch(from, to));
    expect(weekOf("2025-03-29T23:00:00Z", "2025-03-31T22:00:00Z")).toEqual([
      `2025-03-30 ${23 * 3600}`,
      `2025-03-31 ${24 * 3600}`,
    ]);
    expect(weekOf("2025-10-25T22:00:00Z", "2025-10-27T23:00:00Z")).toEqual([
      `2025-10-26 ${25 * 3600}`,
      `2025-10-27 ${24 * 3600}`,
    ]);
  });

  test("may be left out altogether", () =>
    expect(days("Pacific/Apia", stretch("2011-12-30T09:00:00Z", "2011-12-30T11:00:00Z"))).toEqual([
      "2011-12-29 3600",
      "2011-12-31 3600",
    ]));
});

test("several rooms at once count once, days without time are not named, and they come in order", () => {
  const a = stretch("2025-03-05T10:00:00Z", "2025-03-05T11:00:00Z");
  const b = stretch("2025-03-05T10:30:00Z", "2025-03-05T11:30:00Z");
  const earlier = stretch("2025-03-01T10:00:00Z", "2025-03-01T10:00:30.900Z");
  expect(days("UTC", a, b, earlier)).toEqual(["2025-03-01 30", "2025-03-05 5400"]);
  expect(days("UTC")).toEqual([]);
});

test("no second is lost or doubled, in any zone and at any time of the year", () => {
  const zones = [
    "UTC",
    "Europe/Madrid",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Asia/Kathmandu",
  ];
  const year = Date.parse("2025-01-01T00:00:00Z") / 1000;
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 364 * 86_400 }),
      fc.integer({ min: 1, max: 100_000 }),
      (zone, start, length) => {
        const from = (year + start) * 1000;
        const to = from + length * 1000;
        const dayOf = daysOf(zone);
        const found = minutesPerDay([{ from, to }], dayOf);
        expect(found.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(length);
        const naive: Record<string, number> = {};
        for (let at = from; at < to; at += 60_000) {
          const part = Math.min(60_000, to - at);
          naive[dayOf(at)] = (naive[dayOf(at)] ?? 0) + part / 1000;
        }
        for (const { day, seconds } of found) expect(Math.abs(seconds - (naive[day] ?? 0))).toBeLessThan(60);
      },
    ),
    { numRuns: 20 },
  );
});
