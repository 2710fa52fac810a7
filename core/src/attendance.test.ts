// Stories of attendance: who was there how long, who says so, who is believed, and where those who can tell disagree.
import { describe, expect, test } from "vitest";
import { sayTime, timeOf } from "../test/clock.ts";
import { story } from "../test/story.ts";
import { attendanceOf, attendanceSources, discrepanciesOf } from "./attendance.ts";
import { totalMs } from "./interval.ts";

const room = `
  terms study-room
  parties ann:attendee bob:attendee
  12:00:00 requested
  12:00:00 accepted -`;

const attend = (rows: string, userId = "ann", asOf = "14:00:00") => {
  const { facts, events } = story(
    `${rows}\n ${asOf} is ${rows.includes("open") ? "active" : "completed"}`.replace("open", ""),
  );
  const { intervals, source, bySource } = attendanceOf(facts, events, userId, timeOf(asOf));
  return {
    seconds: totalMs(intervals) / 1000,
    intervals: intervals.map(({ from, to }) => `${sayTime(from)}-${sayTime(to)}`).join(" "),
    source,
    told: attendanceSources.flatMap((name) => (bySource[name] === null ? [] : [`${name}=${bySource[name]}`])).join(" "),
    discrepancies: discrepanciesOf(facts, events, timeOf(asOf), 5).map(
      ({ userId: who, sources, seconds }) => `${who} ${sources.join("/")} ${seconds.join("/")}`,
    ),
  };
};

describe("durations of two people with a reconnect each", () => {
  /** Ann is there from 0:10 to 10:10 and from 10:40 to 20:10, Bob from 0:20 to 5:00 and from 5:10 to 20:20. */
  const stays: [userId: string, from: string, to: string][] = [
    ["ann", "12:00:10", "12:10:10"],
    ["ann", "12:10:40", "12:20:10"],
    ["bob", "12:00:20", "12:05:00"],
    ["bob", "12:05:10", "12:20:20"],
  ];
  const told = (source: string) =>
    stays
      .map(
        ([userId, from, to], index) => `${from} joined ${userId} ${userId}${index} source=${source}
         ${to} left ${userId} ${userId}${index} source=${source}`,
      )
      .join("\n");
  const seen = stays
    .map(([userId, from, to], index) => `${from} seen ${userId} ${userId}${index} until=${to}`)
    .join("\n");

  test("by the provider's report, by webhooks, by heartbeats, by their clients alone", () => {
    for (const [rows, source, kind] of [
      [told("report"), "report", "report"],
      [told("webhook"), "webhook", "webhook"],
      [told("signalling"), "signalling", "signalling"],
      [seen, "proof", "signalling"],
      [told("poll"), "poll", "poll"],
      [told("hint"), "hint", "hint"],
    ] as const) {
      expect(attend(`${room}\n${rows}`)).toEqual({
        seconds: 600 + 570,
        intervals: "12:00:10-12:10:10 12:10:40-12:20:10",
        source,
        told: `${kind}=1170`,
        discrepancies: [],
      });
      expect(attend(`${room}\n${rows}`, "bob")).toMatchObject({ seconds: 280 + 910, source });
      story(`${room}\n${rows}\n 14:00:00 is completed start=12:00:10 source=${source}`);
    }
  });

  test("all at once: the best counts, and who disagrees is told with both figures", () => {
    const late = told("hint").replaceAll("12:20:10", "12:25:10");
    expect(attend(`${room}\n${told("webhook")}\n${seen}\n${late}`)).toMatchObject({
      seconds: 1170,
      source: "webhook",
      told: "webhook=1170 signalling=1170 hint=1180",
      // Bob was there until 12:20:20, so that nothing after it counts; but both are heard to the end that each of them tells.
      discrepancies: ["ann webhook/hint 1170/1470", "ann signalling/hint 1170/1470"],
    });
  });

  test("sources are compared up to an end that was decided, or each to its own end, without whoever came when it was over", () => {
    const call = `
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1 source=webhook
      12:00:00 seen leo c1 until=12:05:00 source=poll
      12:00:00 joined mia m1 source=webhook`;
    const gone = "12:02:00 left leo c1 source=webhook reason=unknown";
    expect(attend(`${call}\n${gone}`, "leo").discrepancies).toEqual(["leo webhook/poll 120/300"]);
    const later = "12:40:00 seen leo c2 until=13:00:00 source=poll";
    expect(attend(`${call}\n${gone}\n${later}`, "leo").discrepancies).toEqual(["leo webhook/poll 120/300"]);
    const decided = "12:02:00 hangup leo source=command";
    expect(attend(`${call}\n${decided}\n${gone}`, "leo").discrepancies).toEqual([]);
  });
});

describe("the union, never the sum", () => {
  test("two devices at once count once, gaps do not count", () =>
    expect(
      attend(`${room}
        12:00:00 joined ann phone
        12:05:00 joined ann laptop
        12:10:00 left ann phone
        12:20:00 left ann laptop
        12:20:10 joined ann phone2
        12:30:00 left ann phone2`),
    ).toMatchObject({ seconds: 1200 + 590, intervals: "12:00:00-12:20:00 12:20:10-12:30:00" }));

  test("while the room is open it grows, and ends with the call", () => {
    expect(attend(`${room}\n12:00:00 joined ann a1 open`, "ann", "12:10:00")).toMatchObject({
      seconds: 600,
      source: "signalling",
    });
    expect(attend(`${room}\n12:00:00 joined ann a1\n12:30:00 ended -`)).toMatchObject({ seconds: 1800 });
  });

  test("a person who was not there, and one who is not of the call", () => {
    const nobody = { seconds: 0, intervals: "", source: null, told: "" };
    expect(attend(`${room}\n12:00:00 joined ann a1\n12:10:00 left ann a1`, "bob")).toMatchObject(nobody);
    expect(
      attend(`${room}\n12:00:00 joined ann a1\n12:00:00 joined eve a1\n12:10:00 left ann a1`, "eve"),
    ).toMatchObject(nobody);
  });

  test("the weakest of what it rests on is its source", () =>
    expect(
      attend(`${room}
        12:00:00 joined ann a1 source=webhook
        12:10:00 left ann a1 source=poll
        12:10:20 joined ann a2 source=webhook
        12:20:00 left ann a2 source=report`),
    ).toMatchObject({
      seconds: 1180,
      source: "poll",
      told: "webhook=1200",
    }));
});

describe("a client's word", () => {
  test("is believed only of who is known by nothing better, connection or not", () => {
    const hints = `
      12:00:00 joined ann page source=hint
      12:30:00 left ann page source=hint`;
    expect(attend(`${room}${hints}`)).toMatchObject({ seconds: 1800, source: "hint" });
    for (const better of ["joined ann a1 source=webhook", "seen ann page", "seen ann a1 source=poll"]) {
      const { seconds, source } = attend(`${room}${hints}
        12:01:00 ${better}
        12:01:20 left ann a1 source=webhook
        12:01:20 left ann page source=webhook`);
      expect([better, seconds, source === "hint"]).toEqual([better, 20, false]);
    }
  });

  test("… one by one: Bob's webhooks say nothing about Ann", () =>
    expect(
      attend(`${room}
        12:00:00 joined bob b1 source=webhook
        12:05:00 joined ann page source=hint
        12:15:00 left ann page source=hint
        12:20:00 left bob b1 source=webhook`),
    ).toMatchObject({ seconds: 600, source: "hint", told: "hint=600" }));

  test("is cut short by better evidence of a leave, and proves no intent", () => {
    expect(
      attend(`${room}
        12:00:00 joined ann page source=hint
        12:10:00 left ann page source=webhook
        12:30:00 left ann page source=hint`),
    ).toMatchObject({ seconds: 600 });
    story(`${room}
        12:00:00 joined ann page source=hint
        12:30:00 left ann page source=hint reason=client_initiated
        14:00:00 is completed start=12:00:00 end=12:30:00 reason=connection_lost source=hint`);
  });

  test("never lengthens a call that costs something, nor one with sides", () => {
    for (const terms of ["creator-call", "match"]) {
      const { facts, events } = story(`
        terms ${terms}
        12:00:00 requested
        12:00:00 accepted mia
        12:00:00 joined leo page source=hint
        12:00:00 joined mia page source=hint
        12:30:00 bill 0 missed`);
      expect(attendanceOf(facts, events, "leo", timeOf("12:30:00"))).toMatchObject({
        intervals: [],
        source: null,
        bySource: { hint: 120, webhook: null },
      });
    }
  });
});
