// Stories of the end: why, when and by whom a call ends, with two people and with others.
import { describe, test } from "vitest";
import { story } from "../test/story.ts";

describe("the end", () => {
  test("a hang-up ends the call at once", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:03:00 hangup mia
      12:03:00 is completed end=12:03:00 reason=payee_hung_up by=mia wake=-
      12:03:40 joined leo c2
      12:03:40 joined mia m2
      12:30:00 bill 30 completed`);

  test("the earliest end wins, whatever came first", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 ended - source=webhook
      12:04:00 hangup leo
      12:03:00 ended -
      12:30:00 bill 30 completed end=12:03:00 reason=operator_ended by=-`);

  test("in the same millisecond a hang-up goes before the provider's end", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 ended - source=webhook
      12:05:00 hangup leo
      12:30:00 bill 50 completed reason=payer_hung_up`);

  test("the provider ended it; an end by command of a party is that party's", () => {
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 ended - source=webhook
      12:30:00 bill 50 completed reason=provider_ended by=-`;
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 ended mia
      12:30:00 bill 50 completed reason=payee_hung_up by=mia`;
  });

  test("an operator's or stranger's hang-up without a party's name ends nothing", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 hangup eve
      12:05:00 hangup -
      12:10:00 bill 100 active`);

  test("the maximum duration ends it on the second", () =>
    void story`
      terms creator-call maximum=600
      12:00:00 requested
      12:00:00 accepted mia
      12:00:30 joined leo c1
      12:00:30 joined mia m1
      12:10:29 is active wake=12:10:30
      12:30:00 bill 100 completed end=12:10:30 reason=time_limit by=-`);

  test("kicked and not back within the grace", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined leo c2
      12:00:00 joined mia m1
      12:05:00 kicked leo
      12:30:00 bill 50 completed end=12:05:00 reason=kicked by=-`);

  test("kicked, but back within the grace", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 kicked leo c1
      12:05:20 joined leo c2
      12:10:20 bill 100 active`);

  test("a client-initiated leave without a return is a hang-up at the leave; a closed socket is not", () => {
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 left mia m1 source=webhook reason=client_initiated
      12:30:00 bill 50 completed end=12:05:00 known=12:05:30 reason=payee_hung_up by=mia`;
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 left mia m1 reason=closed
      12:30:00 bill 50 completed end=12:05:00 reason=connection_lost by=mia`;
  });

  test("a hang-up while the other one is away: that hang-up is the end, and it stays it", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 left leo c1 source=webhook reason=client_initiated
      12:05:10 hangup mia
      12:05:10 is completed end=12:05:10 reason=payee_hung_up
      12:30:00 bill 50 completed end=12:05:10 reason=payee_hung_up seconds=300`);

  test("both vanish at once: nobody is blamed", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 left leo c1 source=webhook reason=client_initiated
      12:05:00 left mia m1 source=webhook reason=SERVER_SHUTDOWN
      12:30:00 bill 50 completed end=12:05:00 reason=connection_lost by=mia`);

  test("I6: late evidence may shorten an end that was told, never lengthen it", () => {
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 decided completed 12:05:00 provider_ended -
      12:03:00 left leo c1 source=report
      12:30:00 bill 30 completed end=12:03:00 reason=connection_lost`;
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 decided completed 12:05:00 provider_ended -
      12:08:00 left leo c1 source=report
      12:30:00 bill 50 completed end=12:05:00 reason=provider_ended`;
  });

  test("late evidence that nobody was ever together leaves a completed call without a bill", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 decided completed 12:05:00 payer_hung_up leo
      12:09:00 joined mia m1 source=report
      12:30:00 bill 0 completed end=12:05:00 start=- source=-`);
});

describe("more than two, and none that pays", () => {
  test("a group goes on without one of its payers", () =>
    void story`
      parties leo:payer ann:payer mia:payee
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined ann a1
      12:00:00 joined mia m1
      12:05:00 hangup leo
      12:10:00 is active since=-
      12:10:00 bill 50,100 active`);

  test("… but not without its payee, and not without the last payer", () => {
    story`
      parties leo:payer ann:payer mia:payee
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined ann a1
      12:00:00 joined mia m1
      12:05:00 hangup mia
      12:10:00 bill 50,50 completed reason=payee_hung_up`;
    story`
      parties leo:payer ann:payer mia:payee
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined ann a1
      12:00:00 joined mia m1
      12:05:00 hangup leo
      12:06:00 hangup ann
      12:10:00 bill 50,60 completed end=12:06:00 reason=payer_hung_up by=ann`;
  });

  test("two payers without a payee pay for the time together with somebody", () =>
    void story`
      parties leo:payer ann:payer
      12:00:00 requested
      12:00:00 accepted leo
      12:00:00 joined leo c1
      12:01:59 is accepted
      12:01:00 joined ann a1
      12:06:00 hangup ann
      12:10:00 bill 50,50 completed start=12:01:00`);

  test("a study room runs with one attendee and costs nothing", () =>
    void story`
      terms study-room
      parties ann:attendee bob:attendee
      12:00:00 requested
      12:00:00 accepted -
      12:01:00 joined ann a1
      12:01:00 is active start=12:01:00
      12:02:00 joined bob b1
      12:30:00 left ann a1
      13:00:00 is active
      13:00:00 hangup bob
      13:10:00 bill 0 completed end=13:00:00`);
});
