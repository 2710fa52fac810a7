// Early exit: who ends a call on purpose before it has lasted long enough pays some coins.
import type { CallFacts, CallState } from "../call.ts";
import type { EarlyExitPolicy, Penalty, PolicyContext, PolicyDecision } from "./policy.ts";

/**
 * The penalty for an early exit, or the reason why there is none. Only proven intent counts: an acknowledged hang-up, or
 * a leave that the provider reports as client-initiated and after which nobody came back within the grace.
 */
export function applyEarlyExit(
  policy: EarlyExitPolicy,
  facts: CallFacts,
  state: CallState,
  context: PolicyContext,
): { penalty: Penalty | null; decision: PolicyDecision } {
  const userId = state.endedBy;
  const refuse = (why: string, broken = false) => {
    return { penalty: null, decision: { policy: policy.kind, userId, applied: false, broken, why } };
  };
  const { startedAt, endedAt, endReason, endEvidenceId } = state;
  if (state.status !== "completed" || startedAt === null || endedAt === null) return refuse("the call never started");
  if (userId === null || (endReason !== "payer_hung_up" && endReason !== "payee_hung_up")) {
    return refuse(`nobody is proven to have ended the call on purpose (${endReason ?? "no reason"})`);
  }
  if (endEvidenceId === null) return refuse("the event that proves the intent is not in the log");
  const seconds = Math.floor((endedAt - startedAt) / 1000);
  if (endedAt - startedAt >= policy.underSeconds * 1000) {
    return refuse(`the call lasted ${seconds} s, at least the ${policy.underSeconds} s that are asked`);
  }
  if (!someoneElseStayed(facts, state, userId, endedAt)) return refuse("the other side had already gone");
  const before = context.priorCount[userId] ?? 0;
  if (before < policy.firstFree) return refuse(`early exit ${before + 1} of ${policy.firstFree} that are free`, true);
  const amount = policy.coins + policy.growth * BigInt(before - policy.firstFree);
  if (amount === 0n) return refuse("the policy takes no coins", true);
  const why = `ended on purpose after ${seconds} s, before ${policy.underSeconds} s`;
  return {
    penalty: { policy: policy.kind, userId, amount, reason: why, evidenceId: endEvidenceId },
    decision: { policy: policy.kind, userId, applied: true, broken: true, why },
  };
}

/** Whether another party was there up to the end. */
function someoneElseStayed(facts: CallFacts, state: CallState, userId: string, endedAt: number): boolean {
  for (const person of state.presence) {
    if (person.userId === userId || !facts.parties.some((party) => party.userId === person.userId)) continue;
    if (person.intervals.some(({ from, to }) => from < endedAt && to >= endedAt)) return true;
  }
  return false;
}
