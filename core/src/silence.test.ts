// Stories of silence at the end: whoever looks at a call later, and however often, finds the same bill.
import { describe, expect, test } from "vitest";
import { timeOf } from "../test/clock.ts";
import { tell } from "../test/money-story.ts";
import { story } from "../test/story.ts";

/** Leo's page is never asked for heartbeats here; Mia's gives some, and is owed more. */
const together = `
  12:00:00 requested
  12:00:00 accepted mia
  12:00:00 joined leo c1
  12:00:00 joined mia m1`;

/** Tells a story of money, and looks again and again: no look may find anything that the first one did not. */
function tellForGood(text: string): void {
  const hall = tell(text);
  const journal = [...hall.journal];
  expect(hall.last.settled).toBe(true);
  for (const later of ["12:20:00", "12:30:00", "13:00:00", "23:00:00"]) {
    hall.runUntil(timeOf(later));
    hall.advance();
    expect(hall.journal, `looked at again at ${later}`).toEqual(journal);
  }
}

describe("silence that is noticed after the call was ended by a word, a limit, or the end of the money", () => {
  test("… takes nothing back: the bill of the hang-up stays, whoever looks later", () => {
    story(`${together}
      12:00:00 seen mia m1 until=12:01:00
      12:01:20 hangup leo
      12:01:20 is completed end=12:01:20 total=20 seconds=80
      12:01:30 is completed end=12:01:20 total=20 seconds=80
      12:30:00 bill 20 completed end=12:01:20 known=12:01:20 reason=payer_hung_up by=leo seconds=80 pauses=-`);
    tellForGood(`terms creator-call
      wallets leo=500${together}
      12:00:00 seen mia m1 until=12:01:00
      12:01:20 hangup leo
      12:01:20 money leo=480 mia=16 platform=4`);
  });

  test("… but silence that was noticed before counts, also at the very instant of the hang-up", () => {
    for (const [hangup, seconds] of [
      ["12:01:29.999", 89],
      ["12:01:30", 60],
      ["12:01:40", 60],
    ] as const) {
      story(`terms creator-call grace=60${together}
        12:00:00 seen mia m1 until=12:01:00
        ${hangup} hangup leo
        12:30:00 bill ${seconds === 60 ? 10 : 20} completed end=${hangup} seconds=${seconds}`);
    }
  });

  test("… nor does a heartbeat that comes after the end make a gap of it", () =>
    void story(`${together}
      12:00:00 seen mia m1 until=12:01:00
      12:01:20 hangup leo
      12:01:45 seen mia m1
      12:30:00 bill 20 completed end=12:01:20 seconds=80 pauses=-`));

  test("… the longest duration and the end of the money are ends like a word", () => {
    story(`terms creator-call maximum=80${together}
      12:00:00 seen mia m1 until=12:01:00
      12:01:20 is completed end=12:01:20 seconds=80
      12:30:00 bill 20 completed end=12:01:20 reason=time_limit seconds=80`);
    tellForGood(`terms creator-call price=60 steps=1/1
      wallets leo=80
      minutes 1${together}
      12:00:00 seen mia m1 until=12:01:00
      12:01:20 money leo=0 mia=64 platform=16
      12:01:20 plan reason=out_of_funds end=12:01:20`);
  });

  test("… who waited to the end of the join timeout did wait: the penalty of who stayed away is not given back", () => {
    tellForGood(`terms creator-call noshow=5 join=60
      wallets leo=500 mia=50
      12:00:00 requested
      12:00:00 accepted mia
      12:00:05 joined leo c1
      12:00:05 seen leo c1 until=12:00:50
      12:01:00 plan status=missed posted=place.1:300,release:leo:300,penalty:mia:no_show:5
      12:01:00 money leo=500 mia=45 platform=5`);
  });
});

describe("an absence that ended the call while somebody else has not been heard either", () => {
  const terms = "terms creator-call grace=10";
  const parting = `${together}
    12:00:00 seen mia m1 until=12:01:05
    12:01:10 left leo c1`;

  test("… is settled when the silence is found: the call ended at the last proof, and no later look finds it cheaper", () => {
    story(`${terms}${parting}
      12:01:20 is completed end=12:01:10 known=12:01:35
      12:01:35 is completed end=12:01:05 known=12:01:35 reason=heartbeat_timeout by=mia
      12:30:00 bill 20 completed end=12:01:05 seconds=65`);
    tellForGood(`${terms} steps=1/1 price=60
      wallets leo=500
      minutes 4${parting}
      12:01:20 plan status=active settled=false wake=12:01:35
      12:01:20 money leo=260 call:leo=240 mia=0
      12:01:35 plan status=completed end=12:01:05 settled=true
      12:01:35 money leo=435 call:leo=0 mia=52 platform=13`);
  });

  test("… or when the other one is heard: then nothing was lost", () =>
    tellForGood(`${terms} steps=1/1 price=60
      wallets leo=500
      minutes 4${parting}
      12:01:22 seen mia m1
      12:01:22 plan status=completed end=12:01:10 reason=connection_lost settled=true
      12:01:22 money leo=430 call:leo=0 mia=56 platform=14`));

  test("… or when the other one leaves too, or a word ends it meanwhile", () => {
    for (const word of ["left mia m1 reason=closed", "hangup mia", "ended -"]) {
      tellForGood(`${terms} steps=1/1 price=60
        wallets leo=500
        minutes 4${parting}
        12:01:25 ${word}
        12:01:25 plan status=completed end=12:01:10 settled=true
        12:01:25 money leo=430 mia=56 platform=14`);
    }
  });

  test("… at once where everybody was heard since, and where the grace is as long as the timeout", () => {
    tellForGood(`${terms}${together}
      12:00:00 seen mia m1 until=12:01:12
      12:01:10 left leo c1
      12:01:20 plan status=completed end=12:01:10 settled=true`);
    tellForGood(`terms creator-call grace=30${parting}
      12:01:34 plan status=active settled=false
      12:01:35 plan status=completed end=12:01:05 settled=true`);
  });

  test("… a return within the grace ends nothing, whoever is waited for", () =>
    void story(`${terms}${parting}
      12:01:18 joined leo c2
      12:01:30 seen mia m1 until=12:02:00
      12:02:00 bill 20 active end=- pauses=12:01:10-12:01:18`));

  test("… a return that is heard once and never again is none, and nothing is told before that is known", () =>
    tellForGood(`terms creator-call earlyexit=120/7
      wallets leo=500 mia=50
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:20 left leo c1 reason=closed
      12:00:25 left mia m1 source=webhook reason=client_initiated
      12:00:40 seen leo c2
      12:00:55 plan status=active settled=false wake=12:01:10
      12:01:10 plan status=completed end=12:00:20 reason=connection_lost settled=true
      12:01:10 money leo=490 mia=58 platform=2`));

  test("… two that are gone from the same instant: nobody is named, and nobody is fined before that is known", () =>
    tellForGood(`terms creator-call grace=10 earlyexit=120/7
      wallets leo=500 mia=50${together}
      12:00:00 seen mia m1 until=12:01:10
      12:01:10 left leo c1 source=webhook reason=client_initiated
      12:01:20 plan status=active settled=false wake=12:01:40
      12:01:40 plan status=completed end=12:01:10 reason=heartbeat_timeout
      12:01:40 money leo=480 mia=66 platform=4`));
});

describe("I6: evidence that really comes later, and a client's word", () => {
  test("a left that the provider tells later, of an earlier instant, still shortens", () =>
    void tell(`terms creator-call
      wallets leo=500${together}
      12:00:00 seen mia m1 until=12:02:00
      12:02:10 hangup leo
      12:02:10 money leo=470 mia=24 platform=6
      12:05:00 left mia m1 on=12:00:50 source=report
      12:05:00 money leo=490 mia=8 platform=2
      12:40:00 money leo=490 mia=8 platform=2`));

  test("a client's word that came before the silence was noticed names the end, before and after: nobody is told another one", () => {
    const parting = (word: string) => `terms creator-call grace=10 steps=1/1 price=60${together}
      12:00:00 seen mia m1 until=12:03:00
      12:00:00 seen leo c1 until=12:01:00
      ${word}`;
    story(`${parting("12:01:05 left leo c1 source=hint")}
      12:01:20 is completed end=12:01:00 reason=connection_lost by=leo
      12:01:45 is completed end=12:01:00 reason=connection_lost by=leo
      12:05:00 bill 60 completed end=12:01:00`);
    // … one that comes after it says nothing new, and neither does a left that would have put the blame on somebody.
    for (const word of [
      "12:01:31 left leo c1 source=hint",
      "12:02:00 left leo c1 source=webhook reason=client_initiated",
    ]) {
      story(`${parting(word)}
        12:02:30 is completed end=12:01:00 reason=heartbeat_timeout by=leo
        12:05:00 bill 60 completed end=12:01:00`);
    }
    story(`${parting("12:01:05 left leo c1 source=hint")}
      12:02:00 left leo c1 source=webhook reason=client_initiated
      12:02:30 is completed end=12:01:00 reason=connection_lost by=leo
      12:05:00 bill 60 completed end=12:01:00`);
  });

  test("a client's word never hides a silence: with it the bill is what it is without, or less", () => {
    const told = (hint: string) => {
      const { charge } = story(`terms creator-call grace=10 steps=1/1 price=60${together}
        12:00:00 seen mia m1 until=12:01:00
        12:00:00 seen leo c1 until=12:01:10
        ${hint}
        12:05:00 bill 60 completed end=12:01:00`);
      return charge.state.endReason;
    };
    expect(told("")).toBe("heartbeat_timeout");
    expect(told("12:01:15 left leo c1 source=hint")).toBe("heartbeat_timeout");
    expect(told("12:01:05 left leo c1 source=hint")).toBe("heartbeat_timeout");
    story(`terms creator-call grace=10 steps=1/1 price=60${together}
      12:00:00 seen mia m1 until=12:01:00
      12:00:50 left leo c1 source=hint
      12:05:00 bill 50 completed end=12:00:50`);
  });
});
