// Stories of connections: whose evidence counts for their edges, and what silence means.
import { describe, test } from "vitest";
import { story } from "../test/story.ts";

describe("connections", () => {
  test("a late left of the old connection closes only that one", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 joined leo c2
      12:05:20 left leo c1 reason=DUPLICATE_IDENTITY
      12:10:00 bill 100 active pauses=-`);

  test("two devices count once", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo phone
      12:01:00 joined leo laptop
      12:00:00 joined mia m1
      12:04:00 left leo phone
      12:10:00 hangup mia
      12:30:00 bill 100 completed seconds=600`);

  test("a reload within the grace is not billed and does not end the call", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 left leo c1 reason=client_initiated
      12:05:10 is active since=12:05:00 away=leo wake=12:05:30
      12:05:20 joined leo c2
      12:10:20 hangup leo
      12:30:00 bill 100 completed seconds=600 pauses=12:05:00-12:05:20`);

  test("a return at exactly the end of the grace is in time", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:01:00 left leo c1
      12:01:30 is completed
      12:01:30 joined leo c2
      12:02:30 bill 20 active seconds=120`);

  test("… a millisecond later it is not: the call ended where the absence began", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:01:00 left leo c1
      12:01:30.001 joined leo c2
      12:10:00 bill 10 completed end=12:01:00 known=12:01:30 reason=connection_lost by=leo seconds=60`);

  test("I6: a return that is told late, after the end was told, does not lengthen the call", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:01:00 left leo c1
      12:01:30 decided completed 12:01:00 connection_lost leo
      12:01:10 joined leo c2
      12:30:00 bill 10 completed end=12:01:00 reason=connection_lost by=leo`);

  test("the provider's report outranks the socket, the earlier webhook outranks nothing", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:09:00 left leo c1 source=webhook
      12:05:00 left leo c1 source=report
      12:07:00 left leo c1
      12:30:00 bill 50 completed end=12:05:00 source=signalling`);

  test("a hint may shorten …", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:09:00 left leo c1 source=webhook reason=client_initiated
      12:08:00 left leo c1 source=hint
      12:30:00 bill 80 completed end=12:08:00 reason=payer_hung_up by=leo source=hint`);

  test("… and never lengthen", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 left leo c1 source=webhook
      12:08:00 left leo c1 source=hint
      12:07:00 seen leo c1 source=hint
      12:30:00 bill 50 completed end=12:05:00`);

  test("a hint of a hang-up closes the connections, but proves no intent", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 hangup leo source=hint
      12:30:00 bill 50 completed end=12:05:00 reason=connection_lost`);

  test("a left that is dated before its joined leaves nothing to bill", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:10 joined leo c1
      12:00:05 left leo c1
      12:00:00 joined mia m1
      12:30:00 bill 0 missed`);

  test("a left that names only the connection closes it", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:02:00 left - c1 source=webhook
      12:30:00 bill 20 completed end=12:02:00`);
});

describe("heartbeats", () => {
  test("silence beyond the timeout: lost at the last proof, not at the detection", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 seen leo c1 until=12:01:40
      12:00:00 joined mia m1
      12:02:09 is active since=- wake=12:02:10
      12:02:10 bill 20 completed end=12:01:40 reason=heartbeat_timeout by=leo source=proof`);

  test("with a longer grace the call is interrupted first", () =>
    void story`
      terms creator-call grace=60
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 seen leo c1 until=12:01:40
      12:00:00 joined mia m1
      12:02:10 is active since=12:01:40 away=leo wake=12:02:40
      12:02:40 bill 20 completed end=12:01:40`);

  test("silence of exactly the timeout is bridged; one second more is not billed", () => {
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:01:00 seen leo c1 until=12:02:00
      12:00:30 seen leo c1
      12:00:00 joined mia m1
      12:02:00 hangup leo
      12:30:00 bill 20 completed seconds=120 pauses=-`;
    story`
      terms creator-call grace=60
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 seen leo c1 until=12:01:00
      12:01:31 seen leo c1 until=12:02:00
      12:00:00 joined mia m1
      12:02:00 hangup leo
      12:30:00 bill 20 completed seconds=89 pauses=12:01:00-12:01:31`;
  });

  test("a left long after the last proof does not bring the silence back", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 seen leo c1 until=12:02:00
      12:00:00 joined mia m1
      12:05:00 left leo c1 source=webhook reason=client_initiated
      12:30:00 bill 20 completed end=12:02:00 reason=heartbeat_timeout`);

  test("a proof after the reported left does not lengthen the connection", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 seen leo c1 until=12:02:10
      12:02:00 left leo c1 source=webhook
      12:00:00 joined mia m1
      12:30:00 bill 20 completed end=12:02:00`);

  test("the first proof of life after the joined bridges the time between, however long", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1 source=webhook
      12:00:00 joined mia m1 source=webhook
      12:05:00 seen leo c1 source=poll
      12:05:00 bill 50 active pauses=-`);

  test("a hint cuts at the last proof of life before it, and adds nothing to what is proven", () => {
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:00 seen leo c1 until=12:01:00
      12:01:20 left leo c1 source=hint
      12:01:20 is active since=12:01:00
      12:30:00 bill 10 completed end=12:01:00 seconds=60`;
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:00 seen leo c1 until=12:05:00
      12:01:20 left leo c1 source=hint
      12:30:00 bill 20 completed end=12:01:20 seconds=80`;
  });

  test("… after the end it is no news, and where polls see somebody now and then it cuts at itself", () => {
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:00 seen leo c1 until=12:05:00
      12:05:20 left leo c1 source=webhook
      12:06:00 left leo c1 source=hint
      12:30:00 bill 60 completed end=12:05:20 seconds=320 source=signalling`;
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1 source=webhook
      12:00:00 joined mia m1 source=webhook
      12:01:00 seen leo c1 source=poll
      12:05:00 left leo c1 source=hint
      12:05:02 left leo c1 source=webhook
      12:30:00 bill 50 completed end=12:05:00 seconds=300 source=hint`;
  });

  test("a connection that was never seen is there until its left", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:30:00 is active
      12:30:00 bill 300 active`);

  test("a lost socket does not bill while the other device is still there", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo socket
      12:00:00 seen leo socket until=12:01:00
      12:00:00 joined leo PA_1 source=webhook
      12:00:00 joined mia m1
      12:05:00 is active since=-
      12:05:00 bill 50 active`);
});
