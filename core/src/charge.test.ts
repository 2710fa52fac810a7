// Stories of charging: what held money, terms and policies make of the evidence.
import { describe, expect, test } from "vitest";
import { story } from "../test/story.ts";

describe("held money", () => {
  test("I5: the call ends exactly when the hold is used up, and costs exactly the hold", () =>
    void story`
      placed 300
      12:00:00 requested
      12:00:00 accepted mia
      12:00:30 joined leo c1
      12:00:30 joined mia m1
      12:30:29.999 is active funded=12:30:30 cover=1800
      12:30:30 is completed
      13:00:00 bill 300 completed end=12:30:30 reason=out_of_funds by=- seconds=1800`);

  test("I5: pauses push the end of the money out", () =>
    void story`
      placed 20
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:01:00 left leo c1
      12:01:20 joined leo c2
      12:01:50 is active funded=12:02:20
      12:30:00 bill 20 completed end=12:02:20 reason=out_of_funds pauses=12:01:00-12:01:20`);

  test("nothing placed: not a second is billed", () =>
    void story`
      placed 0
      12:00:00 requested
      12:00:00 accepted mia
      12:00:10 joined leo c1
      12:00:10 joined mia m1
      12:00:10 is completed end=12:00:10
      12:30:00 bill 0 completed end=12:00:10 reason=out_of_funds seconds=0`);

  test("a hold for half a step covers no step", () =>
    void story`
      placed 15
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:30:00 bill 10 completed end=12:01:00 reason=out_of_funds`);

  test("a hang-up before the money ends goes first; in the same millisecond too", () => {
    story`
      placed 20
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:01:30 hangup leo
      12:30:00 bill 20 completed end=12:01:30 reason=payer_hung_up funded=12:02:00`;
    story`
      placed 20
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:02:00 hangup leo
      12:30:00 bill 20 completed end=12:02:00 reason=payer_hung_up funded=12:02:00`;
  });

  test("a hang-up after the money ended changes nothing", () =>
    void story`
      placed 20
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 hangup leo
      12:30:00 bill 20 completed end=12:02:00 reason=out_of_funds by=-`);

  test("the money ends just as a connection is lost: out of funds, now and when the grace is over", () =>
    void story`
      placed 20
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:02:00 left leo c1
      12:02:00 is completed reason=out_of_funds
      12:30:00 bill 20 completed end=12:02:00 reason=out_of_funds`);

  test("rounding down is held by started minutes: 65 s of a two-minute hold cost one", () =>
    void story`
      terms coin-minutes
      placed 20
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:01:05 hangup leo
      12:30:00 bill 10 completed cover=120`);

  test("free seconds run before the hold", () =>
    void story`
      terms creator-call free=30
      placed 10
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:30:00 bill 10 completed end=12:01:30 lines=free_time:0,usage:10`);

  test("I6: late evidence that the money ended earlier shortens an end that was told", () =>
    void story`
      placed 20
      12:00:00 requested
      12:00:00 accepted mia
      12:00:30 joined leo c1
      12:00:30 joined mia m1
      12:05:00 decided completed 12:02:30 out_of_funds -
      12:00:00 joined leo c0 source=webhook
      12:00:10 joined mia m0 source=webhook
      12:30:00 bill 20 completed end=12:02:10 reason=out_of_funds`);

  test("terms without money take none, whatever happens", () =>
    void story`
      terms match
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:10:00 hangup leo
      12:30:00 bill 0 completed seconds=0 cover=- funded=-`);
});

describe("what is billed", () => {
  test("source document 004: 18 minutes at 10 are 180", () =>
    void story`
      placed 300
      12:00:00 requested
      12:00:05 accepted mia
      12:00:10 joined leo c1
      12:00:20 joined mia m1
      12:18:20 hangup leo
      12:18:20 bill 180 completed seconds=1080 billed=1080`);

  test("17:01 together are 18 minutes, 17:00.999 are 17", () => {
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:17:01 hangup leo
      12:30:00 bill 180 completed`;
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:17:00.999 hangup leo
      12:30:00 bill 170 completed seconds=1020`;
  });

  test("the payer's own presence: waiting for the payee's return is billed, the payer's absence is not", () =>
    void story`
      terms creator-call billable=own_presence steps=1/1 price=60
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:01:00 left mia m1
      12:01:20 joined mia m2
      12:02:00 left leo c1
      12:02:20 joined leo c2
      12:03:00 hangup leo
      12:30:00 bill 160 completed`);

  test("pauses say who was away", () => {
    const { charge } = story`
      terms creator-call grace=60
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:01:00 left mia m1
      12:01:10 joined mia m2
      12:02:00 left leo c1
      12:02:10 left mia m2
      12:02:20 joined leo c2
      12:02:30 joined mia m3
      12:03:00 left leo c2
      12:03:30 bill 30 active since=12:03:00`;
    expect(charge.payers[0]?.usage.pauses.map(({ userIds }) => userIds)).toEqual([["mia"], ["leo", "mia"], ["leo"]]);
  });

  test("silence is no usage: 1 s of it is a second less", () =>
    void story`
      terms creator-call steps=1/1 price=60 heartbeat=10 grace=30
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 seen leo c1 until=12:01:00
      12:01:11 seen leo c1 until=12:02:00
      12:00:00 joined mia m1
      12:02:00 hangup mia
      12:30:00 bill 109 completed`);
});

describe("early exit", () => {
  test("proven by an acknowledged hang-up: one coin", () =>
    void story`
      terms match
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:30 hangup mia
      12:30:00 bill 0 completed penalty=mia:1 why=ended_on_purpose_after_30_s,_before_60_s`);

  test("proven by a client-initiated leave, but only once the grace has passed", () =>
    void story`
      terms match
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:20 left leo c1 source=webhook reason=client_initiated
      12:00:49 is active penalty=-
      12:30:00 bill 0 completed penalty=leo:1 end=12:00:20`);

  test("never for a lost connection, a timeout, a kick or an end by others", () => {
    const ends: [string, string][] = [
      ["12:00:20 left leo c1 source=webhook reason=CONNECTION_TIMEOUT", "connection_lost"],
      ["12:00:20 left leo c1 source=webhook", "connection_lost"],
      ["12:00:20 left leo c1 source=hint reason=client_initiated", "connection_lost"],
      ["12:00:20 kicked leo c1", "kicked"],
      ["12:00:20 ended - source=webhook", "provider_ended"],
      ["12:00:20 ended -", "operator_ended"],
      ["12:00:20 seen leo c1", "heartbeat_timeout"],
    ];
    for (const [row, reason] of ends) {
      const told = story(`
        terms match
        12:00:00 requested
        12:00:00 accepted mia
        12:00:00 joined leo c1
        12:00:00 joined mia m1
        ${row}
        12:30:00 bill 0 completed penalty=- end=12:00:20 reason=${reason}`);
      expect(told.charge.policyDecisions).toEqual([
        {
          policy: "early_exit",
          userId: told.charge.state.endedBy,
          applied: false,
          broken: false,
          why: `nobody is proven to have ended the call on purpose (${reason})`,
        },
      ]);
    }
  });

  test("never for a reload that came back, a full minute, or a call that never started", () => {
    story`
      terms match
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:20 left leo c1 source=webhook reason=client_initiated
      12:00:25 joined leo c2
      12:01:05 hangup leo
      12:30:00 bill 0 completed penalty=- why=the_call_lasted_65_s,_at_least_the_60_s_that_are_asked`;
    story`
      terms match
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:01:00 hangup leo
      12:30:00 bill 0 completed penalty=-`;
    story`
      terms match
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:20 hangup leo
      12:30:00 bill 0 cancelled penalty=- why=the_call_never_started`;
  });

  test("never for hanging up on somebody who had already gone", () =>
    void story`
      terms match
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:20 left leo c1
      12:00:30 hangup mia
      12:30:00 bill 0 completed penalty=- why=the_other_side_had_already_gone`);
});
