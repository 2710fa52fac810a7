// How long held money lasts, and what must be held for some time: every started increment is paid.
import { IncrementWalk, incrementsOf, priceRuns, roundSixtieths, secondsOf } from "./increment.ts";
import type { Interval } from "./interval.ts";
import { checkCoins } from "./money.ts";
import type { Tariff } from "./tariff.ts";

/** No hold is looked at further than this: a year and a day of talk. */
const horizonSeconds = 366 * 86_400;

/**
 * The coins that must be held for the first `seconds` billable seconds: connect fee, every started increment
 * (whatever the rounding of the charge) and minimum, rounded up. Never less than what the same usage is charged.
 * The usage runs through `intervals` and on from their end, or begins at `at`; this matters only to tariffs with windows.
 */
export function priceOfSeconds(
  tariff: Tariff,
  seconds: number,
  at: number,
  intervals: readonly Interval[] = [],
): bigint {
  const count = incrementsOf(tariff, seconds - tariff.freeSeconds, "up");
  if (count === 0) return 0n;
  let sixtieths = 0n;
  let done = 0;
  for (const run of priceRuns(tariff, count, intervals, at)) {
    const span = secondsOf(tariff, done + run.increments) - secondsOf(tariff, done);
    sixtieths += run.pricePerMinute * BigInt(span);
    done += run.increments;
  }
  const price = tariff.connectFee + roundSixtieths(sixtieths, "up");
  if (price < tariff.minimumCharge) return tariff.minimumCharge;
  return checkCoins(price);
}

/**
 * The most billable seconds S whose `priceOfSeconds` is at most `placed`: free seconds and whole increments.
 * Null when nothing limits them (a price of zero, or more than a year). Closed form without windows; with windows it walks from
 * price edge to price edge.
 */
export function coverSeconds(
  tariff: Tariff,
  placed: bigint,
  at: number,
  intervals: readonly Interval[] = [],
): number | null {
  const budget = (placed - tariff.connectFee) * 60n;
  if (budget < 0n || placed < tariff.minimumCharge) return tariff.freeSeconds;
  const count = tariff.windows.length === 0 ? steadyCount(tariff, budget) : walkedCount(tariff, budget, at, intervals);
  return count === null ? null : tariff.freeSeconds + secondsOf(tariff, count);
}

function steadyCount(tariff: Tariff, budget: bigint): number | null {
  if (tariff.pricePerMinute === 0n) return null;
  const affordable = budget / tariff.pricePerMinute;
  if (affordable > BigInt(horizonSeconds)) return null;
  return incrementsOf(tariff, Number(affordable), "down");
}

function walkedCount(tariff: Tariff, budget: bigint, at: number, intervals: readonly Interval[]): number | null {
  const walk = new IncrementWalk(tariff, intervals, at);
  let left = budget;
  for (;;) {
    const before = walk.done;
    const run = walk.next(Number.MAX_SAFE_INTEGER);
    const span = secondsOf(tariff, walk.done) - secondsOf(tariff, before);
    const cost = run.pricePerMinute * BigInt(span);
    if (cost > left) {
      const step = before === 0 ? tariff.initialIncrementSeconds : tariff.incrementSeconds;
      return before + Number(left / (run.pricePerMinute * BigInt(step)));
    }
    left -= cost;
    if (secondsOf(tariff, walk.done) > horizonSeconds) return null;
  }
}
