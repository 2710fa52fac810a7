// Rating in rows: usage, tariff, and the price with its lines.
import { describe, expect, test } from "vitest";
import { sayTime, storyDay, timeOf } from "../test/clock.ts";
import { termsOf } from "../test/terms.ts";
import { coverSeconds, priceOfSeconds } from "./cover.ts";
import type { Interval } from "./interval.ts";
import { rateUsage } from "./rate.ts";

/** Rows of "usage in seconds (or 17:01) | price | billed seconds"; usage begins at noon in one piece. */
function rates(tariffWords: string, rows: string): void {
  const { tariff } = termsOf(`creator-call ${tariffWords}`.trim().split(/\s+/));
  for (const row of rows.trim().split("\n")) {
    const [usage = "", price = "", billed] = row.split("|").map((word) => word.trim());
    const [minutes, seconds] = usage.includes(":") ? usage.split(":") : ["0", usage];
    const ms = (Number(minutes) * 60 + Number(seconds)) * 1000;
    const noon = timeOf("12:00:00");
    const rating = rateUsage(tariff, ms === 0 ? [] : [{ from: noon, to: noon + ms }]);
    expect(`${usage} → ${rating.total}`, tariffWords).toBe(`${usage} → ${price}`);
    if (billed !== undefined) expect(`${usage} → ${rating.billedSeconds} s`).toBe(`${usage} → ${billed} s`);
    expect(rating.lines.reduce((sum, { amount }) => sum + amount, 0n)).toBe(rating.total);
  }
}

describe("rounding and increments", () => {
  test("started minutes: 17:01 is 18 minutes, 17:00 is 17, nothing is nothing", () =>
    rates(
      "price=10",
      `0      | 0   | 0
       0.999  | 0   | 0
       1      | 10  | 60
       60     | 10  | 60
       60.999 | 10  | 60
       61     | 20  | 120
       17:00  | 170 | 1020
       17:01  | 180 | 1080
       18:00  | 180 | 1080`,
    ));

  test("rounding down: 65 s, 95 s and 125 s are 10, 10 and 20; 59 s are nothing", () =>
    rates(
      "price=10 rounding=down",
      `59  | 0  | 0
       60  | 10 | 60
       65  | 10 | 60
       95  | 10 | 60
       125 | 20 | 120`,
    ));

  test("to the nearest: half a step and more is paid", () =>
    rates(
      "price=10 rounding=nearest",
      `29 | 0  | 0
       30 | 10 | 60
       89 | 10 | 60
       90 | 20 | 120`,
    ));

  test("30/6: half a minute first, then a tenth at a time", () =>
    rates(
      "price=10 steps=30/6",
      `1  | 5  | 30
       30 | 5  | 30
       31 | 6  | 36
       36 | 6  | 36
       37 | 7  | 42`,
    ));

  test("a line for each increment: it ends where the increment was completed in talking time", () => {
    const { tariff } = termsOf(["coin-minutes"]);
    const lines = (...usage: [string, string][]) => {
      const intervals = usage.map(([from, to]) => ({ from: timeOf(from), to: timeOf(to) }));
      const rating = rateUsage(tariff, intervals);
      expect(rating.total).toBe(rateUsage({ ...tariff, lines: "merged" }, intervals).total);
      return rating.lines.map(({ kind, to, amount, increments, seconds }) =>
        [kind, sayTime(to), amount, increments, seconds].join(" "),
      );
    };
    expect(lines(["12:00:00", "12:01:05"])).toEqual(["usage 12:01:00 10 1 60"]);
    expect(lines(["12:00:00", "12:01:35"])).toEqual(["usage 12:01:00 10 1 60"]);
    expect(lines(["12:00:00", "12:02:05"])).toEqual(["usage 12:01:00 10 1 60", "usage 12:02:00 10 1 60"]);
    expect(lines(["12:00:00", "12:00:59"])).toEqual(["usage 12:00:59 0 0 0"]);
    expect(lines(["12:00:00", "12:00:40"], ["12:05:00", "12:05:20"], ["12:06:00", "12:07:30"])).toEqual([
      "usage 12:05:20 10 1 60",
      "usage 12:07:00 10 1 60",
    ]);
  });

  test("… rounded up the last one was only begun; free seconds, prices and odd coins fall to their own lines", () => {
    const lines = (words: string, seconds: number) => {
      const { tariff } = termsOf(`creator-call lines=per_increment ${words}`.split(" "));
      const from = timeOf("12:00:00");
      return rateUsage(tariff, [{ from, to: from + seconds * 1000 }]).lines.map(
        ({ kind, to, pricePerMinute, amount }) => `${kind} ${sayTime(to)} ${pricePerMinute} ${amount}`,
      );
    };
    expect(lines("price=10 fee=3 free=30", 95)).toEqual([
      "connect_fee 12:00:00 0 3",
      "free_time 12:00:30 0 0",
      "usage 12:01:30 10 10",
      "usage 12:01:35 10 10",
    ]);
    expect(lines("price=1 steps=30/30 rounding=down", 120)).toEqual([
      "usage 12:00:30 1 0",
      "usage 12:01:00 1 1",
      "usage 12:01:30 1 0",
      "usage 12:02:00 1 1",
    ]);
    expect(lines("price=10 window=12:01-24:00@4", 120)).toEqual(["usage 12:01:00 10 10", "usage 12:02:00 4 4"]);
    expect(lines("price=10", 4 * 3600).length).toBe(240);
  });

  test("by the second: the sum is rounded once, up, down or to the nearest", () => {
    rates("price=10 steps=1/1", "1 | 1\n 6 | 1\n 7 | 2\n 3600 | 600");
    rates("price=10 steps=1/1 rounding=down", "5 | 0\n 6 | 1\n 11 | 1");
    rates("price=10 steps=1/1 rounding=nearest", "2 | 0\n 3 | 1\n 8 | 1\n 9 | 2");
  });
});

describe("fees, free time, minimum", () => {
  test("the connect fee is charged once, and not for nothing", () =>
    rates("price=10 fee=3", "0 | 0\n 1 | 13\n 61 | 23"));

  test("free seconds come first: no fee and no minimum within them", () =>
    rates("price=10 fee=3 minimum=20 free=30", "1 | 0 | 0\n 30 | 0 | 0\n 31 | 20 | 60\n 90 | 20 | 60\n 91 | 23 | 120"));

  test("no charge under n seconds, then everything", () =>
    rates("price=10 nochargeunder=10", "9 | 0 | 0\n 9.999 | 0\n 10 | 10 | 60"));

  test("the minimum tops up what was charged, it does not charge what was not", () =>
    rates("price=10 minimum=25", "0 | 0\n 1 | 25\n 120 | 25\n 121 | 30"));

  test("rounding down below the first step: the fee and the minimum still stand", () =>
    rates("price=10 rounding=down fee=2 minimum=5", "59 | 5 | 0\n 60 | 12 | 60"));

  test("a price of zero is a price", () => rates("price=0", "1 | 0 | 60\n 600 | 0 | 600"));

  test("the lines say what was paid for", () => {
    const { tariff } = termsOf(["creator-call", "price=10", "fee=3", "free=30", "minimum=50"]);
    const from = timeOf("12:00:00");
    const { lines } = rateUsage(tariff, [{ from, to: from + 100_000 }]);
    expect(lines).toEqual([
      { kind: "connect_fee", from, to: from, seconds: 0, pricePerMinute: 0n, amount: 3n, increments: 0 },
      { kind: "free_time", from, to: from + 30_000, seconds: 30, pricePerMinute: 0n, amount: 0n, increments: 0 },
      {
        kind: "usage",
        from: from + 30_000,
        to: from + 100_000,
        seconds: 120,
        pricePerMinute: 10n,
        amount: 20n,
        increments: 2,
      },
      { kind: "minimum", from: null, to: null, seconds: 0, pricePerMinute: 0n, amount: 27n, increments: 0 },
    ]);
  });
});

describe("windows", () => {
  const at = (time: string) => timeOf(time);
  const lines = (words: string, ...usage: [string, string][]) => {
    const { tariff } = termsOf(`creator-call ${words}`.split(" "));
    const intervals: Interval[] = usage.map(([from, to]) => ({ from: at(from), to: at(to) }));
    return rateUsage(tariff, intervals).lines.map(
      ({ pricePerMinute, amount, increments }) => `${increments}×${pricePerMinute}=${amount}`,
    );
  };

  test("an increment costs what holds when it starts", () => {
    expect(lines("price=10 window=18:00-24:00@4", ["17:58:30", "18:01:30"])).toEqual(["2×10=20", "1×4=4"]);
    expect(lines("price=10 window=18:00-24:00@4", ["17:58:00", "18:02:00"])).toEqual(["2×10=20", "2×4=8"]);
  });

  test("the steps go on after a pause, at the price of the later hour", () =>
    expect(lines("price=10 window=18:00-24:00@4", ["17:57:30", "17:58:30"], ["18:00:00", "18:01:01"])).toEqual([
      "1×10=10",
      "2×4=8",
    ]));

  test("the local hour counts, and another weekday has another price", () => {
    expect(lines("price=10 window=18:00-24:00@4 offset=60", ["17:00:00", "17:02:00"])).toEqual(["2×4=8"]);
    const { tariff } = termsOf(["creator-call", "price=10", "window=0:00-24:00@1"]);
    const window = tariff.windows[0];
    if (window === undefined) throw new Error("no window");
    window.weekdays = [0];
    const midnight = storyDay + 86_400_000;
    const total = rateUsage(tariff, [{ from: midnight - 120_000, to: midnight + 180_000 }]).total;
    expect(total).toBe(2n * 10n + 3n * 1n);
  });

  test("amounts of the lines add up although each price alone is no whole coin", () =>
    expect(lines("price=1 steps=1/1 window=18:00-24:00@2", ["17:59:31", "18:00:16"])).toEqual(["29×1=1", "16×2=1"]));
});

describe("what a hold covers", () => {
  const cover = (words: string, placed: bigint) =>
    coverSeconds(termsOf(`creator-call ${words}`.split(" ")).tariff, placed, timeOf("12:00:00"));
  const price = (words: string, seconds: number) =>
    priceOfSeconds(termsOf(`creator-call ${words}`.split(" ")).tariff, seconds, timeOf("12:00:00"));

  test("every started step is paid, whatever the rounding of the charge", () => {
    expect(cover("price=10", 300n)).toBe(1800);
    expect(cover("price=10", 309n)).toBe(1800);
    expect(cover("price=10", 9n)).toBe(0);
    expect(cover("price=10 rounding=down", 25n)).toBe(120);
    expect(cover("price=10 steps=30/6", 7n)).toBe(42);
    expect(cover("price=10 steps=1/1", 1n)).toBe(6);
  });

  test("fee and minimum are held first, free seconds come on top", () => {
    expect(cover("price=10 fee=5", 4n)).toBe(0);
    expect(cover("price=10 fee=5", 25n)).toBe(120);
    expect(cover("price=10 minimum=20", 19n)).toBe(0);
    expect(cover("price=10 minimum=20", 20n)).toBe(120);
    expect(cover("price=10 free=45", 0n)).toBe(45);
    expect(cover("price=10 free=45", 10n)).toBe(105);
  });

  test("a price of zero has no limit, and no hold is looked at for longer than a year", () => {
    expect(cover("price=0", 0n)).toBe(null);
    expect(cover("price=0 window=18:00-24:00@0", 0n)).toBe(null);
    expect(cover("price=1", 2n ** 62n)).toBe(null);
    expect(cover("price=0 window=18:00-24:00@1", 2n ** 62n)).toBe(null);
  });

  test("with windows the cheaper hours last longer", () => {
    expect(cover("price=10 window=12:10-24:00@1", 105n)).toBe(600 + 300);
    expect(cover("price=10 window=12:10-24:00@0", 105n)).toBe(12 * 3600 + 0);
  });

  test("with windows the money that is left runs on from where the usage paused, not from now", () => {
    const { tariff } = termsOf(["creator-call", "price=10", "window=12:10-24:00@1"]);
    const used = [{ from: timeOf("12:00:00"), to: timeOf("12:09:00") }];
    expect(coverSeconds(tariff, 100n, timeOf("12:30:00"), used)).toBe(600);
    expect(priceOfSeconds(tariff, 600, timeOf("12:30:00"), used)).toBe(100n);
    expect(coverSeconds(tariff, 100n, timeOf("12:30:00"))).toBe(6000);
  });

  test("the price of an estimate", () => {
    expect(price("price=10", 1800)).toBe(300n);
    expect(price("price=10 rounding=down", 1799)).toBe(300n);
    expect(price("price=10 free=60", 60)).toBe(0n);
    expect(price("price=10 fee=5 minimum=50 free=60", 61)).toBe(50n);
    expect(price("price=10 window=12:10-24:00@1", 1200)).toBe(110n);
  });
});

describe("the stretch of the clock that a line names", () => {
  const { tariff } = termsOf(["creator-call"]);
  const noon = timeOf("12:00:00");
  const spans = (...intervals: Interval[]) => rateUsage(tariff, intervals).lines.map(({ from, to }) => [from, to]);

  test("is none when the line is of no time, however little was talked", () => {
    expect(spans()).toEqual([[null, null]]);
    expect(spans({ from: noon, to: noon + 999 })).toEqual([[null, null]]);
  });

  test("is the time that was talked, whatever is paid beyond it", () =>
    expect(spans({ from: noon, to: noon + 61_000 })).toEqual([[noon, noon + 61_000]]));
});
