// Stories of the log: what is known changes nothing, heartbeats grow, order of arrival leaves no trace.
import { expect, test } from "vitest";
import { sayTime } from "../test/clock.ts";
import { eventOf } from "../test/story.ts";
import type { CallEvent } from "./event.ts";
import { mergeEvents } from "./merge.ts";

const seenToleranceMs = 30_000;
const tell = (rows: string) =>
  rows
    .trim()
    .split("\n")
    .map((row, index) => eventOf(row.trim().split(/\s+/), index));
const say = (events: readonly CallEvent[]) =>
  events.map(
    ({ id, occurredAt, untilAt }) => `${id} ${sayTime(occurredAt)}${untilAt === null ? "" : ` ${sayTime(untilAt)}`}`,
  );

test("I7: an event whose id is known changes nothing, even when it says something else", () => {
  const log = mergeEvents([], tell("12:00:00 joined leo c1 id=a"), { seenToleranceMs }).log;
  const again = mergeEvents(log, tell("12:05:00 left leo c1 id=a\n12:00:00 joined leo c1 id=a"), { seenToleranceMs });
  expect(again).toEqual({ log, changed: [] });
});

test("the log is kept in its own order: instant, type, id", () => {
  const events = tell(`
    12:00:05 left leo c1 id=z
    12:00:00 joined mia m1 id=b
    12:00:00 joined leo c1 id=a
    12:00:00 accepted mia id=y`);
  const { log, changed } = mergeEvents([], events, { seenToleranceMs });
  expect(log.map(({ id }) => id)).toEqual(["y", "a", "b", "z"]);
  expect(changed).toEqual(events);
});

test("heartbeats within the tolerance grow one stretch under its first id, in both directions", () => {
  let { log } = mergeEvents([], tell("12:01:00 seen leo c1 id=a"), { seenToleranceMs });
  const later = mergeEvents(log, tell("12:01:30 seen leo c1 id=b"), { seenToleranceMs });
  expect(say(later.changed)).toEqual(["a 12:01:00 12:01:30"]);
  log = mergeEvents(later.log, tell("12:00:30 seen leo c1 id=c"), { seenToleranceMs }).log;
  expect(say(log)).toEqual(["a 12:00:30 12:01:30"]);
});

test("a heartbeat inside its stretch changes nothing; one beyond the tolerance begins another", () => {
  const { log } = mergeEvents([], tell("12:01:00 seen leo c1 id=a until=12:02:00"), { seenToleranceMs });
  expect(mergeEvents(log, tell("12:01:40 seen leo c1 id=b"), { seenToleranceMs }).changed).toEqual([]);
  const after = mergeEvents(log, tell("12:02:30.001 seen leo c1 id=c"), { seenToleranceMs });
  expect(say(after.log)).toEqual(["a 12:01:00 12:02:00", "c 12:02:30.001 12:02:30.001"]);
});

test("other connections, users and sources have stretches of their own: a hint grows no proof", () => {
  const { log } = mergeEvents(
    [],
    tell(`
      12:01:00 seen leo c1 id=a
      12:01:10 seen leo c2 id=b
      12:01:10 seen mia c1 id=c
      12:01:10 seen leo c1 id=d source=hint`),
    { seenToleranceMs },
  );
  expect(log.map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
});

test("an id that is used for two separate stretches does not hide the second", () => {
  const { log } = mergeEvents([], tell("12:01:00 seen leo c1 id=leo/c1"), { seenToleranceMs });
  const more = tell("12:05:00 seen leo c1 id=leo/c1");
  const twice = mergeEvents(mergeEvents(log, more, { seenToleranceMs }).log, more, { seenToleranceMs });
  expect(twice.log.length).toBe(2);
  expect(new Set(twice.log.map(({ id }) => id)).size).toBe(2);
  expect(twice.changed).toEqual([]);
});

test("several heartbeats at once grow the stretch once, and only the grown row is told", () => {
  const { log, changed } = mergeEvents(
    [],
    tell("12:00:00 seen leo c1 id=a\n12:00:20 seen leo c1 id=b\n12:00:40 seen leo c1 id=c"),
    { seenToleranceMs },
  );
  expect([say(log), say(changed)]).toEqual([["a 12:00:00 12:00:40"], ["a 12:00:00 12:00:40"]]);
});

test("the log that is passed in is not changed", () => {
  const log = mergeEvents([], tell("12:00:00 seen leo c1 id=a"), { seenToleranceMs }).log;
  const before = structuredClone(log);
  mergeEvents(log, tell("12:00:20 seen leo c1 id=b\n12:00:00 joined leo c1 id=c"), { seenToleranceMs });
  expect(log).toEqual(before);
});
