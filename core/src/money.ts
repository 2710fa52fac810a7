// Money: a whole number of the currency's smallest unit, kept as bigint and never wrapped (I12).
import { FairminuteError } from "./errors.ts";

/** An amount of coins. */
export type Coins = bigint;

/** The largest amount that a 64-bit column keeps; also the limit of every sum. */
export const maximumCoins: Coins = 2n ** 63n - 1n;

/** Returns `amount` unchanged, or refuses it with `amount_overflow` when it leaves ±(2^63 − 1) (I12). */
export function checkCoins(amount: Coins): Coins {
  if (amount > maximumCoins || amount < -maximumCoins) {
    throw new FairminuteError("amount_overflow", `${amount} is beyond ±${maximumCoins}, the largest amount kept`);
  }
  return amount;
}

/** Sum of two amounts; `amount_overflow` beyond ±(2^63 − 1) (I12). */
export function addCoins(a: Coins, b: Coins): Coins {
  return checkCoins(a + b);
}

/** `a` less `b`; `amount_overflow` beyond ±(2^63 − 1) (I12). */
export function subtractCoins(a: Coins, b: Coins): Coins {
  return checkCoins(a - b);
}

/** An amount as a JSON number; `amount_overflow` when the number would not be exact (I12). */
export function coinsToJson(amount: Coins): number {
  const number = Number(amount);
  if (!Number.isSafeInteger(number)) {
    throw new FairminuteError("amount_overflow", `${amount} does not fit a JSON number exactly`);
  }
  return number;
}

/**
 * An amount read from JSON: a safe integer that is not negative.
 * Anything else is refused with `invalid_amount`, `param` naming the field.
 */
export function coinsFromJson(value: unknown, param: string): Coins {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new FairminuteError(
      "invalid_amount",
      `${param} is ${showValue(value)}; expected a whole number of coins from 0 to ${Number.MAX_SAFE_INTEGER}`,
      { param },
    );
  }
  return BigInt(value);
}

function showValue(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
