// Instants in both of Stream's spellings: the same instant is the same number.
import { describe, expect, it } from "vitest";
import { readStreamTime } from "./times.ts";

const at = Date.parse("2026-03-02T10:00:00.123Z");

describe("readStreamTime", () => {
  it.each([
    ["2026-03-02T10:00:00.123Z", at],
    ["2026-03-02T10:00:00.123456789Z", at],
    ["2026-03-02T10:00:00.123999999Z", at],
    ["2026-03-02T11:00:00.123+01:00", at],
    ["2026-03-02t10:00:00.123z", at],
    ["2026-03-02T10:00:00Z", at - 123],
    ["2026-03-02T10:00:00.1Z", at - 23],
    [at * 1_000_000, at],
    [at * 1_000_000 + 456_789, at],
  ])("reads %j", (value, expected) => {
    expect(readStreamTime(value)).toBe(expected);
  });

  it("loses no millisecond of the thousand in a second of nanoseconds", () => {
    const second = at - 123;
    const all = Array.from({ length: 1000 }, (_, ms) => second + ms);
    // Number() of the digits is what JSON.parse makes of them: a double, which cannot hold all of them.
    expect(all.map((ms) => readStreamTime(Number(`${ms}000000`)))).toEqual(all);
  });

  it.each([
    null,
    undefined,
    "",
    "yesterday",
    "2026-03-02",
    "2026-03-02T10:00:00",
    "2026-03-02 10:00",
    "2026-13-02T10:00:00Z",
    "0001-01-01T00:00:00Z",
    0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1_772_445_600,
    1_772_445_600_123,
    true,
    {},
    ["2026-03-02T10:00:00Z"],
  ])("does not take %j for an instant", (value) => {
    expect(readStreamTime(value)).toBeNull();
  });
});
