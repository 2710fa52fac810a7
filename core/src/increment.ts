// Increments: how usage is cut into paid steps, and what the steps cost one after another.
import { type Interval, resumedAt, totalMs } from "./interval.ts";
import { nextPriceEdge, priceAt, type Tariff } from "./tariff.ts";

/** Consecutive increments of one price. */
export type PriceRun = { pricePerMinute: bigint; increments: number };

/** How many increments `chargeable` whole seconds make by the rounding. */
export function incrementsOf(tariff: Tariff, chargeable: number, rounding: Tariff["rounding"]): number {
  if (chargeable <= 0) return 0;
  const { initialIncrementSeconds: initial, incrementSeconds: increment } = tariff;
  const completed = chargeable < initial ? 0 : 1 + Math.floor((chargeable - initial) / increment);
  const rest = chargeable - secondsOf(tariff, completed);
  if (rest === 0 || rounding === "down") return completed;
  if (rounding === "up") return completed + 1;
  const size = completed === 0 ? initial : increment;
  return rest * 2 >= size ? completed + 1 : completed;
}

/** The seconds that the first `count` increments last. */
export function secondsOf(tariff: Tariff, count: number): number {
  return count <= 0 ? 0 : tariff.initialIncrementSeconds + (count - 1) * tariff.incrementSeconds;
}

/** Sixtieths of a coin as coins. */
export function roundSixtieths(sixtieths: bigint, rounding: Tariff["rounding"]): bigint {
  if (rounding === "up") return (sixtieths + 59n) / 60n;
  return rounding === "down" ? sixtieths / 60n : (sixtieths + 30n) / 60n;
}

/**
 * The prices of the first `count` increments of usage, grouped. The usage runs through `intervals` and goes on from their
 * end without a pause; without intervals it begins at `startsAt`. Without windows there is one run and nothing is walked.
 */
export function priceRuns(tariff: Tariff, count: number, intervals: readonly Interval[], startsAt: number): PriceRun[] {
  if (count <= 0) return [];
  if (tariff.windows.length === 0) return [{ pricePerMinute: tariff.pricePerMinute, increments: count }];
  const runs: PriceRun[] = [];
  const walk = new IncrementWalk(tariff, intervals, startsAt);
  while (walk.done < count) {
    const run = walk.next(count - walk.done);
    const last = runs[runs.length - 1];
    if (last !== undefined && last.pricePerMinute === run.pricePerMinute) last.increments += run.increments;
    else runs.push(run);
  }
  return runs;
}

/** Walks a tariff with windows from price edge to price edge, not from increment to increment. */
export class IncrementWalk {
  readonly tariff: Tariff;
  readonly intervals: readonly Interval[];
  readonly continuesAt: number;
  readonly spentMs: number;
  /** Increments walked so far. */
  done = 0;

  constructor(tariff: Tariff, intervals: readonly Interval[], startsAt: number) {
    this.tariff = tariff;
    this.intervals = intervals;
    this.continuesAt = intervals[intervals.length - 1]?.to ?? startsAt;
    this.spentMs = totalMs(intervals);
  }

  /** The next increments of one price, at most `most`: those that start before the price may change. */
  next(most: number): PriceRun {
    const { tariff } = this;
    const offsetMs = (tariff.freeSeconds + secondsOf(tariff, this.done)) * 1000;
    const at = this.instantOf(offsetMs);
    const pricePerMinute = priceAt(tariff, at);
    let increments = 1;
    if (this.done > 0) {
      const limit = Math.min(nextPriceEdge(tariff, at), this.steadyUntil(at));
      increments = Math.min(most, Math.max(1, Math.ceil((limit - at) / (tariff.incrementSeconds * 1000))));
    }
    this.done += increments;
    return { pricePerMinute, increments };
  }

  /** The instant at which the usage has run for `offsetMs` and runs on. */
  private instantOf(offsetMs: number): number {
    const within = resumedAt(this.intervals, offsetMs);
    if (within !== null) return within;
    return this.continuesAt + offsetMs - this.spentMs;
  }

  /** How far instants and usage run in step from `at`. */
  private steadyUntil(at: number): number {
    for (const { from, to } of this.intervals) if (at >= from && at < to) return to;
    return Number.POSITIVE_INFINITY;
  }
}
