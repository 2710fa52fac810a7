// Stories of the end: why, when and by whom a call ends, with two people and with others.
import { describe, expect, test } from "vitest";
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

  test("an end that the provider tells of a party is that party's proven hang-up; of a stranger or nobody it is not", () => {
    const call = (ended: string) =>
      story(`
      terms creator-call earlyexit=60/3
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1 source=webhook
      12:00:00 joined mia m1 source=webhook
      ${ended}`);
    const { charge } = call(`12:00:30 ended mia source=webhook id=proof
      12:30:00 bill 10 completed end=12:00:30 known=12:00:30 reason=payee_hung_up by=mia penalty=mia:3`);
    expect(charge.penalties[0]?.evidenceId).toBe("proof");
    call(`12:00:30 ended eve source=webhook
      12:30:00 bill 10 completed reason=provider_ended by=- penalty=-`);
    call(`12:00:30 ended - source=report
      12:30:00 bill 10 completed reason=provider_ended by=- penalty=-`);
    call(`12:00:30 ended mia source=hint
      12:01:00 bill 10 active`);
  });

  test("… and before the start it cancels, like any hang-up", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:05 joined leo c1 source=webhook
      12:00:10 ended leo source=webhook
      12:00:15 joined mia m1 source=webhook
      12:30:00 bill 0 cancelled end=12:00:10 cancelledby=leo`);

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

  test("kicked, and the provider's record knows only when: it is still a kick; one that comes after they had left is none", () => {
    const call = (kicked: string) =>
      story(`
        12:00:00 requested
        12:00:00 accepted mia
        12:00:00 joined leo c1
        12:00:00 joined mia m1
        ${kicked} kicked leo source=webhook
        12:05:00 left leo c1 source=report reason=unknown
        12:30:00 bill 50 completed end=12:05:00 reason=${kicked < "12:05:01" ? "kicked" : "connection_lost"} by=-`);
    call("12:04:59");
    call("12:05:00");
    call("12:05:10");
  });

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
      12:05:00 left mia m1 source=webhook reason=server_shutdown
      12:30:00 bill 50 completed end=12:05:00 reason=connection_lost by=-`);

  test("… whichever of the two is on which side", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:05:00 left leo c1 source=webhook reason=server_shutdown
      12:05:00 left mia m1 source=webhook reason=client_initiated
      12:30:00 bill 50 completed end=12:05:00 reason=connection_lost by=-`);

  test("what a reason of a leave says: intent, a deleted room, a removal, or nothing about anybody", () => {
    const reasons: [reason: string, ending: string][] = [
      ["client_initiated", "payee_hung_up by=mia"],
      ["room_deleted", "provider_ended by=-"],
      ["removed", "kicked by=-"],
      ["connection_lost", "connection_lost by=mia"],
      ["left", "connection_lost by=mia"],
      ...["server_shutdown", "technical", "unknown", "not_seen", "room_closed"].map((reason): [string, string] => [
        reason,
        "connection_lost by=-",
      ]),
    ];
    for (const [reason, ending] of reasons) {
      story(`
        terms creator-call earlyexit=60/3
        12:00:00 requested
        12:00:00 accepted mia
        12:00:00 joined leo c1
        12:00:00 joined mia m1
        12:00:30 left mia m1 source=webhook reason=${reason} id=proof
        12:00:59 is active
        12:30:00 bill 10 completed end=12:00:30 reason=${ending} penalty=${reason === "client_initiated" ? "mia:3" : "-"}`);
    }
  });

  test("a report that knows the instant better takes no reason away, and gives none", () => {
    const call = (rows: string) =>
      story(`
        terms creator-call earlyexit=60/3
        12:00:00 requested
        12:00:00 accepted mia
        12:00:00 joined leo c1
        12:00:00 joined mia m1
        ${rows}`);
    const { charge } = call(`12:00:30 left mia m1 source=webhook reason=client_initiated id=proof
        12:00:29.700 left mia m1 source=report
        12:30:00 bill 10 completed end=12:00:29.700 reason=payee_hung_up by=mia penalty=mia:3`);
    expect(charge.penalties[0]?.evidenceId).toBe("proof");
    call(`12:00:30 left mia m1 source=webhook reason=technical
        12:00:31 left mia m1 source=report
        12:30:00 bill 10 completed end=12:00:31 reason=connection_lost by=- penalty=-`);
    call(`12:00:30 left mia m1 source=webhook reason=client_initiated
        12:00:31 left mia m1 source=report reason=removed
        12:30:00 bill 10 completed end=12:00:31 reason=kicked penalty=-`);
    call(`12:00:50 left mia m1 source=webhook reason=client_initiated
        12:00:15 left mia m1 source=report
        12:30:00 bill 10 completed end=12:00:15 reason=connection_lost penalty=-`);
    call(`12:00:50 left mia m1 source=webhook reason=client_initiated
        12:00:30 left mia m1 source=webhook
        12:30:00 bill 10 completed end=12:00:30 reason=connection_lost penalty=-`);
    call(`12:00:30 left mia m1 source=poll reason=not_seen
        12:00:31 left mia m1 source=hint reason=client_initiated
        12:30:00 bill 10 completed end=12:00:30 reason=connection_lost by=- penalty=-`);
  });

  test("two who leave on purpose at the same instant: nobody is named, and nobody pays for it", () =>
    void story`
      terms creator-call earlyexit=60/3
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:30 left leo c1 source=webhook reason=client_initiated
      12:00:30 left mia m1 source=webhook reason=client_initiated
      12:30:00 bill 10 completed end=12:00:30 reason=payer_hung_up by=- penalty=-`);

  test("… and none of them ends the call when they are back within the grace", () => {
    for (const reason of ["client_initiated", "room_deleted", "removed", "not_seen"]) {
      story(`
        terms creator-call earlyexit=60/3
        12:00:00 requested
        12:00:00 accepted mia
        12:00:00 joined leo c1
        12:00:00 joined mia m1
        12:00:30 left mia m1 source=webhook reason=${reason}
        12:00:50 joined mia m2 source=webhook
        12:05:20 bill 50 active pauses=12:00:30-12:00:50 penalty=-`);
    }
  });

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

describe("I10: a start and an end that were told", () => {
  test("what proves another end proves not the one that was told: who came back has not left early, whoever looks later", () =>
    void story`
      terms creator-call earlyexit=60/3
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:25 left leo c1 source=webhook reason=client_initiated
      12:00:29 joined leo c2 source=webhook
      12:00:56 left leo c2 source=webhook reason=client_initiated
      12:00:57 decided completed 12:00:25 payer_hung_up leo
      12:01:00 bill 10 completed end=12:00:25 by=leo penalty=-
      12:30:00 bill 10 completed end=12:00:25 by=leo penalty=-`);

  test("… stay, when late evidence puts the start behind the end: nothing is billed, and what comes next finds the start again", () =>
    void story`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:00 started
      12:05:00 decided completed 12:05:00 payer_hung_up leo
      12:09:00 joined mia m1 source=report
      12:30:00 bill 0 completed start=12:00:00 end=12:05:00 seconds=0`);
});
