// Stories of calls of more than two, and of rooms in which nobody pays: who may go without ending it for the others.
import { describe, test } from "vitest";
import { story } from "../test/story.ts";

/** Two payers and a payee, together from the first instant. */
const three = `
      parties leo:payer ann:payer mia:payee
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined ann a1
      12:00:00 joined mia m1`;

describe("more than two, and none that pays", () => {
  test("a group goes on without one of its payers", () =>
    void story(`${three}
      12:05:00 hangup leo
      12:10:00 is active since=-
      12:10:00 bill 50,100 active`));

  test("… but not without its payee, and not without the last payer", () => {
    story(`${three}
      12:05:00 hangup mia
      12:10:00 bill 50,50 completed reason=payee_hung_up`);
    story(`${three}
      12:05:00 hangup leo
      12:06:00 hangup ann
      12:10:00 bill 50,60 completed end=12:06:00 reason=payer_hung_up by=ann`);
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

  test("who is alone in a room ends it when he hangs up; it stays so when others turn out to have been there, whoever looks later", () => {
    const alone = `
      terms study-room
      parties ann:attendee
      12:00:00 requested
      12:00:00 accepted -
      12:00:00 joined ann a1
      12:05:00 left ann a1 source=webhook reason=client_initiated
      12:05:08 hangup ann`;
    const known = `
      terms study-room
      parties ann:attendee bob:attendee
      12:00:00 requested
      12:00:00 accepted -
      12:00:00 joined ann a1
      12:05:00 left ann a1 source=webhook reason=client_initiated
      12:05:01 left bob b1 source=webhook reason=client_initiated
      12:05:08 hangup ann`;
    story(`${alone}
      12:05:08 bill 0 completed end=12:05:08 reason=payer_hung_up by=ann`);
    story(`${known}
      12:05:08 decided completed 12:05:08 payer_hung_up ann
      12:05:09 bill 0 completed end=12:05:08 by=ann
      12:30:00 bill 0 completed end=12:05:08 by=ann`);
    story(`${known}
      12:30:00 bill 0 completed end=12:05:00`);
  });
});
