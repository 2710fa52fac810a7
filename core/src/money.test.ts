// I12: money is an exact integer everywhere, or it is refused.
import { expect, test } from "vitest";
import { FairminuteError } from "./errors.ts";
import { addCoins, checkCoins, coinsFromJson, coinsToJson, maximumCoins, subtractCoins } from "./money.ts";

const codeOf = (work: () => unknown) => {
  try {
    work();
    return "nothing was refused";
  } catch (error) {
    return error instanceof FairminuteError ? error.code : String(error);
  }
};

test("I12: sums are exact up to 2^63 − 1 and refused beyond, in both directions", () => {
  expect(addCoins(maximumCoins - 1n, 1n)).toBe(maximumCoins);
  expect(subtractCoins(-maximumCoins, 0n)).toBe(-maximumCoins);
  expect(codeOf(() => addCoins(maximumCoins, 1n))).toBe("amount_overflow");
  expect(codeOf(() => subtractCoins(-maximumCoins, 1n))).toBe("amount_overflow");
  expect(codeOf(() => checkCoins(2n ** 64n))).toBe("amount_overflow");
});

test("I12: JSON carries safe integers only", () => {
  expect(coinsToJson(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
  expect(codeOf(() => coinsToJson(2n ** 53n))).toBe("amount_overflow");
  expect(coinsFromJson(Number.MAX_SAFE_INTEGER, "amount")).toBe(2n ** 53n - 1n);
});

test("I12: what is no amount is refused by name", () => {
  for (const value of [
    -1,
    1.5,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "10",
    10n,
    null,
    undefined,
    {},
    [5],
    true,
  ]) {
    expect(codeOf(() => coinsFromJson(value, "amount"))).toBe("invalid_amount");
  }
  try {
    coinsFromJson("10", "wallet.amount");
  } catch (error) {
    expect((error as FairminuteError).param).toBe("wallet.amount");
    expect((error as Error).message).toContain('wallet.amount is "10"; expected a whole number of coins');
  }
});
