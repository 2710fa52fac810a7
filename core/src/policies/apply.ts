// Applies the policies of a call's terms to its end.
import { type CallFacts, type CallState, isFinal } from "../call.ts";
import { applyEarlyExit } from "./early_exit.ts";
import { applyLongCallBonus } from "./long_call_bonus.ts";
import { applyNoShow } from "./no_show.ts";
import type { Bonus, Penalty, PolicyContext, PolicyDecision } from "./policy.ts";

/** What the policies of the terms take and grant, and for each of them the decisions in words. Before the end there are none. */
export function applyPolicies(
  facts: CallFacts,
  state: CallState,
  context: PolicyContext,
): { penalties: Penalty[]; bonuses: Bonus[]; decisions: PolicyDecision[] } {
  const penalties: Penalty[] = [];
  const bonuses: Bonus[] = [];
  const decisions: PolicyDecision[] = [];
  if (!isFinal(state.status)) return { penalties, bonuses, decisions };
  for (const policy of facts.terms.policies) {
    if (policy.kind === "long_call_bonus") {
      const granted = applyLongCallBonus(policy, facts, state);
      decisions.push(...granted.decisions);
      bonuses.push(...granted.bonuses);
      continue;
    }
    const { penalty, decision } =
      policy.kind === "early_exit" ? applyEarlyExit(policy, facts, state, context) : applyNoShow(policy, facts, state);
    decisions.push(decision);
    if (penalty !== null) penalties.push(penalty);
  }
  return { penalties, bonuses, decisions };
}
