// Stories of repeated early exits: the first ones may be free, later ones may cost more.
import { expect, test } from "vitest";
import { story } from "../../test/story.ts";
import { termsOf } from "../../test/terms.ts";
import { applyPolicies } from "./apply.ts";

const { facts, charge } = story`
  terms match
  12:00:00 requested
  12:00:00 accepted mia
  12:00:00 joined leo c1
  12:00:00 joined mia m1
  12:00:30 hangup mia id=proof
  12:30:00 bill 0 completed`;

function exit(policy: string, priorCount: Record<string, number>) {
  const terms = termsOf(["match", `earlyexit=${policy}`]);
  const { penalties, decisions } = applyPolicies({ ...facts, terms }, charge.state, { priorCount });
  const { why, broken } = decisions[0] ?? { why: null, broken: null };
  return { coins: penalties[0]?.amount ?? null, proof: penalties[0]?.evidenceId ?? null, why, broken };
}

test("the first ones are free, by user", () => {
  expect(exit("60/3/2", {}).coins).toBe(null);
  expect(exit("60/3/2", { mia: 1 }).why).toBe("early exit 2 of 2 that are free");
  expect(exit("60/3/2", { mia: 2 })).toEqual({
    coins: 3n,
    proof: "proof",
    why: "ended on purpose after 30 s, before 60 s",
    broken: true,
  });
  expect(exit("60/3/2", { leo: 9 }).coins).toBe(null);
});

test("repeats grow by the step", () => {
  expect(exit("60/3/1/2", { mia: 1 }).coins).toBe(3n);
  expect(exit("60/3/1/2", { mia: 4 }).coins).toBe(9n);
});

test("no penalty for a call that lasted, nor of no coins", () => {
  expect(exit("30/3", {}).coins).toBe(null);
  expect(exit("60/0", {}).why).toBe("the policy takes no coins");
});

test("a free one is a break all the same; a call that lasted, or that nobody ended on purpose, is none", () => {
  expect([exit("60/3/2", {}), exit("60/0", {}), exit("60/3", {})].map(({ broken }) => broken)).toEqual([
    true,
    true,
    true,
  ]);
  expect(exit("30/3", {}).broken).toBe(false);
  const lost = story`
    terms match
    12:00:00 requested
    12:00:00 accepted mia
    12:00:00 joined leo c1
    12:00:00 joined mia m1
    12:00:30 left mia m1 source=webhook
    12:30:00 bill 0 completed`;
  expect(lost.charge.policyDecisions).toMatchObject([{ applied: false, broken: false }]);
});

test("nothing is decided before the end", () => {
  const running = story`
    terms match bonus=10/5
    12:00:00 requested
    12:00:00 accepted mia
    12:00:00 joined leo c1
    12:00:00 joined mia m1
    12:00:30 bill 0 active`;
  expect([running.charge.policyDecisions, running.charge.penalties, running.charge.bonuses]).toEqual([[], [], []]);
});
