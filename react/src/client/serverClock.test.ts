// Server time is learned from answers: quick ones are believed, contradictions win, and it never depends on our clock being right.
import { expect, test } from "vitest";
import { createServerClock, readInstant } from "./serverClock.ts";

const hour = 3_600_000;

function clockWith(offset: number) {
  const local = { now: 1_000_000 };
  const clock = createServerClock(() => local.now);
  /** A round trip of `ms`, of which `back` was the way home. */
  const sample = (ms: number, back: number, server = offset) => {
    const sentAt = local.now;
    local.now += ms;
    clock.sample(sentAt, local.now, local.now - back + server);
  };
  return { local, clock, sample };
}

test("a clock that is an hour off shows the server's time", () => {
  const { local, clock, sample } = clockWith(hour);
  sample(20, 10);
  expect(clock.now()).toBe(local.now + hour);
});

test("a slow answer does not spoil what a quick one taught", () => {
  const { local, clock, sample } = clockWith(hour);
  sample(20, 10);
  sample(2000, 1990);
  expect(Math.abs(clock.now() - local.now - hour)).toBeLessThanOrEqual(10);
});

test("a server clock that was moved is followed at once", () => {
  const { local, clock, sample } = clockWith(0);
  sample(20, 10);
  sample(200, 100, hour);
  expect(clock.now()).toBe(local.now + hour);
});

test("an old best sample gives way, so that drift cannot add up", () => {
  const { local, clock, sample } = clockWith(0);
  sample(20, 10, 0);
  local.now += hour;
  sample(60, 30, 40);
  expect(clock.now()).toBe(local.now + 40);
});

test.each([
  ["2026-03-01T12:00:00.000Z", Date.parse("2026-03-01T12:00:00Z")],
  [1234, 1234],
  ["soon", null],
  [Number.NaN, null],
  [null, null],
])("the instant %j reads as %j", (given, read) => {
  expect(readInstant(given)).toBe(read);
});
