// Half-open stretches of time [from, to) in integer milliseconds, and the algebra of lists of them.

/** The instants from `from` (included) to `to` (excluded), in ms since the epoch. */
export type Interval = { from: number; to: number };

/**
 * Whether a list is normal: sorted, without empty, touching or overlapping stretches.
 * Every function here returns normal lists; those that take two lists expect them normal.
 */
function isNormal(intervals: readonly Interval[]): boolean {
  let previousTo = Number.NEGATIVE_INFINITY;
  for (const { from, to } of intervals) {
    if (from <= previousTo || to <= from) return false;
    previousTo = to;
  }
  return true;
}

/** Everything that at least one of the stretches covers, as a normal list. The order of the input has no effect. */
export function unionIntervals(intervals: readonly Interval[]): Interval[] {
  return closeGaps(intervals, 0);
}

/** As `unionIntervals`, and gaps of at most `toleranceMs` between neighbours are filled. */
export function closeGaps(intervals: readonly Interval[], toleranceMs: number): Interval[] {
  if (toleranceMs === 0 && isNormal(intervals)) return intervals as Interval[];
  const sorted = intervals.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  const closed: Interval[] = [];
  let last: Interval | null = null;
  for (const { from, to } of sorted) {
    if (last !== null && from - last.to <= toleranceMs) {
      if (to > last.to) last.to = to;
    } else {
      last = { from, to };
      closed.push(last);
    }
  }
  return closed;
}

/** What both normal lists cover. */
export function intersectIntervals(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const shared: Interval[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a[i] as Interval;
    const y = b[j] as Interval;
    const from = Math.max(x.from, y.from);
    const to = Math.min(x.to, y.to);
    if (from < to) shared.push({ from, to });
    if (x.to < y.to) i++;
    else j++;
  }
  return shared;
}

/** The part of a normal list inside [from, to). */
export function clipIntervals(intervals: readonly Interval[], from: number, to: number): Interval[] {
  const first = intervals[0];
  const last = intervals[intervals.length - 1];
  if (first === undefined || last === undefined) return intervals as Interval[];
  if (first.from >= from && last.to <= to) return intervals as Interval[];
  const clipped: Interval[] = [];
  for (const stretch of intervals) {
    const start = Math.max(stretch.from, from);
    const end = Math.min(stretch.to, to);
    if (start < end) clipped.push({ from: start, to: end });
  }
  return clipped;
}

/** The length of a normal list in ms. */
export function totalMs(intervals: readonly Interval[]): number {
  let total = 0;
  for (const { from, to } of intervals) total += to - from;
  return total;
}

/** The gaps between the stretches of a normal list: nothing before the first, nothing after the last. */
export function gapsBetween(intervals: readonly Interval[]): Interval[] {
  const gaps: Interval[] = [];
  for (let i = 1; i < intervals.length; i++) {
    gaps.push({ from: (intervals[i - 1] as Interval).to, to: (intervals[i] as Interval).from });
  }
  return gaps;
}

/**
 * The instant at which a normal list has lasted `ms` milliseconds: the earliest one, so at a pause its beginning.
 * Null when the list is shorter.
 */
export function reachedAt(intervals: readonly Interval[], ms: number): number | null {
  let left = ms;
  for (const { from, to } of intervals) {
    if (left <= to - from) return from + left;
    left -= to - from;
  }
  return null;
}

/**
 * The instant at which the millisecond after the first `ms` of a normal list begins: at a pause its end.
 * Null when the list has no more than `ms`.
 */
export function resumedAt(intervals: readonly Interval[], ms: number): number | null {
  let left = ms;
  for (const { from, to } of intervals) {
    if (left < to - from) return from + left;
    left -= to - from;
  }
  return null;
}
