// Attendance on random histories, held against an oracle that asks of each second.
import fc from "fast-check";
import { expect, test } from "vitest";
import { historyArbitrary } from "../test/histories.ts";
import { personThere } from "../test/oracle.ts";
import { attendanceOf, attendanceSources, discrepanciesOf } from "./attendance.ts";
import { foldCall } from "./fold.ts";

test("attendance is what the oracle says of each second, in any order of the log", () => {
  const shuffled = historyArbitrary.chain((history) =>
    fc.tuple(fc.constant(history), fc.shuffledSubarray(history.events, { minLength: history.events.length })),
  );
  fc.assert(
    fc.property(shuffled, ([{ facts, events, asOf }, order]) => {
      const attendance = attendanceOf(facts, order, "leo", asOf);
      expect(attendance).toEqual(attendanceOf(facts, events, "leo", asOf));
      expect(discrepanciesOf(facts, order, asOf, 0)).toEqual(discrepanciesOf(facts, events, asOf, 0));
      // Silence that is noticed only when the end is known takes nothing back.
      const noticed = Math.min(asOf, foldCall(facts, events, asOf).endKnownAt ?? asOf);
      for (const { from, to } of attendance.intervals) {
        for (let at = from; at < to; at += 1000)
          expect(personThere(facts, events, "leo", at, asOf, false, noticed)).toBe(true);
      }
      for (const { sources, seconds } of discrepanciesOf(facts, events, asOf, 30)) {
        expect(Math.abs(seconds[0] - seconds[1])).toBeGreaterThan(30);
        expect(attendanceSources.indexOf(sources[0])).toBeLessThan(attendanceSources.indexOf(sources[1]));
      }
    }),
    { numRuns: 500 },
  );
});
