// What the policies of the terms take and grant at the end of a call, read from their written rules.
import type { CallFacts, Policy } from "@fairminute/core";
import { type Attendance, stretchesOf } from "./people.ts";
import type { Verdict } from "./verdict.ts";

export type PolicyCoins = { policy: Policy["kind"]; userId: string; amount: bigint };

/** `broken`: whose rule was broken, whether it costs coins this time or not. */
export type Consequences = {
  penalties: PolicyCoins[];
  bonuses: PolicyCoins[];
  broken: { policy: string; userId: string }[];
};

type Rule<Kind extends Policy["kind"]> = Extract<Policy, { kind: Kind }>;

/** @param timesBefore how often a person broke the policy before this call */
export function applyRules(
  facts: CallFacts,
  verdict: Verdict,
  timesBefore: (userId: string, rule: Rule<"early_exit">, endedAt: number) => number,
): Consequences {
  const found: Consequences = { penalties: [], bonuses: [], broken: [] };
  const { endedAt } = verdict;
  if (endedAt === null) return found;
  const take = (policy: Policy["kind"], userId: string, amount: bigint) => {
    found.broken.push({ policy, userId });
    if (amount > 0n) found.penalties.push({ policy, userId, amount });
  };
  for (const rule of facts.terms.policies) {
    if (rule.kind === "early_exit") {
      const userId = leftEarly(rule, facts, verdict);
      if (userId === null) continue;
      const before = timesBefore(userId, rule, endedAt);
      const repeats = BigInt(before - rule.firstFree);
      take(rule.kind, userId, repeats < 0n ? 0n : rule.coins + rule.growth * repeats);
    } else if (rule.kind === "no_show") {
      const userId = stayedAway(facts, verdict, endedAt);
      if (userId !== null) take(rule.kind, userId, rule.coins);
    } else {
      for (const userId of earnedBonus(rule, facts, verdict))
        found.bonuses.push({ policy: rule.kind, userId, amount: rule.coins });
    }
  }
  return found;
}

/** Whether the person was there during all of the last moment before the instant. */
function wasThereTill(attendance: Attendance, userId: string, at: number): boolean {
  const { stretches } = stretchesOf(attendance, Number.NEGATIVE_INFINITY, at, (present) => present.has(userId));
  return stretches.some(([from, to]) => from < at && to === at);
}

/** Who is proven to have ended the call on purpose too early, while somebody else was still there. */
function leftEarly(rule: Rule<"early_exit">, { parties }: CallFacts, verdict: Verdict): string | null {
  const { status, startedAt, endedAt, endReason, endedBy, proofId, attendance } = verdict;
  if (status !== "completed" || startedAt === null || endedAt === null || endedBy === null || proofId === null)
    return null;
  if (endReason !== "payer_hung_up" && endReason !== "payee_hung_up") return null;
  if (endedAt - startedAt >= rule.underSeconds * 1000) return null;
  const isLeftAlone = !parties.some(({ userId }) => userId !== endedBy && wasThereTill(attendance, userId, endedAt));
  return isLeftAlone ? null : endedBy;
}

/** The payee who accepted in person and never came, though a payer waited to the end. */
function stayedAway(
  { parties }: CallFacts,
  { status, missed, acceptance, attendance }: Verdict,
  endedAt: number,
): string | null {
  const payeeId = parties.find(({ role }) => role === "payee")?.userId ?? null;
  if (status !== "missed" || missed !== "nobody_joined" || payeeId === null) return null;
  if (acceptance === null || acceptance.userId !== payeeId || acceptance.reason !== null) return null;
  if (attendance.stays.some(({ userId, from }) => userId === payeeId && from < endedAt)) return null;
  const payers = parties.filter(({ role }) => role === "payer");
  return payers.some(({ userId }) => wasThereTill(attendance, userId, endedAt)) ? payeeId : null;
}

/** Those of payer and payee who were there in a completed call that lasted long enough. */
function earnedBonus(rule: Rule<"long_call_bonus">, { parties }: CallFacts, verdict: Verdict): string[] {
  const { status, startedAt, endedAt, attendance } = verdict;
  if (status !== "completed" || startedAt === null || endedAt === null || rule.coins === 0n) return [];
  if (endedAt - startedAt < rule.overSeconds * 1000) return [];
  const roles = rule.to === "both" ? ["payer", "payee"] : [rule.to];
  return parties
    .filter(({ role }) => roles.includes(role))
    .map(({ userId }) => userId)
    .filter(
      (userId) => stretchesOf(attendance, startedAt, endedAt, (present) => present.has(userId)).stretches.length > 0,
    );
}
