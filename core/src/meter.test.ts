// Stories of the meter: with whom a payer must be for the time to count, and between which instants it runs.
import { describe, expect, test } from "vitest";
import { timeOf } from "../test/clock.ts";
import { story } from "../test/story.ts";
import { foldCall } from "./fold.ts";
import { meterCall } from "./meter.ts";

/** Seconds that each payer is billed, and per pause who was away. */
const usageOf = (rows: string) =>
  story(rows).charge.payers.map(({ payerId, usage: { billableMs, pauses } }) =>
    [payerId, billableMs / 1000, ...pauses.map(({ userIds }) => userIds.join("+"))].join(" "),
  );

describe("together", () => {
  test("two payers and a payee: time with the other payer alone counts for neither", () =>
    expect(
      usageOf(`
        parties leo:payer zoe:payer mia:payee
        12:00:00 requested
        12:00:00 accepted mia
        12:00:00 joined leo c1
        12:00:00 joined zoe z1
        12:00:00 joined mia m1
        12:01:00 left mia m1
        12:01:20 joined mia m2
        12:02:00 left mia m2
        12:30:00 is completed`),
    ).toEqual(["leo 100 mia", "zoe 100 mia"]));

  test("a payer's pause names payer and payee, and no other payer who was away too", () =>
    expect(
      usageOf(`
        parties leo:payer zoe:payer mia:payee
        12:00:00 requested
        12:00:00 accepted mia
        12:00:00 joined leo c1
        12:00:00 joined zoe z1
        12:00:00 joined mia m1
        12:01:00 left leo c1
        12:01:00 left zoe z1
        12:01:20 joined leo c2
        12:01:20 joined zoe z2
        12:02:00 hangup mia
        12:30:00 is completed`),
    ).toEqual(["leo 100 leo", "zoe 100 zoe"]));

  test("without a payee: time with anybody counts, and nobody is somebody to oneself", () => {
    const rows = `
        parties leo:payer zoe:payer
        12:00:00 requested
        12:00:00 accepted -
        12:00:00 joined leo c1
        12:00:00 joined zoe z1`;
    expect(usageOf(`${rows}\n 12:05:00 is active`)).toEqual(["leo 300", "zoe 300"]);
    expect(usageOf(`${rows}\n 12:01:00 left zoe z1\n 12:01:20 joined zoe z2\n 12:02:00 is active`)).toEqual([
      "leo 100 ",
      "zoe 100 zoe",
    ]);
  });

  test("without a payee and with nobody else, nothing counts", () => {
    const { facts, events } = story(`
        terms creator-call
        parties leo:payer ann:attendee
        12:00:00 requested
        12:00:00 accepted -
        12:00:00 joined leo c1
        12:00:00 started
        12:00:20 is active`);
    const asOf = timeOf("12:00:20");
    const state = foldCall(facts, events, asOf);
    expect(meterCall(facts, state, asOf)).toEqual([{ payerId: "leo", intervals: [], pauses: [], billableMs: 0 }]);
  });
});

describe("the meter runs", () => {
  test("not before the start: a call that never began has no usage and no pause", () => {
    const { charge } = story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:30:00 is missed`;
    expect(charge.payers.map(({ usage }) => usage)).toEqual([
      { payerId: "leo", intervals: [], pauses: [], billableMs: 0 },
    ]);
  });

  test("to the end or to the instant that is asked about, whichever comes first", () => {
    const { facts, events } = story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:10:00 hangup leo
      12:30:00 is completed`;
    const state = foldCall(facts, events, timeOf("12:30:00"));
    const msAt = (time: string) => meterCall(facts, state, timeOf(time))[0]?.billableMs;
    expect(["12:00:00", "12:04:00", "12:10:00", "12:30:00"].map(msAt)).toEqual([0, 240_000, 600_000, 600_000]);
  });
});
