// Rates usage: from billable time and a tariff to the lines of a charge.
import { assert } from "./assert.ts";
import { incrementsOf, priceRuns, roundSixtieths, secondsOf } from "./increment.ts";
import { type Interval, reachedAt, resumedAt, totalMs } from "./interval.ts";
import type { Line } from "./line.ts";
import { checkCoins } from "./money.ts";
import type { Tariff } from "./tariff.ts";

/** The price of some usage: `total` is the sum of the lines. */
export type Rating = { lines: Line[]; total: bigint; billableSeconds: number; billedSeconds: number };

/**
 * Prices billable time (a normal list of intervals) by a tariff.
 *
 * Usage is counted in whole seconds, rounded down. Under `noChargeUnderSeconds` nothing is charged; the free seconds
 * come first; the rest is cut into increments, each at the price that holds when it starts. The sum is exact in
 * sixtieths of a coin and rounded once; the lines' amounts are differences of rounded running sums, so they add up.
 * Connect fee and minimum apply when there is any second beyond the free ones.
 */
export function rateUsage(tariff: Tariff, intervals: readonly Interval[]): Rating {
  const billableSeconds = Math.floor(totalMs(intervals) / 1000);
  if (billableSeconds === 0 || billableSeconds < tariff.noChargeUnderSeconds) {
    const line = makeLine("no_charge", spanOf(intervals, 0, billableSeconds), billableSeconds, 0n);
    return { lines: [line], total: 0n, billableSeconds, billedSeconds: 0 };
  }
  const lines: Line[] = [];
  const chargeable = Math.max(0, billableSeconds - tariff.freeSeconds);
  const free = billableSeconds - chargeable;
  let total = 0n;
  let billedSeconds = 0;
  if (chargeable > 0 && tariff.connectFee > 0n) {
    const at = intervals[0]?.from ?? null;
    lines.push(makeLine("connect_fee", { from: at, to: at }, 0, tariff.connectFee));
    total += tariff.connectFee;
  }
  if (free > 0) lines.push(makeLine("free_time", spanOf(intervals, 0, free), free, 0n));
  if (chargeable > 0) {
    for (const line of usageLines(tariff, intervals, chargeable, billableSeconds)) {
      lines.push(line);
      total += line.amount;
      billedSeconds += line.seconds;
    }
    if (total < tariff.minimumCharge) {
      lines.push(makeLine("minimum", { from: null, to: null }, 0, tariff.minimumCharge - total));
      total = tariff.minimumCharge;
    }
  }
  assert(total >= 0n, () => `I12: a charge of ${total}`);
  return { lines, total: checkCoins(total), billableSeconds, billedSeconds };
}

/** One line for each run of increments of equal price, or one for each increment. */
function usageLines(tariff: Tariff, intervals: readonly Interval[], chargeable: number, usedSeconds: number): Line[] {
  const lines: Line[] = [];
  const runs = priceRuns(tariff, incrementsOf(tariff, chargeable, tariff.rounding), intervals, 0);
  let done = 0;
  let start = tariff.freeSeconds;
  let sixtieths = 0n;
  let rounded = 0n;
  for (const run of runs) {
    const size = tariff.lines === "per_increment" ? 1 : run.increments;
    for (let left = run.increments; left > 0; left -= size) {
      const seconds = secondsOf(tariff, done + size) - secondsOf(tariff, done);
      sixtieths += run.pricePerMinute * BigInt(seconds);
      const sum = roundSixtieths(sixtieths, tariff.rounding);
      // The last increment may be paid beyond the time that was used: the line shows the time, `seconds` what is paid.
      const span = spanOf(intervals, start, Math.min(start + seconds, usedSeconds));
      const line = makeLine("usage", span, seconds, sum - rounded);
      line.pricePerMinute = run.pricePerMinute;
      line.increments = size;
      lines.push(line);
      rounded = sum;
      start += seconds;
      done += size;
    }
  }
  if (lines.length === 0) {
    const line = makeLine("usage", spanOf(intervals, start, usedSeconds), 0, 0n);
    line.pricePerMinute = tariff.pricePerMinute;
    lines.push(line);
  }
  return lines;
}

/** The stretch of the clock in which the seconds from `fromSecond` to `toSecond` of the usage lie. */
function spanOf(intervals: readonly Interval[], fromSecond: number, toSecond: number): Pick<Line, "from" | "to"> {
  if (toSecond <= fromSecond) return { from: null, to: null };
  return { from: resumedAt(intervals, fromSecond * 1000), to: reachedAt(intervals, toSecond * 1000) };
}

function makeLine(kind: Line["kind"], span: Pick<Line, "from" | "to">, seconds: number, amount: bigint): Line {
  return { kind, from: span.from, to: span.to, seconds, pricePerMinute: 0n, amount, increments: 0 };
}
