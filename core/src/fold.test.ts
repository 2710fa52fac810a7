// Stories of the fold: before the start, the start, and a start that was told.
import { describe, test } from "vitest";
import { story } from "../test/story.ts";

describe("before the start", () => {
  test("ringing bills nothing, however long the payer waits", () =>
    void story`
      12:00:00 requested
      12:00:01 joined leo c1
      12:00:44 is pending wake=12:00:45
      12:00:44.999 bill 0 pending start=- seconds=0`);

  test("I10: nobody answers: missed at the ring timeout, and a later accept changes nothing", () =>
    void story`
      12:00:00 requested
      12:00:45 is missed end=12:00:45 missed=no_answer wake=-
      12:00:45 accepted mia
      12:00:50 joined leo c1
      12:00:50 joined mia c2
      12:30:00 bill 0 missed end=12:00:45 start=-`);

  test("an accept that occurred before the ring timeout but came late still counts", () =>
    void story`
      12:00:00 requested
      12:00:50 is missed
      12:00:44.999 accepted mia
      12:00:50 is accepted wake=12:02:44.999
      12:00:50 bill 0 accepted`);

  test("I10: … unless missed was already told: then it stays missed", () =>
    void story`
      12:00:00 requested
      12:00:44 accepted mia
      12:00:50 joined leo c1
      12:00:51 joined mia c2
      12:00:52 decided missed 12:00:45
      12:30:00 bill 0 missed end=12:00:45 start=- wake=- missed=nobody_joined`);

  test("I10: a told end keeps its reason, and what late evidence says of another one is left out", () => {
    story`
      12:00:00 requested
      12:00:45 decided missed 12:00:45
      12:30:00 bill 0 missed missed=no_answer`;
    story`
      12:00:00 requested
      12:00:05 accepted mia
      12:00:10 cancelled leo
      12:00:10 decided cancelled 12:00:10 - leo
      12:30:00 bill 0 cancelled end=12:00:10 cancelledby=leo accepted=12:00:05`;
    story`
      12:00:00 requested
      12:00:10 cancelled leo
      12:00:45 decided missed 12:00:45
      12:30:00 bill 0 missed end=12:00:45 cancelledby=- missed=no_answer`;
    story`
      12:00:00 requested
      12:00:20 accepted mia
      12:00:10 decided rejected 12:00:10 - mia
      12:30:00 bill 0 rejected end=12:00:10 accepted=- cancelledby=mia`;
  });

  test("I10: rejected is final: joining afterwards bills nothing", () =>
    void story`
      12:00:00 requested
      12:00:10 rejected mia reason=busy
      12:00:11 accepted mia
      12:00:12 joined leo c1
      12:00:12 joined mia c2
      12:30:00 bill 0 rejected end=12:00:10 cancelledby=mia start=-`);

  test("accept and reject in the same millisecond: the refusal wins", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:10 rejected mia
      12:00:12 joined leo c1
      12:00:12 joined mia c2
      12:30:00 bill 0 rejected`);

  test("a rejection after the acceptance has no effect", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:11 rejected mia
      12:00:12 joined leo c1
      12:00:12 joined mia c2
      12:01:12 hangup leo
      12:30:00 bill 10 completed`);

  test("cancelled while pending", () =>
    void story`
      12:00:00 requested
      12:00:10 cancelled leo
      12:00:11 accepted mia
      12:30:00 bill 0 cancelled end=12:00:10 cancelledby=leo`);

  test("cancelled after the accept, before both are there; who joins later is not billed", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:15 joined leo c1
      12:00:20 cancelled leo
      12:00:21 joined mia c2
      12:30:00 bill 0 cancelled start=-`);

  test("a hang-up before the start cancels; so does an operator's end", () => {
    story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:15 joined leo c1
      12:00:20 hangup leo
      12:30:00 bill 0 cancelled cancelledby=leo`;
    story`
      12:00:00 requested
      12:00:20 ended -
      12:30:00 bill 0 cancelled cancelledby=- end=12:00:20`;
  });

  test("a provider's room that closes before the start does not cancel the call", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:15 joined leo c1
      12:00:20 left leo c1
      12:00:40 ended - source=webhook
      12:00:50 joined leo c2
      12:00:50 joined mia c3
      12:01:50 hangup mia
      12:30:00 bill 10 completed start=12:00:50`);

  test("a cancel that occurs after the start has no effect", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:15 joined leo c1
      12:00:16 joined mia c2
      12:00:30 cancelled leo
      12:01:00 is active
      12:01:00 bill 10 active`);

  test("accepted, but only one comes: missed at the join timeout", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:12 joined leo c1
      12:02:09 is accepted wake=12:02:10
      12:02:10 is missed missed=nobody_joined end=12:02:10
      12:02:10 joined mia c2
      12:30:00 bill 0 missed start=-`);

  test("both were there at different times only: missed", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:12 joined leo c1
      12:00:40 left leo c1
      12:00:40 joined mia c2
      12:30:00 bill 0 missed missed=nobody_joined`);

  test("both are there before the accept: the call starts with the accept, not before", () =>
    void story`
      12:00:00 requested
      12:00:01 joined leo c1
      12:00:02 joined mia c2
      12:00:10 accepted mia
      12:00:10 is active start=12:00:10 ms=0
      12:01:10 bill 10 active seconds=60`);

  test("an acceptance by a clock that runs behind counts from the request", () =>
    void story`
      12:00:00 requested
      11:59:59.500 accepted mia
      12:00:00 bill 0 accepted accepted=12:00:00`);
});

describe("the start", () => {
  test("active at the very instant at which the second one joins", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:20 joined leo c1
      12:00:30 joined mia c2
      12:00:30 is active start=12:00:30 ms=0 source=signalling
      12:00:30 bill 0 active`);

  test("I6: joined twice by socket and webhook: one connection, the stronger source tells the edge", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:20 joined leo c1
      12:00:20 joined leo c1
      12:00:22 joined leo c1 source=webhook
      12:00:25 joined mia c2 source=webhook
      12:00:24 joined mia c2
      12:01:25 hangup leo
      12:30:00 bill 10 completed start=12:00:25 seconds=60`);

  test("a client's hint never begins presence", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:20 joined leo c1
      12:00:20 joined mia c2 source=hint
      12:00:40 seen mia c2 source=hint
      12:30:00 bill 0 missed`);

  test("seen without joined begins presence at the first proof", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:20 joined leo c1
      12:00:40 seen mia c2 until=12:02:00 source=poll
      12:02:00 is active start=12:00:40 source=poll
      12:02:00 bill 20 active seconds=80`);

  test("a left without joined bills nothing and closes nothing", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:20 joined leo c1
      12:00:20 joined mia c2
      12:00:30 left mia old
      12:00:30 left mia -
      12:01:20 bill 10 active`);

  test("a stranger's connection is nobody's presence", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:20 joined leo c1
      12:00:20 joined eve c2
      12:30:00 bill 0 missed`);

  test("evidence dated later than the fold does not count yet, and the fold asks to be woken for it", () =>
    void story`
      12:00:00 requested
      12:00:10 accepted mia
      12:00:20 joined leo c1
      12:00:30 joined mia c2
      12:00:25 is accepted wake=12:00:30
      12:00:30 bill 0 active`);
});

describe("a start that was told", () => {
  test("I10: silence that is found out later does not take the start back; nothing is billed for it", () =>
    void story`
      terms creator-call grace=60
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 seen leo c1 until=12:00:05
      12:00:20 joined mia m1
      12:00:20 is active start=12:00:20 since=- wake=12:00:35
      12:00:35 is active start=12:00:20 since=12:00:20 away=leo wake=12:01:20
      12:01:00 is active start=12:00:20 since=12:00:20 away=leo ms=0
      12:01:20 bill 0 completed end=12:00:20 reason=heartbeat_timeout by=leo`);

  test("… and when he is heard again in time, the call goes on from there", () =>
    void story`
      terms creator-call grace=60
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 seen leo c1 until=12:00:05
      12:00:20 joined mia m1
      12:00:50 seen leo c1 until=12:02:00
      12:02:00 hangup leo
      12:02:30 bill 20 completed start=12:00:20 seconds=70`);

  test("a late left takes an untold start back, but not one that was told", () => {
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:10 joined leo c1
      12:00:20 joined mia m1
      12:00:15 left leo c1 source=webhook
      12:00:30 bill 0 accepted start=-`;
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:10 joined leo c1
      12:00:20 joined mia m1
      12:00:20 started
      12:00:15 left leo c1 source=webhook reason=client_initiated
      12:00:30 is active start=12:00:20 since=12:00:20 away=leo wake=12:00:50 ms=0
      12:01:00 bill 0 completed end=12:00:20 reason=connection_lost by=leo`;
  });

  test("I10: … nor does a cancel that is dated before it", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:10 joined leo c1
      12:00:20 joined mia m1
      12:00:20 started
      12:00:12 cancelled leo source=webhook
      12:00:11 rejected mia source=webhook
      12:01:20 bill 10 active start=12:00:20`);

  test("a hint that is dated before the start bills nothing and does not move it", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:10 joined leo c1
      12:00:20 joined mia m1
      12:00:15 left leo c1 source=hint
      12:05:00 bill 0 completed start=12:00:20 end=12:00:20 reason=connection_lost by=leo`);
});

describe("a call that nobody announced", () => {
  const found = `
    12:05:10 requested
    12:05:10 accepted mia reason=adopted
    12:05:10 joined leo c2
    12:05:12 joined mia m2`;
  const before = `
    12:00:00 joined leo c1
    12:00:05 joined mia m1
    12:05:00 left leo c1
    12:05:01 left mia m1`;

  test("counts from the first of its people on, also when a reconnect was what it was found by", () => {
    story(`${found}
      12:05:30 is active accepted=12:05:10 start=12:05:12
      ${before}
      12:00:04 is pending
      12:00:05 is active accepted=12:00:00 start=12:00:05
      12:05:30 bill 60 active accepted=12:00:00 start=12:00:05`);
    story(`${found.replace("reason=adopted", "reason=auto_accept")}${before}
      12:05:30 bill 10 active accepted=12:05:10 start=12:05:12`);
  });

  test("who waited long for the other is not late: it counts from shortly before the other came", () => {
    story(`
      12:30:00 requested
      12:30:00 accepted mia reason=adopted
      12:00:00 joined leo c1
      12:29:50 joined mia m1
      12:30:50 bill 10 active accepted=12:28:50 start=12:29:50`);
  });
});
