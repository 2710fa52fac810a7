// Stories of the bonus for long calls: who gets it, once, and when nobody does.
import { describe, expect, test } from "vitest";
import { tell } from "../../test/money-story.ts";
import { story } from "../../test/story.ts";

const call = (terms: string, rows: string) => {
  const { charge } = story(`
    terms match ${terms}
    12:00:00 requested
    12:00:00 accepted mia
    12:00:00 joined leo c1
    12:00:00 joined mia m1
    ${rows}`);
  return {
    coins: charge.bonuses.map(({ userId, amount }) => `${userId}:${amount}`).join(","),
    why: charge.policyDecisions.filter(({ policy }) => policy === "long_call_bonus").map(({ why }) => why),
  };
};

describe("a completed call that lasted long enough", () => {
  test("grants coins to the payer, the payee, or both", () => {
    const end = "12:05:00 hangup leo\n 12:30:00 is completed";
    expect(call("bonus=300/5/payer", end).coins).toBe("leo:5");
    expect(call("bonus=300/5/payee", end).coins).toBe("mia:5");
    expect(call("bonus=300/5/both", end)).toEqual({
      coins: "leo:5,mia:5",
      why: Array(2).fill("the call lasted 300 s, at least 300 s"),
    });
  });

  test("… however it ended", () => {
    expect(call("bonus=300/5/payer", "12:05:00 left leo c1\n 12:30:00 is completed").coins).toBe("leo:5");
    expect(call("bonus=300/5/payer maximum=300", "12:30:00 is completed").coins).toBe("leo:5");
  });
});

describe("nobody gets it", () => {
  test("for less, for nothing, and for a call that never started", () => {
    expect(call("bonus=300/5", "12:04:59.999 hangup leo\n 12:30:00 is completed")).toEqual({
      coins: "",
      why: ["the call lasted 299 s, less than 300 s"],
    });
    expect(call("bonus=300/0", "12:05:00 hangup leo\n 12:30:00 is completed").why).toEqual([
      "the policy grants no coins",
    ]);
    const { charge } = story`
      terms match bonus=300/5
      12:00:00 requested
      12:30:00 bill 0 missed`;
    expect([charge.bonuses, charge.policyDecisions[1]?.why]).toEqual([[], "the call never started"]);
  });

  test("for time that only began to count as a call: a lost connection ends it where it was lost", () =>
    expect(call("bonus=300/5", "12:04:50 left leo c1\n 12:30:00 is completed").coins).toBe(""));

  test("who paid but was not there, and who only attended", () => {
    const { charge } = story`
      terms creator-call bonus=60/5/both
      parties leo:payer ann:payer mia:payee bob:attendee
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:00 joined bob b1
      12:02:00 hangup mia
      12:30:00 is completed`;
    expect(charge.bonuses.map(({ userId }) => userId)).toEqual(["leo", "mia"]);
  });
});

describe("the coins", () => {
  test("come from outside, once, when the call is settled", () => {
    const hall = tell(`
      terms match bonus=300/5/both
      wallets leo=1 mia=0
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:06:00 money leo=1 mia=0
      12:06:00 hangup leo
      12:07:00 hangup mia
      12:30:00 money leo=6 mia=5 platform=0
      12:30:00 plan posted=bonus:leo:long_call_bonus:5,bonus:mia:long_call_bonus:5`);
    expect(hall.balance("external")).toBe(-10n);
    expect(hall.plan(null).transfers).toEqual([]);
  });

  test("stay granted when late evidence shortens the call, and are not granted late", () => {
    tell(`
      terms match bonus=300/5/payer
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:06:00 hangup leo
      12:20:00 left leo c1 on=12:02:00 source=report
      12:20:00 plan end=12:02:00 posted=bonus:leo:long_call_bonus:5`);
    tell(`
      terms match bonus=300/5/payer
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:02:00 joined mia m1
      12:06:00 hangup leo
      12:20:00 joined mia m0 on=12:00:00 source=report
      12:20:00 plan posted=`);
  });
});
