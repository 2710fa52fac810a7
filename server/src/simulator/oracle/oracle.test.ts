// I4: the rules of the core and the oracle, which share no line, say the same of random calls of every kind.
import { chargeCall } from "@fairminute/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { billNow } from "./bill.ts";
import { applyRules } from "./policy.ts";
import { type RandomCall, randomCall } from "./random-calls.case.ts";

const byUser = (list: readonly { policy: string; userId: string; amount: bigint }[]) =>
  list.map(({ policy, userId, amount }) => `${policy}:${userId}=${amount}`).sort();

function saidByCore({ facts, events, asOf, placed, priorCount }: RandomCall) {
  const { state, payers, penalties, bonuses, policyDecisions } = chargeCall({
    facts,
    events,
    asOf,
    placed,
    priorCount,
  });
  const usage = (i: number, kind: string) =>
    payers[i]?.lines.filter((line) => line.kind === kind).reduce((sum, { amount }) => sum + amount, 0n);
  return {
    status: state.status,
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    endReason: state.endReason,
    endedBy: state.endedBy,
    proofId: state.status === "completed" ? state.endEvidenceId : null,
    payers: payers.map((payer, i) => ({
      payerId: payer.payerId,
      used: payer.usage.intervals.map(({ from, to }) => [from, to]),
      billableSeconds: payer.billableSeconds,
      billedSeconds: payer.billedSeconds,
      connectFee: usage(i, "connect_fee"),
      usage: usage(i, "usage"),
      minimum: usage(i, "minimum"),
      total: payer.total,
    })),
    penalties: byUser(penalties),
    bonuses: byUser(bonuses),
    broken: policyDecisions.filter(({ broken }) => broken).map(({ policy, userId }) => `${policy}:${userId}`),
  };
}

function saidByOracle({ facts, events, asOf, placed, priorCount }: RandomCall) {
  const { verdict, bills } = billNow(facts, events, asOf, placed);
  const { penalties, bonuses, broken } = applyRules(facts, verdict, (userId) => priorCount[userId] ?? 0);
  return {
    status: verdict.status,
    startedAt: verdict.startedAt,
    endedAt: verdict.endedAt,
    endReason: verdict.endReason,
    endedBy: verdict.endedBy,
    proofId: verdict.status === "completed" ? verdict.proofId : null,
    payers: bills.map(({ payerId, billableSeconds, billedSeconds, connectFee, usage, minimum, total }, i) => ({
      payerId,
      used: verdict.used[i]?.used.map(([from, to]) => [from, to]),
      billableSeconds,
      billedSeconds,
      connectFee,
      usage,
      minimum,
      total,
    })),
    penalties: byUser(penalties),
    bonuses: byUser(bonuses),
    broken: broken.map(({ policy, userId }) => `${policy}:${userId}`),
  };
}

/**
 * Who of several on one side went first is not known when they go in one instant. The core names the first of its log, the oracle
 * likewise the first of the parties; no call of the product has such a side, so that nobody is asked about here.
 */
function hasCrowdedSide({ facts: { parties } }: RandomCall): boolean {
  const count = (wanted: string) => parties.filter(({ role }) => role === wanted).length;
  return count("payee") === 0 || count("payer") > 1;
}

function withoutBlame(call: RandomCall): RandomCall {
  const policies = call.facts.terms.policies.filter(({ kind }) => kind !== "early_exit");
  return { ...call, facts: { ...call.facts, terms: { ...call.facts.terms, policies } } };
}

test("I4: the core and the oracle say the same of random calls", () => {
  fc.assert(
    fc.property(randomCall, (call) => {
      if (!hasCrowdedSide(call)) expect(saidByCore(call)).toEqual(saidByOracle(call));
      else {
        const blameless = { endedBy: null, proofId: null };
        const same = withoutBlame(call);
        expect({ ...saidByCore(same), ...blameless }).toEqual({ ...saidByOracle(same), ...blameless });
      }
    }),
    { numRuns: 3000 },
  );
});

test("I4: the random calls are worth asking about", () => {
  const found = new Set<string>();
  for (const call of fc.sample(randomCall, { numRuns: 3000, seed: 4 })) {
    const said = saidByOracle(call);
    found.add(said.status);
    for (const word of [said.endReason, call.facts.terms.funding.kind]) if (word !== null) found.add(word);
    for (const rule of [...said.penalties, ...said.bonuses]) found.add(rule.split(":")[0] as string);
    if (said.payers.some(({ total }) => total > 0n)) found.add("charged");
    if (said.payers.length > 1) found.add("several payers");
  }
  expect([...found].sort()).toEqual(
    [
      ...["accepted", "active", "cancelled", "completed", "missed", "pending", "rejected", "charged", "several payers"],
      ...["connection_lost", "heartbeat_timeout", "kicked", "operator_ended", "out_of_funds", "time_limit"],
      ...["payee_hung_up", "payer_hung_up", "provider_ended", "early_exit", "long_call_bonus", "no_show"],
      ...["estimate", "slices", "escrow", "none"],
    ].sort(),
  );
});
