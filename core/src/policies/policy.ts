// The shape of a policy, of what it takes, and of the decision that it explains.

/** Leaving early on purpose costs coins: `coins`, plus `growth` for each repeat after the first `firstFree` times. */
export type EarlyExitPolicy = {
  kind: "early_exit";
  underSeconds: number;
  coins: bigint;
  firstFree: number;
  growth: bigint;
};

/** Every policy that terms can carry. */
export type Policy = EarlyExitPolicy;

/** Coins that a policy takes from a user. */
export type Penalty = {
  policy: Policy["kind"];
  userId: string;
  amount: bigint;
  reason: string;
  /** The event that proves it. */
  evidenceId: string;
};

/** Why a policy applied or did not: one sentence for the receipt and the console. */
export type PolicyDecision = { policy: Policy["kind"]; userId: string | null; applied: boolean; why: string };

/** How often each user broke a policy before this call. */
export type PolicyContext = { priorCount: Readonly<Record<string, number>> };
