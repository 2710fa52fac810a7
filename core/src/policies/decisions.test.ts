// What receipts show of each policy: whether it applied, whether it was broken, and why, also when nothing moves.
import { expect, test } from "vitest";
import { story } from "../../test/story.ts";

const decisionsOf = (rows: string) =>
  story(rows).charge.policyDecisions.map(({ policy, userId, applied, broken }) =>
    [policy, userId ?? "-", applied ? "applied" : "not applied", broken ? "broken" : "kept"].join(" "),
  );

const talk = (terms: string, end: string) => `
  terms match ${terms}
  12:00:00 requested
  12:00:00 accepted mia
  12:00:00 joined leo c1
  12:00:00 joined mia m1
  ${end}
  12:30:00 is completed`;

test("an early exit is broken and applies; one that is free is broken and does not", () => {
  expect(decisionsOf(talk("earlyexit=60/3", "12:00:30 hangup mia"))).toEqual(["early_exit mia applied broken"]);
  expect(decisionsOf(talk("earlyexit=60/3/1", "12:00:30 hangup mia"))).toEqual(["early_exit mia not applied broken"]);
  expect(decisionsOf(talk("earlyexit=20/3", "12:00:30 hangup mia"))).toEqual(["early_exit mia not applied kept"]);
});

test("a no-show is broken also where it costs nothing, and nobody but a payer has waited", () => {
  const missed = (coins: number, waits: string) =>
    decisionsOf(`
      terms creator-call noshow=${coins}
      parties leo:payer ann:attendee mia:payee
      12:00:00 requested
      12:00:05 accepted mia
      12:00:10 joined ${waits} c1
      12:30:00 is missed`);
  expect(missed(5, "leo")).toEqual(["no_show mia applied broken"]);
  expect(missed(0, "leo")).toEqual(["no_show mia not applied broken"]);
  expect(missed(5, "ann")).toEqual(["no_show mia not applied kept"]);
});

test("a bonus breaks nothing: it applies to those who were there, or to nobody", () => {
  expect(decisionsOf(talk("bonus=10/5", "12:00:30 hangup mia")).filter((row) => row.startsWith("long"))).toEqual([
    "long_call_bonus leo applied kept",
    "long_call_bonus mia applied kept",
  ]);
  expect(decisionsOf(talk("bonus=60/5", "12:00:30 hangup mia")).filter((row) => row.startsWith("long"))).toEqual([
    "long_call_bonus - not applied kept",
  ]);
});
