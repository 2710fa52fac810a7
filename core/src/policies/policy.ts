// The shape of a policy, of what it takes and grants, and of the decision that it explains.

/** Leaving early on purpose costs coins: `coins`, plus `growth` for each repeat after the first `firstFree` times. */
export type EarlyExitPolicy = {
  kind: "early_exit";
  underSeconds: number;
  coins: bigint;
  firstFree: number;
  growth: bigint;
  /** How far back repeats count; null: for ever. Whoever counts them for `priorCount` keeps to it. */
  periodSeconds: number | null;
};

/** A completed call that lasted long enough grants coins. */
export type LongCallBonusPolicy = {
  kind: "long_call_bonus";
  overSeconds: number;
  coins: bigint;
  to: "payer" | "payee" | "both";
};

/** Who accepts a call and does not come, while the other side waits to the end, pays some coins. */
export type NoShowPolicy = { kind: "no_show"; coins: bigint; who: "payee" };

/** Every policy that terms can carry. */
export type Policy = EarlyExitPolicy | LongCallBonusPolicy | NoShowPolicy;

/** Coins that a policy takes from a user. */
export type Penalty = {
  policy: Policy["kind"];
  userId: string;
  amount: bigint;
  reason: string;
  /** The event that proves it. */
  evidenceId: string;
};

/** Coins that a policy grants to a user. */
export type Bonus = { policy: Policy["kind"]; userId: string; amount: bigint; reason: string };

/**
 * Why a policy applied or did not: one sentence for the receipt and the console. `applied` when it moves coins; `broken` when
 * the user broke its rule, whether that costs coins or is free this time.
 */
export type PolicyDecision = {
  policy: Policy["kind"];
  userId: string | null;
  applied: boolean;
  broken: boolean;
  why: string;
};

/** How often each user broke a policy before this call. */
export type PolicyContext = { priorCount: Readonly<Record<string, number>> };
