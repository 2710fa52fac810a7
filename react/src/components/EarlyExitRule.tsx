// What leaving early costs, said before it does.
import type { TermsJson } from "@fairminute/core";
import type { ReactNode } from "react";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";

type EarlyExitRuleProps = {
  terms: Pick<TermsJson, "policies">;
  /** How long the call has lasted: the rule goes when it can no longer be broken. */
  seconds?: number;
};

/** Draws nothing where leaving costs nothing. */
export function EarlyExitRule({ terms, seconds = 0 }: EarlyExitRuleProps): ReactNode {
  const { words, format } = useFairminute();
  const policy = terms.policies.find(({ kind }) => kind === "early_exit");
  if (policy?.kind !== "early_exit" || policy.coins === 0 || seconds >= policy.underSeconds) return null;
  return (
    <p className="fm-rule" data-testid="early-exit-rule">
      {words.penalties.earlyExitRule(format.duration(policy.underSeconds), format.coins(policy.coins))}
    </p>
  );
}
