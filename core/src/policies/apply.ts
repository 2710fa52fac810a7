// Applies the policies of a call's terms to its end.
import { type CallFacts, type CallState, isFinal } from "../call.ts";
import { applyEarlyExit } from "./early_exit.ts";
import type { Penalty, PolicyContext, PolicyDecision } from "./policy.ts";

/** The penalties that the terms ask for, and for each policy the decision in words. Before the end there are none. */
export function applyPolicies(
  facts: CallFacts,
  state: CallState,
  context: PolicyContext,
): { penalties: Penalty[]; decisions: PolicyDecision[] } {
  const penalties: Penalty[] = [];
  const decisions: PolicyDecision[] = [];
  if (!isFinal(state.status)) return { penalties, decisions };
  for (const policy of facts.terms.policies) {
    const { penalty, decision } = applyEarlyExit(policy, facts, state, context);
    decisions.push(decision);
    if (penalty !== null) penalties.push(penalty);
  }
  return { penalties, decisions };
}
