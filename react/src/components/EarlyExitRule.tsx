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
  if (policy?.kind !== "early_exit" || (policy.coins === 0 && policy.growth === 0) || seconds >= policy.underSeconds)
    return null;
  const { underSeconds, coins, firstFree, growth, periodSeconds } = policy;
  const isCounted = firstFree > 0 || growth > 0;
  const sentences = [
    words.penalties.earlyExitRule(format.duration(underSeconds), format.coins(coins)),
    ...(firstFree > 0 ? [words.penalties.firstFree(firstFree)] : []),
    ...(growth > 0 ? [words.penalties.grows(format.coins(growth))] : []),
    ...(isCounted && periodSeconds !== null ? [words.penalties.period(format.period(periodSeconds))] : []),
  ];
  return (
    <p className="fm-rule" data-testid="early-exit-rule">
      {sentences.join(" ")}
    </p>
  );
}
