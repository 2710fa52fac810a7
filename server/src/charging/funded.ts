// Whether a call that is paid from an escrow may be entered: not before its deposit is there.
import { FairminuteError } from "@fairminute/core";
import type { CallJson } from "./json.ts";

/**
 * Lets people into any call but one whose deposit has not been seen. Once it has started, people who lost their connection come
 * back, also while the chain has taken the deposit back: the meter stands meanwhile.
 * @throws FairminuteError not_funded
 */
export function requireFunded({
  terms,
  fundedAt,
  startedAt,
}: Pick<CallJson, "terms" | "fundedAt" | "startedAt">): void {
  if (terms.funding.kind !== "escrow" || fundedAt !== null || startedAt !== null) return;
  throw new FairminuteError("not_funded", "The deposit of this call has not been confirmed on the chain yet.");
}
