// Stories of presence that others tell: polls that see and miss, rooms that empty, and what their silence does not mean.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { story } from "../test/story.ts";
import { chargeCall } from "./charge.ts";

const together = `
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1 source=webhook
      12:00:00 joined mia m1 source=webhook`;

describe("polls", () => {
  test("a poll that sees nobody proves nothing by its silence: only proof of life obliges", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1 source=webhook
      12:00:00 joined mia m1 source=webhook
      12:01:00 seen leo c1 source=poll
      12:20:00 is active since=- wake=16:00:00
      12:20:00 bill 200 active pauses=-`);

  test("… nor does a sighting by a webhook or a report", () =>
    void story(`${together}
      12:01:00 seen leo c1 source=webhook
      12:02:00 seen leo c1 source=report
      12:20:00 bill 200 active pauses=-`));

  test("who has given proof of life is obliged, even if polls see them before and after", () =>
    void story(`${together}
      12:01:00 seen leo c1 source=poll
      12:05:00 seen leo c1
      12:05:20 seen leo c1 source=poll
      12:05:49 is active since=-
      12:05:50 is completed end=12:05:20 reason=heartbeat_timeout source=proof
      12:30:00 bill 60 completed seconds=320`));

  test("a sighting refutes the silence of heartbeats, and what lies between stays unproven", () =>
    void story(`
      terms creator-call grace=120
      ${together}
      12:01:00 seen leo c1
      12:02:00 seen leo c1 source=poll
      12:02:20 hangup leo
      12:30:00 bill 20 completed pauses=12:01:00-12:02:00 seconds=80`));

  test("a poll begins presence when nothing better does, and a webhook begins it better", () => {
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:10 seen leo c1 source=poll
      12:00:25 seen leo c1 source=poll
      12:00:40 seen mia m1 source=poll
      12:05:40 bill 50 active start=12:00:40 source=poll`;
    story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:10 seen leo c1 source=poll
      12:00:20 joined leo c1 source=webhook
      12:00:15 joined mia m1 source=webhook
      12:05:20 bill 50 active start=12:00:20 source=webhook`;
  });

  test("no webhook at all: the call ends at the last sight of a poll, blames nobody, and asks to be woken for it", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:10 seen leo c1 source=poll
      12:00:10 seen mia m1 source=poll
      12:03:10 seen leo c1 source=poll
      12:03:10 seen mia m1 source=poll
      12:03:25 seen mia m1 source=poll
      12:03:10 left leo c1 source=poll reason=not_seen
      12:03:25 is active since=12:03:10 away=leo wake=12:03:40
      12:03:40 bill 30 completed end=12:03:10 reason=connection_lost by=- source=poll`);

  test("a poll that missed somebody is refuted by any later sight, proof or join of that connection", () => {
    for (const sight of ["seen leo c1 source=poll", "seen leo c1", "joined leo c1 source=signalling"]) {
      story(`${together}
        12:01:00 seen leo c1 source=poll
        12:01:00 left leo c1 source=poll reason=not_seen
        12:01:15 ${sight}
        12:01:40 is active since=-
        12:01:40 bill 20 active pauses=-`);
    }
  });

  test("… by a sight that began before it and lasted longer", () =>
    void story(`${together}
      12:01:00 seen leo c1 source=poll until=12:01:45
      12:01:15 left leo c1 source=poll
      12:10:00 bill 100 active`));

  test("… but not by another connection, another person, a hint, or a sight at that very instant", () => {
    const others = ["seen leo c2 source=hint", "seen mia c1 source=poll", "seen leo c1 source=hint"];
    for (const sight of others) {
      story(`${together}
        12:01:00 left leo c1 source=poll
        12:01:15 ${sight}
        12:10:00 bill 10 completed end=12:01:00`);
    }
    story(`${together}
        12:01:00 left leo c1 source=poll
        12:01:00 seen leo c1 source=poll
        12:10:00 bill 10 completed end=12:01:00`);
  });

  test("missed twice, seen in between: the second time counts", () =>
    void story(`${together}
      12:01:00 left leo c1 source=poll
      12:03:00 seen leo c1 source=poll
      12:03:00 left leo c1 source=poll
      12:10:00 bill 30 completed end=12:03:00`));

  test("a stronger left is the edge, earlier or later; a poll never undoes it", () => {
    for (const [time, coins] of [
      ["12:04:20", 50],
      ["12:02:00", 20],
    ]) {
      story(`${together}
        12:04:00 left leo c1 source=poll
        ${time} left leo c1 source=webhook reason=client_initiated
        12:30:00 bill ${coins} completed end=${time} reason=payer_hung_up by=leo`);
    }
    story(`${together}
      12:02:00 left leo c1 source=webhook
      12:03:00 seen leo c1 source=poll
      12:03:00 left leo c1 source=poll
      12:30:00 bill 20 completed end=12:02:00`);
  });

  test("I10: refuted after the end was told: the end stands", () =>
    void story(`${together}
      12:01:00 left leo c1 source=poll
      12:01:30 decided completed 12:01:00 connection_lost -
      12:01:15 seen leo c1 source=poll
      12:30:00 bill 10 completed end=12:01:00`));

  test("I6: whatever of sights, misses and lefts arrives first, the bill is the same", () => {
    const { facts, events, placed } = story(`${together}
      12:01:00 seen leo c1 source=poll
      12:01:00 left leo c1 source=poll id=x
      12:01:30 seen leo c1 source=poll
      12:02:00 joined leo c2 source=poll
      12:02:30 left leo c2 source=poll id=y
      12:03:00 left - - source=poll id=z
      12:03:30 seen mia m1
      12:30:00 bill 30 completed end=12:03:00`);
    const charge = (log: typeof events) =>
      chargeCall({ facts, events: log, asOf: facts.requestedAt + 1_800_000, placed });
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (order) => {
        expect(charge([...order])).toEqual(charge(events));
      }),
    );
  });
});

describe("a left that names nobody", () => {
  test("closes every connection that began before it, without blame", () =>
    void story(`${together}
      12:01:00 joined leo c2 source=webhook
      12:05:00 left - - source=webhook reason=room_closed
      12:30:00 bill 50 completed end=12:05:00 reason=connection_lost by=- source=webhook`));

  test("… and none that began then or later: the room lives again", () =>
    void story(`${together}
      12:05:00 left - - source=webhook reason=room_closed
      12:05:00 joined leo c2 source=webhook
      12:05:20 joined mia m2 source=webhook
      12:10:20 bill 100 active pauses=12:05:00-12:05:20`));

  test("lefts of equal strength that are earlier win: a room outlives its people", () =>
    void story(`${together}
      12:05:00 left leo c1 source=webhook reason=client_initiated
      12:05:01 left mia m1 source=webhook reason=client_initiated
      12:05:21 left - - source=webhook reason=room_closed
      12:30:00 bill 50 completed end=12:05:00 reason=payer_hung_up by=leo`));

  test("… and weaker ones, too: that the room is empty makes nobody's stay longer", () => {
    for (const source of ["poll", "signalling"]) {
      story(`${together}
        12:05:00 left leo c1 source=${source}
        12:05:20 left - - source=webhook reason=room_closed
        12:30:00 bill 50 completed end=12:05:00`);
    }
  });

  test("a later left of equal strength loses to it, a provider's report does not", () => {
    story(`${together}
      12:05:00 left - - source=webhook reason=room_closed
      12:05:30 left leo c1 source=webhook
      12:30:00 bill 50 completed end=12:05:00`);
    story(`${together}
      12:05:00 left - - source=webhook reason=room_closed
      12:05:30 left leo c1 source=report
      12:05:30 left mia m1 source=report
      12:30:00 bill 60 completed end=12:05:30`);
  });

  test("nobody's intent is proven by it, whatever reason it gives; a deleted room was ended by the provider", () => {
    story(`${together}
      12:00:30 left - - source=webhook reason=client_initiated
      12:30:00 bill 10 completed end=12:00:30 reason=connection_lost by=-`);
    story(`${together}
      12:00:30 left - - source=webhook reason=room_deleted
      12:30:00 bill 10 completed end=12:00:30 reason=provider_ended by=-`);
  });

  test("a client's hint cannot empty the room, and a poll's empty room is refuted by a later sight", () => {
    story(`${together}
      12:05:00 left - - source=hint
      12:10:00 bill 100 active`);
    story(`${together}
      12:05:00 left - - source=poll
      12:05:15 seen leo c1 source=poll
      12:05:15 seen mia m1 source=poll
      12:10:00 bill 100 active`);
  });

  test("a kick of somebody who had gone makes their stay no longer", () =>
    void story(`${together}
      12:05:00 left leo c1 source=webhook reason=client_initiated
      12:05:25 kicked leo
      12:30:00 bill 50 completed end=12:05:00 reason=payer_hung_up`));
});
