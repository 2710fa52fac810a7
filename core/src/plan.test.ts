// Stories of the money: what is placed, extended, captured, released and given back, on a small ledger.
import { describe, expect, test } from "vitest";
import { sayTime, timeOf } from "../test/clock.ts";
import { tell } from "../test/money-story.ts";
import { eventOf } from "../test/story.ts";
import { planCall } from "./plan.ts";

describe("the hold", () => {
  test("source document 004: 30 minutes at 10 hold 300; 18 minutes cost 180, 120 go back, 144 and 36 are shared", () => {
    tell(`
      wallets leo=500
      12:00:00 requested
      12:00:00 money leo=200 call:leo=300
      12:00:00 plan estimated=300 settled=false wake=12:00:45 posted=place.1:300
      12:00:05 accepted mia
      12:00:10 joined leo c1
      12:00:20 joined mia m1
      12:00:20 plan status=active funded=12:30:20 low=false
      12:18:20 hangup leo
      12:18:20 money leo=320 call:leo=0 mia=144 platform=36
      12:18:20 plan settled=true wake=- posted=place.1:300,capture:leo:144,fee:leo:36,release:leo:120`);
  });

  test("in a pause it is looked at every ten seconds, however close the instant is that goes along with the clock", () => {
    const hall = tell(`
      wallets leo=500
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:00 plan funded=12:30:00 wake=12:28:30
      12:28:29.995 left leo c1 reason=connection_lost
      12:28:30 plan wake=12:28:40 funded=12:30:00.005 posted=place.1:300
      12:28:50 plan wake=12:28:59.995 funded=12:30:20.005
      12:28:51 joined leo c2
      12:28:51.005 plan wake=12:29:51.005 posted=place.1:300,place.2:10`);
    expect(hall.statuses.length).toBeLessThan(12);
  });

  test("an instant that is over wakes nobody in a pause", () => {
    tell(`
      wallets leo=300
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:29:30 left leo c1 reason=connection_lost
      12:29:30 plan low=true wake=12:30:00
      12:29:35 seen mia m1
      12:29:35 plan low=true funded=12:30:05 wake=12:30:00`);
  });

  test("a pause in which the money is nearly used up ends with it only when it goes on", () => {
    tell(`
      wallets leo=300
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:29:59.995 left leo c1 reason=connection_lost
      12:30:20 plan status=active
      12:30:20.500 joined leo c2
      12:30:20.505 plan status=completed reason=out_of_funds end=12:30:20.505`);
  });

  test("I3: rejected, cancelled and missed calls release all of it and charge nothing", () => {
    const ends = ["12:00:05 rejected mia", "12:00:05 cancelled leo", "12:00:05 hangup mia", "12:00:45 accepted mia"];
    for (const row of ends) {
      tell(`
        wallets leo=500
        12:00:00 requested
        ${row}
        12:30:00 money leo=500 call:leo=0 mia=0 platform=0
        12:30:00 plan settled=true posted=place.1:300,release:leo:300`);
    }
  });

  test("accepted, but nobody joined: released at the join timeout", () => {
    tell(`
      wallets leo=500
      12:00:00 requested
      12:00:05 accepted mia
      12:02:04 money call:leo=300
      12:02:05 money leo=500 call:leo=0
      12:02:05 plan status=missed end=12:02:05 settled=true`);
  });

  test("without holds nothing is placed and nothing captured", () => {
    tell(`
      terms match
      wallets leo=5 mia=5
      12:00:00 requested
      12:00:00 plan estimated=0 posted=
      12:00:05 accepted mia
      12:00:10 joined leo c1
      12:00:10 joined mia m1
      12:05:00 hangup leo
      12:05:00 money leo=5 mia=5 platform=0
      12:05:00 plan settled=true posted= funded=-`);
  });

  test("no payee: the platform gets all of it", () => {
    tell(`
      parties leo:payer ann:attendee
      12:00:00 requested
      12:00:05 accepted -
      12:00:10 joined leo c1
      12:00:10 joined ann a1
      12:05:10 hangup leo
      12:05:10 money leo=950 platform=50 call:leo=0
      12:05:10 plan posted=place.1:300,capture:leo:50,release:leo:250`);
  });

  test("two payers are settled each by themselves", () => {
    tell(`
      parties leo:payer ann:payer mia:payee
      wallets leo=300 ann=400
      12:00:00 requested
      12:00:00 plan posted=place.1:leo:300,place.1:ann:300 estimated=600
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined ann a1
      12:00:00 joined mia m1
      12:01:00 hangup ann
      12:03:00 hangup mia
      12:03:00 money leo=270 ann=390 mia=32 platform=8 call:leo=0 call:ann=0`);
  });
});

describe("the extension", () => {
  test("a call longer than its estimate goes on in slices while money lasts, then ends and costs what was held", () => {
    tell(`
      wallets leo=35
      minutes 1
      12:00:00 requested
      12:00:00 plan posted=place.1:10
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:00 plan posted=place.1:10,place.2:10 funded=12:02:00 wake=12:00:30
      12:00:30 plan posted=place.1:10,place.2:10,place.3:10 funded=12:03:00 wake=12:01:30 low=false
      12:01:30 plan funded=12:03:00 wake=12:02:00 low=false
      12:01:59 plan low=false
      12:02:00 plan low=true wake=12:03:00
      12:03:00 plan status=completed reason=out_of_funds end=12:03:00 settled=true
      12:30:00 money leo=5 call:leo=0 mia=24 platform=6`);
  });

  test("a top-up in the last minute is found at the next look", () => {
    tell(`
      wallets leo=10
      minutes 1
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:00 plan low=true funded=12:01:00
      12:00:50 credit leo=25
      12:00:50 plan low=false funded=12:03:00 wake=12:01:30 posted=place.1:10,place.2:20
      12:30:00 money leo=5 call:leo=0
      12:30:00 plan reason=out_of_funds end=12:03:00`);
  });

  test("a short wallet pays as many whole steps as it can, and no part of one", () => {
    tell(`
      terms creator-call steps=30/6 price=10
      wallets leo=17
      minutes 1
      12:00:00 requested
      12:00:00 plan posted=place.1:10
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:00 plan posted=place.1:10,place.2:7 funded=12:01:42
      12:30:00 money leo=0 call:leo=0 mia=14 platform=3
      12:30:00 plan end=12:01:42 reason=out_of_funds`);
    tell(`
      wallets leo=19
      minutes 1
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:30:00 money leo=9 call:leo=0
      12:30:00 plan end=12:01:00 reason=out_of_funds posted=place.1:10,capture:leo:8,fee:leo:2`);
  });

  test("several short slices are placed at once, so that a plan is complete", () => {
    tell(`
      terms creator-call funding=slices/10/61 steps=1/1 price=60
      wallets leo=500
      12:00:00 requested
      12:00:00 plan posted=place.1:10
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:00 plan posted=place.1:10,place.2:60 funded=12:01:10 wake=12:00:09`);
  });

  test("nothing is placed beyond the maximum duration, and its end is no low balance", () => {
    tell(`
      terms creator-call maximum=150
      wallets leo=500
      minutes 1
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:30 plan posted=place.1:10,place.2:10,place.3:10 funded=12:03:00 wake=12:02:30
      12:02:00 plan low=false
      12:30:00 plan reason=time_limit end=12:02:30
      12:30:00 money leo=470 call:leo=0`);
  });

  test("a pause moves the end of the money, and no slice is placed for it", () => {
    tell(`
      wallets leo=30
      minutes 2
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:20 left leo c1
      12:00:40 joined leo c2
      12:00:50 plan posted=place.1:20,place.2:10 funded=12:03:20
      12:30:00 plan reason=out_of_funds end=12:03:20
      12:30:00 money leo=0 call:leo=0 mia=24 platform=6`);
  });

  test("coin-minutes: slices, rounded down; what is held for the last minute comes back", () => {
    tell(`
      terms coin-minutes
      wallets leo=100
      12:00:00 requested
      12:00:00 plan posted=place.1:10 estimated=300
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:30 money call:leo=30
      12:01:05 hangup leo
      12:01:05 money leo=90 mia=8 platform=2 call:leo=0`);
  });

  test("the server slept through the extension: billing stopped where the held money did", () => {
    const hall = tell(`
      wallets leo=500
      minutes 1
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1`);
    hall.now = timeOf("12:45:00");
    const plan = hall.advance();
    expect([plan.state.endReason, sayTime(plan.state.endedAt)]).toEqual(["out_of_funds", "12:02:00"]);
    expect([hall.balance("wallet:leo"), hall.balance("call:leo")]).toEqual([480n, 0n]);
  });

  test("wallets that are known to be empty place nothing and are not asked again for nothing", () => {
    const hall = tell(`
      wallets leo=10
      minutes 1
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1`);
    expect(hall.plan({ leo: 0n }).transfers).toEqual([]);
    expect(hall.plan({}).transfers).toEqual([]);
    expect(hall.plan(null).transfers.map(({ name, amount }) => [name, amount])).toEqual([["place.2", 10n]]);
  });
});

describe("after the settlement", () => {
  test("an absence that was still bridged when the money ran out never ends the call later", () => {
    tell(`
      terms creator-call billable=own_presence
      wallets leo=10
      minutes 1
      12:00:00 requested
      12:00:05 accepted mia
      12:00:10 joined leo c1
      12:00:10 joined mia m1
      12:01:00 left mia m1 reason=unknown
      12:01:10 plan status=completed reason=out_of_funds end=12:01:10
      12:02:00 money leo=0 mia=8 platform=2
      12:02:00 left mia m1 source=webhook on=12:01:00
      12:02:00 plan reason=out_of_funds end=12:01:10 posted=place.1:10,capture:leo:8,fee:leo:2`);
  });

  const settled = `
      wallets leo=500
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:10:00 hangup leo
      12:10:00 money leo=400 mia=80 platform=20`;

  test("I9: late evidence that shortens gives the difference back, by the same split, once", () => {
    tell(`${settled}
      12:20:00 left leo c1 on=12:07:30 source=report
      12:20:00 money leo=420 mia=64 platform=16 call:leo=0
      12:21:00 left leo c1 on=12:07:30 source=report
      12:22:00 left mia m1 on=12:02:30 source=report
      12:22:00 money leo=470 mia=24 platform=6
      12:22:00 plan posted=place.1:300,capture:leo:80,fee:leo:20,release:leo:200,refund.1:16,refund.1:platform:4,refund.3:40,refund.3:platform:10`);
  });

  test("late evidence that would cost more costs nothing", () => {
    tell(`
      wallets leo=500
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:02:00 money leo=500
      12:10:00 hangup leo
      12:20:00 joined mia m0 on=12:00:00 source=webhook
      12:20:00 money leo=500 mia=0 platform=0
      12:20:00 plan status=missed`);
    tell(`
      wallets leo=500
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:01:30 joined mia m1
      12:10:00 hangup leo
      12:10:00 money leo=410 mia=72 platform=18
      12:20:00 joined mia m0 on=12:00:00 source=webhook
      12:20:00 money leo=410 mia=72 platform=18`);
  });

  test("a payee whose wallet is empty gives back what is there, and the rest later", () => {
    const hall = tell(settled);
    hall.balances.set("wallet:mia", 10n);
    hall.balances.set("wallet:bank", 70n);
    hall.receive(timeOf("12:20:00"), [eventOf(["12:05:00", "left", "leo", "c1", "source=report"], 99)]);
    // 50 are due. With the payee's 10 the platform gives its part: 13 of 100 are 10 and 3.
    expect([hall.balance("wallet:mia"), hall.balance("wallet:leo")]).toEqual([0n, 413n]);
    hall.balances.set("wallet:mia", 70n);
    hall.advance();
    expect([hall.balance("wallet:mia"), hall.balance("wallet:leo"), hall.balance("platform")]).toEqual([
      40n,
      450n,
      10n,
    ]);
    expect(hall.plan(null).transfers).toEqual([]);
  });

  test("I11: money that was placed after the release is released under a name of its own", () => {
    const { facts, events, now } = tell(settled);
    const money = {
      payerId: "leo",
      placed: 310n,
      captured: 100n,
      released: 200n,
      refunded: 0n,
      placements: 2,
      refunds: 0,
    };
    const plan = planCall({ facts, events, asOf: now, money: [money], available: null, penaltiesPosted: [] });
    expect(plan.transfers).toEqual([
      {
        name: "release.2:leo",
        kind: "release",
        from: { kind: "call", payerId: "leo" },
        to: { kind: "wallet", userId: "leo" },
        amount: 10n,
      },
    ]);
  });
});

describe("penalties", () => {
  const match = (wallets: string) => `
      terms match earlyexit=60/3
      wallets ${wallets}
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:30 hangup leo`;

  test("taken once, from the wallet to the platform", () => {
    tell(`${match("leo=5")}
      12:00:31 hangup leo
      12:01:00 money leo=2 platform=3
      12:01:00 plan posted=penalty:leo:early_exit:3`);
  });

  test("up to what is there, and nothing from nobody", () => {
    tell(`${match("leo=2")}
      12:01:00 money leo=0 platform=2`);
    tell(`${match("leo=0")}
      12:01:00 money leo=0 platform=0
      12:01:00 plan posted= settled=true`);
  });
});
