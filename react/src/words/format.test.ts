// Numbers, durations and dates as people of a locale read them.
import { expect, test } from "vitest";
import { createFormat } from "./format.ts";
import { english } from "./words.ts";

const format = createFormat(english, "en-GB");

test.each([
  [0, "0:00"],
  [59.9, "0:59"],
  [1021, "17:01"],
  [3600, "1:00:00"],
  [-5, "0:00"],
])("%d seconds on a clock are %s", (seconds, text) => {
  expect(format.clock(seconds)).toBe(text);
});

test.each([
  [0, "0 s"],
  [45, "45 s"],
  [60, "1 min"],
  [90, "1 min 30 s"],
  [3000, "50 min"],
  [3600, "1 h"],
  [3930, "1 h 5 min"],
])("%d seconds as a duration are %s", (seconds, text) => {
  expect(format.duration(seconds)).toBe(text);
});

test.each([
  [3600, "1 h"],
  [86_400, "1 day"],
  [604_800, "7 days"],
  [90_000, "25 h"],
])("%d seconds as a period are %s", (seconds, text) => {
  expect(format.period(seconds)).toBe(text);
});

test.each([
  [1, "1 coin"],
  [0, "0 coins"],
  [1234n, "1,234 coins"],
])("%s coins are %s", (amount, text) => {
  expect(format.coins(amount)).toBe(text);
});

test("signs are real ones, and nothing has none", () => {
  expect([format.signed(5), format.signed(-5), format.less(5), format.less(0)]).toEqual(["+5", "−5", "−5", "0"]);
});

test("shares and another locale", () => {
  expect(format.percent(2000)).toBe("20%");
  expect(format.percent(1250)).toBe("12.5%");
  expect(createFormat(english, "de").number(1234567)).toBe("1.234.567");
});
