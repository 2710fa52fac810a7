// The algebra of intervals: laws on random lists against sets of instants, and the two ways to find an instant.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  clipIntervals,
  closeGaps,
  gapsBetween,
  type Interval,
  intersectIntervals,
  reachedAt,
  resumedAt,
  totalMs,
  unionIntervals,
} from "./interval.ts";

const stretch = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: -3, max: 12 }))
  .map(([from, length]): Interval => ({ from, to: from + length }));
const list = fc.array(stretch, { maxLength: 8 });
const runs = { numRuns: 1000 };

/** The instants that a list covers. */
function instants(intervals: readonly Interval[]): Set<number> {
  const covered = new Set<number>();
  for (const { from, to } of intervals) for (let at = from; at < to; at++) covered.add(at);
  return covered;
}

function expectNormal(intervals: readonly Interval[]): void {
  for (let i = 0; i < intervals.length; i++) {
    const { from, to } = intervals[i] as Interval;
    expect(from).toBeLessThan(to);
    if (i > 0) expect((intervals[i - 1] as Interval).to).toBeLessThan(from);
  }
}

test("a union covers what any of them covers, is normal, and does not depend on order or repetition", () => {
  fc.assert(
    fc.property(list, (a) => {
      const union = unionIntervals(a);
      expectNormal(union);
      expect(instants(union)).toEqual(instants(a));
      expect(unionIntervals([...a, ...[...a].reverse()])).toEqual(union);
      expect(unionIntervals(union)).toEqual(union);
      expect(totalMs(union)).toBe(instants(a).size);
    }),
    runs,
  );
});

test("an intersection covers what both cover, commutes, associates, and distributes over union", () => {
  fc.assert(
    fc.property(list, list, list, (x, y, z) => {
      const [a, b, c] = [unionIntervals(x), unionIntervals(y), unionIntervals(z)];
      const both = intersectIntervals(a, b);
      expectNormal(both);
      expect(instants(both)).toEqual(new Set([...instants(a)].filter((at) => instants(b).has(at))));
      expect(intersectIntervals(b, a)).toEqual(both);
      expect(intersectIntervals(both, c)).toEqual(intersectIntervals(a, intersectIntervals(b, c)));
      expect(intersectIntervals(a, unionIntervals([...b, ...c]))).toEqual(
        unionIntervals([...both, ...intersectIntervals(a, c)]),
      );
      expect(intersectIntervals(a, a)).toEqual(a);
    }),
    runs,
  );
});

test("clipping is the intersection with one stretch, and leaves its input alone", () => {
  fc.assert(
    fc.property(list, stretch, (x, { from, to }) => {
      const a = unionIntervals(x);
      const before = structuredClone(a);
      expect(clipIntervals(a, from, to)).toEqual(from < to ? intersectIntervals(a, [{ from, to }]) : []);
      expect(a).toEqual(before);
    }),
    runs,
  );
});

test("gaps and stretches together are one piece; closing gaps fills exactly those up to the tolerance", () => {
  fc.assert(
    fc.property(list, fc.nat({ max: 6 }), (x, tolerance) => {
      const a = unionIntervals(x);
      const gaps = gapsBetween(a);
      expect(unionIntervals([...a, ...gaps]).length).toBe(Math.min(1, a.length));
      expect(intersectIntervals(a, gaps)).toEqual([]);
      const small = gaps.filter(({ from, to }) => to - from <= tolerance);
      expect(closeGaps(x, tolerance)).toEqual(unionIntervals([...a, ...small]));
    }),
    runs,
  );
});

test("reachedAt and resumedAt differ only at a pause, and count what lies before them", () => {
  fc.assert(
    fc.property(list, fc.integer({ min: 1, max: 60 }), (x, ms) => {
      const a = unionIntervals(x);
      const reached = reachedAt(a, ms);
      const resumed = resumedAt(a, ms);
      if (reached === null) expect(totalMs(a)).toBeLessThan(ms);
      else expect(totalMs(clipIntervals(a, -1, reached))).toBe(ms);
      if (resumed === null) expect(totalMs(a)).toBeLessThanOrEqual(ms);
      else expect([instants(a).has(resumed), totalMs(clipIntervals(a, -1, resumed))]).toEqual([true, ms]);
    }),
    runs,
  );
});

test("touching stretches are one; half-open ends do not overlap", () => {
  expect(
    unionIntervals([
      { from: 0, to: 5 },
      { from: 5, to: 9 },
    ]),
  ).toEqual([{ from: 0, to: 9 }]);
  expect(intersectIntervals([{ from: 0, to: 5 }], [{ from: 5, to: 9 }])).toEqual([]);
  expect(
    reachedAt(
      [
        { from: 0, to: 5 },
        { from: 7, to: 9 },
      ],
      5,
    ),
  ).toBe(5);
  expect(
    resumedAt(
      [
        { from: 0, to: 5 },
        { from: 7, to: 9 },
      ],
      5,
    ),
  ).toBe(7);
});
