// The voucher's price and the ticker's price are the same number: the meter's seconds at the contract's price, and the rules' charge.
import { priceOfSeconds } from "@fairminute/contracts";
import { presetTerms, rateUsage } from "@fairminute/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const start = Date.UTC(2026, 10, 21, 12);

/** What the ticker shows for some stretches of talk, and what the contract asks for the seconds that the meter would sign. */
function pricesOf(pricePerMinute: bigint, stretches: readonly { gap: number; lasts: number }[]) {
  let at = start;
  const intervals = stretches.map(({ gap, lasts }) => {
    const from = at + gap;
    at = from + lasts;
    return { from, to: at };
  });
  const { tariff } = presetTerms("tutoring-onchain", { pricePerMinute });
  const { total, billedSeconds } = rateUsage(tariff, intervals);
  return { ticker: total, contract: priceOfSeconds(pricePerMinute, BigInt(total === 0n ? 0 : billedSeconds)) };
}

describe("the ticker's price and the contract's", () => {
  it("are the same number for every second of an hour, at rates that no second divides", () => {
    for (const rate of [1n, 7n, 59n, 60n, 61n, 601n, 1_000_003n]) {
      for (let seconds = 0; seconds <= 3600; seconds++) {
        const { ticker, contract } = pricesOf(rate, [{ gap: 0, lasts: seconds * 1000 }]);
        if (ticker !== contract) expect([rate, seconds, ticker]).toEqual([rate, seconds, contract]);
      }
    }
  });

  it("are the same number however often the call was interrupted, to the millisecond", () => {
    const stretch = fc.record({
      gap: fc.integer({ min: 1, max: 30_000 }),
      lasts: fc.integer({ min: 1, max: 900_000 }),
    });
    const rate = fc.bigInt({ min: 1n, max: 10n ** 12n });
    fc.assert(
      fc.property(rate, fc.array(stretch, { minLength: 1, maxLength: 6 }), (pricePerMinute, stretches) => {
        const { ticker, contract } = pricesOf(pricePerMinute, stretches);
        expect(ticker).toBe(contract);
      }),
      { numRuns: 500 },
    );
  });
});
