// Stories of calls that are paid from an escrow on a chain: when they start, what is billed, and what the contract owes whom.
import { describe, expect, test } from "vitest";
import { timeOf } from "../test/clock.ts";
import { tell } from "../test/money-story.ts";
import { story } from "../test/story.ts";
import { foldDeposit, fundedSince } from "./deposit.ts";
import { presetTerms, readTerms, writeTerms } from "./index.ts";

/** Ten minutes at 600 units a minute: a deposit of 6,000. */
const opened = `
  terms tutoring-onchain price=600
  wallets leo=5
  minutes 10
  12:00:00 requested
  12:00:05 accepted mia`;

describe("the deposit", () => {
  test("opens without money, is placed when the chain shows it, and becomes claims at the end", () => {
    tell(`${opened}
      12:00:05 plan posted= estimated=6000 status=accepted funded=- wake=12:10:05
      12:01:00 funded id=d1
      12:01:00 money escrow=-6000 call:leo=6000 leo=5
      12:01:10 joined leo c1
      12:01:20 joined mia m1
      12:01:20 plan status=active funded=12:11:20 low=false
      12:04:20 hangup leo
      12:04:20 money escrow=-6000 call:leo=0 claim:mia=1440 claim:platform=360 claim:leo=4200 leo=5 mia=0 platform=0
      12:04:20 plan settled=true posted=place.1:6000,capture:leo:1440,fee:leo:360,release:leo:4200`);
  });

  test("I5: people who are there before it wait; the call starts with it, and not a second of waiting is billed", () => {
    story(`
      terms tutoring-onchain price=600
      12:00:00 requested
      12:00:05 accepted mia
      12:00:10 joined leo c1
      12:00:12 joined mia m1
      12:02:00 is accepted start=- total=0 deposit=-
      12:02:00 funded id=d1
      12:02:30 is active start=12:02:00 seconds=30 deposit=12:02:00
      12:03:00 hangup mia
      12:05:00 bill 600 completed start=12:02:00 seconds=60`);
  });

  test("twice, by two servers or under two ids, it is placed once", () => {
    tell(`${opened}
      12:01:00 funded id=d1
      12:01:01 funded id=d1
      12:01:02 funded id=d2
      12:01:10 joined leo c1
      12:01:20 joined mia m1
      12:02:20 hangup leo
      12:02:20 plan posted=place.1:6000,capture:leo:480,fee:leo:120,release:leo:5400`);
  });

  test("never: the call is missed, and nobody is owed anything", () => {
    tell(`${opened}
      12:00:10 joined leo c1
      12:00:20 joined mia m1
      12:10:04 plan status=accepted
      12:10:05 plan status=missed settled=true posted=
      12:10:05 money escrow=0 claim:leo=0`);
  });

  test("late, when the call was missed: all of it is owed to the payer", () => {
    tell(`${opened}
      12:10:05 plan status=missed settled=true
      12:11:00 funded id=d1
      12:11:00 money escrow=-6000 call:leo=0 claim:leo=6000
      12:11:00 plan status=missed settled=true posted=place.1:6000,release:leo:6000 wake=-`);
  });

  test("at the very end of the time to join: the deadline has passed", () => {
    tell(`${opened}
      12:00:10 joined leo c1
      12:00:20 joined mia m1
      12:10:05 funded id=d1
      12:10:06 plan status=missed posted=place.1:6000,release:leo:6000`);
  });

  test("I3: cancelled, rejected or missed after it: all of it is owed to the payer", () => {
    for (const row of ["12:02:00 cancelled leo", "12:02:00 cancelled mia", "12:02:00 ended -", "12:02:00 hangup leo"]) {
      tell(`${opened}
        12:01:00 funded id=d1
        ${row}
        12:20:00 money escrow=-6000 call:leo=0 claim:leo=6000 claim:mia=0 claim:platform=0
        12:20:00 plan status=cancelled settled=true posted=place.1:6000,release:leo:6000`);
    }
    tell(`
      terms tutoring-onchain price=600
      minutes 10
      12:00:00 requested
      12:00:01 funded id=d1
      12:00:05 rejected mia
      12:00:05 plan status=rejected posted=place.1:6000,release:leo:6000`);
  });

  test("ended before it was there: cancelled, and what comes later goes back", () => {
    tell(`${opened}
      12:00:10 joined leo c1
      12:00:20 joined mia m1
      12:00:40 hangup leo
      12:00:40 plan status=cancelled settled=true posted=
      12:01:00 funded id=d1
      12:01:00 plan status=cancelled posted=place.1:6000,release:leo:6000`);
  });

  test("used up: the call ends at the estimated time, with a warning, and is never extended", () => {
    tell(`${opened}
      12:01:00 funded id=d1
      12:01:10 joined leo c1
      12:01:10 joined mia m1
      12:10:09 plan low=false status=active
      12:10:10 plan low=true status=active
      12:11:10 plan status=completed reason=out_of_funds end=12:11:10 settled=true
      12:11:10 plan posted=place.1:6000,capture:leo:4800,fee:leo:1200
      12:11:10 money escrow=-6000 call:leo=0 claim:leo=0 leo=5`);
  });

  test("it covers the estimated seconds and not one more, whatever rounding would pay for", () => {
    const { charge, facts } = story(`
      terms tutoring-onchain price=1
      placed 30
      12:00:00 requested
      12:00:05 accepted mia
      12:00:06 funded id=d1
      12:00:10 joined leo c1
      12:00:10 joined mia m1
      13:00:00 bill 30 completed reason=out_of_funds seconds=1800 cover=1800`);
    expect(facts.estimatedSeconds).toBe(1800);
    expect(charge.payers[0]?.billedSeconds).toBe(1800);
  });

  test("below the minimum duration nothing is charged: all of it is owed to the payer", () => {
    const under = opened.replace("price=600", "price=600 nochargeunder=30");
    const rows = (end: string) => `${under}
      12:01:00 funded id=d1
      12:01:10 joined leo c1
      12:01:10 joined mia m1
      ${end} hangup leo`;
    tell(`${rows("12:01:39")}
      12:01:39 money claim:leo=6000 claim:mia=0 claim:platform=0
      12:01:39 plan status=completed posted=place.1:6000,release:leo:6000`);
    tell(`${rows("12:01:40")}
      12:01:40 money claim:leo=5700 claim:mia=240 claim:platform=60`);
  });

  test("a settled call stays as it is: its voucher was signed", () => {
    tell(`${opened}
      12:01:00 funded id=d1
      12:01:10 joined leo c1
      12:01:10 joined mia m1
      12:03:10 hangup leo
      12:03:10 money claim:mia=960 claim:platform=240 claim:leo=4800
      12:04:00 left leo c1 source=report on=12:02:10
      12:04:00 unfunded id=d1:gone:1 on=12:01:40
      12:04:00 money claim:mia=960 claim:platform=240 claim:leo=4800
      12:04:00 plan posted=place.1:6000,capture:leo:960,fee:leo:240,release:leo:4800`);
  });
});

describe("a deposit that the chain takes back", () => {
  test("before the start: the call does not start until one is there again, and it is placed once", () => {
    tell(`${opened}
      12:01:00 funded id=d1
      12:01:30 unfunded id=d1:gone:1
      12:01:40 joined leo c1
      12:01:40 joined mia m1
      12:02:00 plan status=accepted posted=place.1:6000
      12:03:00 funded id=d2
      12:03:00 plan status=active funded=12:13:00
      12:04:00 hangup leo
      12:04:00 plan posted=place.1:6000,capture:leo:480,fee:leo:120,release:leo:5400`);
  });

  test("before the start, for good: missed, and nobody but the payer has a claim", () => {
    tell(`${opened}
      12:01:00 funded id=d1
      12:01:30 unfunded id=d1:gone:1
      12:01:40 joined leo c1
      12:01:40 joined mia m1
      12:20:00 money claim:leo=6000 claim:mia=0 claim:platform=0
      12:20:00 plan status=missed settled=true`);
  });

  test("after the start: what was billed stays, the meter stands meanwhile, and nobody is cut off", () => {
    story(`
      terms tutoring-onchain price=600
      12:00:00 requested
      12:00:05 accepted mia
      12:00:06 funded id=d1
      12:00:10 joined leo c1
      12:00:10 joined mia m1
      12:01:10 unfunded id=d1:gone:1
      12:05:10 is active seconds=60 total=600 deposit=- funded=- pauses=12:01:10-12:05:10
      12:05:10 funded id=d2
      12:05:40 is active seconds=90 deposit=12:05:10 funded=12:34:10
      12:06:10 hangup mia
      12:10:00 bill 1200 completed seconds=120 pauses=12:01:10-12:05:10`);
  });

  test("after the start, with little of it left: no deadline comes again and again, and the maximum duration ends the call", () => {
    tell(`
      terms tutoring-onchain price=600 maximum=1800
      minutes 1
      12:00:00 requested
      12:00:05 accepted mia
      12:00:06 funded id=d1
      12:00:10 joined leo c1
      12:00:10 joined mia m1
      12:01:09 unfunded id=d1:gone:1
      12:01:09 plan status=active wake=12:30:10 funded=-
      12:30:10 plan status=completed reason=time_limit settled=true
      12:30:10 money claim:mia=472 claim:platform=118 claim:leo=10`);
  });

  test("at one instant: each names what it takes back, so that order says nothing", () => {
    const { events } = story(`
      terms tutoring-onchain price=600
      12:00:00 requested
      12:00:06 funded id=d1
      12:00:06 unfunded id=d1:gone:1
      12:00:06 funded id=d1:again
      12:00:06 unfunded id=other:gone:1
      12:00:10 is pending deposit=12:00:06`);
    expect(fundedSince([...events].reverse())).toBe(timeOf("12:00:06"));
    expect(foldDeposit(events.slice(0, 2), timeOf("12:01:00"))).toEqual([]);
  });

  test("nobody but the chain is believed", () => {
    for (const source of ["command", "report", "webhook", "hint"]) {
      story(`
        terms tutoring-onchain price=600
        12:00:00 requested
        12:00:05 accepted mia
        12:00:06 funded id=d1 source=${source}
        12:00:10 joined leo c1
        12:00:10 joined mia m1
        12:02:00 is accepted deposit=- start=-`);
    }
  });

  test("in calls of coins it says nothing", () => {
    story(`
      12:00:00 requested
      12:00:05 accepted mia
      12:00:10 joined leo c1
      12:00:10 joined mia m1
      12:00:30 unfunded id=d1:gone:1
      12:00:40 funded id=d1
      12:01:10 hangup leo
      12:02:00 bill 10 completed seconds=60 deposit=-`);
  });
});

describe("terms with an escrow", () => {
  const terms = () => writeTerms(presetTerms("tutoring-onchain", { pricePerMinute: 600n, currency: "TEST" }));

  test("what the contract does not know is refused, by its field", () => {
    expect(readTerms(terms()).currency).toBe("TEST");
    const window = { weekdays: [0], fromMinute: 0, toMinute: 60, pricePerMinute: 1 };
    const wrong: [string, unknown][] = [
      ["pricePerMinute", 0],
      ["initialIncrementSeconds", 60],
      ["incrementSeconds", 6],
      ["rounding", "down"],
      ["connectFee", 1],
      ["freeSeconds", 30],
      ["minimumCharge", 1],
      ["windows", [window]],
    ];
    for (const [field, value] of wrong) {
      const tariff = { ...terms().tariff, [field]: value };
      const error = { code: "invalid_terms", param: `terms.tariff.${field}` };
      expect(() => readTerms({ ...terms(), tariff })).toThrow(expect.objectContaining(error));
    }
    const policies = [{ kind: "no_show", coins: 1, who: "payee" }];
    const error = { code: "invalid_terms", param: "terms.policies" };
    expect(() => readTerms({ ...terms(), policies })).toThrow(expect.objectContaining(error));
  });

  test("a minimum duration is known to both sides, and stays", () => {
    const tariff = { ...terms().tariff, noChargeUnderSeconds: 120 };
    expect(readTerms({ ...terms(), tariff }).tariff.noChargeUnderSeconds).toBe(120);
  });
});
