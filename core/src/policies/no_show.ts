// No-show: a payee who accepts a call and never comes pays some coins, when a payer has waited for them to the end.
import type { CallFacts, CallState } from "../call.ts";
import type { NoShowPolicy, Penalty, PolicyDecision } from "./policy.ts";

/** The penalty for not coming, or the reason why there is none. Only an acceptance in person is a promise to come. */
export function applyNoShow(
  policy: NoShowPolicy,
  facts: CallFacts,
  state: CallState,
): { penalty: Penalty | null; decision: PolicyDecision } {
  const userId = facts.parties.find(({ role }) => role === policy.who)?.userId ?? null;
  const refuse = (why: string, broken = false) => {
    return { penalty: null, decision: { policy: policy.kind, userId, applied: false, broken, why } };
  };
  const { endedAt, acceptanceId } = state;
  if (state.status !== "missed" || state.missedReason !== "nobody_joined" || endedAt === null || userId === null) {
    return refuse(`the call was not missed by a ${policy.who} who had accepted it`);
  }
  if (state.acceptedBy !== userId || acceptanceId === null || state.acceptanceReason !== null) {
    return refuse(`the ${policy.who} did not accept it in person`);
  }
  if (state.connections.some((connection) => connection.userId === userId && (connection.from ?? endedAt) < endedAt)) {
    return refuse(`the ${policy.who} was there`);
  }
  if (!somebodyWaited(facts, state, endedAt)) return refuse("nobody waited to the end");
  if (policy.coins === 0n) return refuse("the policy takes no coins", true);
  const why = `accepted the call and did not come in ${facts.terms.limits.joinTimeoutSeconds} s`;
  return {
    penalty: { policy: policy.kind, userId, amount: policy.coins, reason: why, evidenceId: acceptanceId },
    decision: { policy: policy.kind, userId, applied: true, broken: true, why },
  };
}

/** Whether a payer was there when the time to join ran out. */
function somebodyWaited(facts: CallFacts, state: CallState, endedAt: number): boolean {
  return state.presence.some(
    ({ userId, intervals }) =>
      facts.parties.some((party) => party.userId === userId && party.role === "payer") &&
      intervals.some(({ from, to }) => from < endedAt && to >= endedAt),
  );
}
