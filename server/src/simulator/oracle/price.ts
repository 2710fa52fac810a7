// What used time costs, and how much time held coins pay for: increment by increment, with fractions of coins.
import type { Tariff } from "@fairminute/core";
import { ceilingOf, type Fraction, fraction, plus, rounded, zero } from "./fraction.ts";

/** Used time as a list of stretches of the clock, in order and apart, [from, to). */
export type Used = readonly (readonly [from: number, to: number])[];

export const lengthOf = (used: Used): number => used.reduce((sum, [from, to]) => sum + to - from, 0);

/** The minute price that a clock on the wall gives at the instant. */
export function minutePriceAt(tariff: Tariff, at: number): bigint {
  const local = new Date(at + tariff.utcOffsetMinutes * 60_000);
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
  const window = tariff.windows.find(
    ({ weekdays, fromMinute, toMinute }) =>
      weekdays.includes(local.getUTCDay()) && fromMinute <= minute && minute < toMinute,
  );
  return window?.pricePerMinute ?? tariff.pricePerMinute;
}

/** The instant at which the used second number `second` (from 0) begins; later than all of them the use just goes on from `goesOnAt`. */
export function beginOfSecond(used: Used, second: number, goesOnAt: number): number {
  let ms = second * 1000;
  for (const [from, to] of used) {
    if (ms < to - from) return from + ms;
    ms -= to - from;
  }
  return (used.at(-1)?.[1] ?? goesOnAt) + ms;
}

/** The instant at which so many seconds have been used: at a pause its beginning. Null when fewer were used. */
export function endOfSeconds(used: Used, seconds: number): number | null {
  let ms = seconds * 1000;
  for (const [from, to] of used) {
    if (ms <= to - from) return from + ms;
    ms -= to - from;
  }
  return null;
}

const sizeOf = (tariff: Tariff, index: number) =>
  index === 0 ? tariff.initialIncrementSeconds : tariff.incrementSeconds;

/** The price of one increment, before any rounding: that of the instant at which it starts. */
function incrementPrice(tariff: Tariff, used: Used, first: number, index: number, goesOnAt: number): Fraction {
  const at = tariff.windows.length === 0 ? 0 : beginOfSecond(used, first, goesOnAt);
  return fraction(minutePriceAt(tariff, at) * BigInt(sizeOf(tariff, index)), 60n);
}

/** Whether an increment of which so much was used is paid. */
function isPaid(rounding: Tariff["rounding"], size: number, used: number): boolean {
  if (used >= size || rounding === "up") return true;
  return rounding === "nearest" && used * 2 >= size;
}

/** One usage line for each paid increment, or what all of them cost together. */
export type Price = {
  total: bigint;
  billableSeconds: number;
  /** The seconds that are paid for: whole increments. */
  billedSeconds: number;
  connectFee: bigint;
  usage: bigint;
  minimum: bigint;
  /** After each paid increment: what all of them so far cost, rounded, and when the time in it ended. */
  steps: { sum: bigint; to: number | null }[];
};

/** The price of used time. */
export function priceOfUse(tariff: Tariff, used: Used): Price {
  const billableSeconds = Math.floor(lengthOf(used) / 1000);
  const price: Price = {
    total: 0n,
    billableSeconds,
    billedSeconds: 0,
    connectFee: 0n,
    usage: 0n,
    minimum: 0n,
    steps: [],
  };
  if (billableSeconds < tariff.noChargeUnderSeconds || billableSeconds <= tariff.freeSeconds) return price;
  let sum = zero;
  for (let index = 0, first = tariff.freeSeconds; first < billableSeconds; index++) {
    const size = sizeOf(tariff, index);
    const inIt = Math.min(size, billableSeconds - first);
    if (!isPaid(tariff.rounding, size, inIt)) break;
    sum = plus(sum, incrementPrice(tariff, used, first, index, 0));
    price.billedSeconds += size;
    price.steps.push({ sum: rounded(sum, tariff.rounding), to: endOfSeconds(used, first + inIt) });
    first += size;
  }
  price.connectFee = tariff.connectFee;
  price.usage = rounded(sum, tariff.rounding);
  const plain = price.connectFee + price.usage;
  price.minimum = plain < tariff.minimumCharge ? tariff.minimumCharge - plain : 0n;
  price.total = plain + price.minimum;
  return price;
}

/** What must be held for the first `seconds`: every increment that is started in them, whatever the rounding of the charge. */
export function holdFor(tariff: Tariff, seconds: number, used: Used, goesOnAt: number): bigint {
  if (seconds <= tariff.freeSeconds) return 0n;
  let sum = zero;
  for (let index = 0, first = tariff.freeSeconds; first < seconds; index++) {
    sum = plus(sum, incrementPrice(tariff, used, first, index, goesOnAt));
    first += sizeOf(tariff, index);
  }
  const coins = tariff.connectFee + ceilingOf(sum);
  if (coins < tariff.minimumCharge) return tariff.minimumCharge;
  return coins;
}

/** More than a call can last: beyond it money is no limit. */
const longEnoughSeconds = 3 * 86_400;

/**
 * The seconds that held coins pay for: the free ones, and whole increments as long as each can be paid when it starts. Looked at
 * only as far as needed: null when they last longer than `enough`.
 */
export function paidSeconds(tariff: Tariff, held: bigint, used: Used, goesOnAt: number, enough: number): number | null {
  const least = tariff.minimumCharge;
  let sum = zero;
  let seconds = tariff.freeSeconds;
  for (let index = 0; seconds <= Math.min(enough, longEnoughSeconds); index++) {
    sum = plus(sum, incrementPrice(tariff, used, seconds, index, goesOnAt));
    const coins = tariff.connectFee + ceilingOf(sum);
    if (coins > held || least > held) return seconds;
    seconds += sizeOf(tariff, index);
  }
  return null;
}
