// Plans what policies move when a call is settled, and gives back a penalty that later evidence disproves.
import type { PlannedTransfer } from "../account.ts";
import type { CallFacts } from "../call.ts";
import type { Charge } from "../charge.ts";
import type { Bonus, Penalty } from "./policy.ts";

/** What the plan of a call knows of its policies' transfers. */
export type PolicyLedger = {
  facts: CallFacts;
  /** Names of the policies' transfers that the ledger holds. */
  penaltiesPosted: readonly string[];
  /** What the posted penalties took, by name. */
  penaltyCoins?: Readonly<Record<string, bigint>>;
};

/**
 * The transfers of the policies of a settled call. Penalties are taken and bonuses granted when it is settled, or never: who had
 * no coins then owes none later. Evidence that comes after it only gives back, and what was granted stays granted.
 * @param availableTo the coins in a user's wallet; null when unknown
 */
export function planPolicies(
  ledger: PolicyLedger,
  { penalties, bonuses, policyDecisions }: Charge,
  availableTo: (userId: string) => bigint | null,
): PlannedTransfer[] {
  const { facts, penaltiesPosted } = ledger;
  const transfers: PlannedTransfer[] = [];
  if (facts.decided === null) {
    for (const penalty of penalties) {
      const transfer = planPenalty(penalty, availableTo(penalty.userId));
      if (transfer !== null && !penaltiesPosted.includes(transfer.name)) transfers.push(transfer);
    }
    for (const bonus of bonuses) {
      const transfer = planBonus(bonus);
      if (!penaltiesPosted.includes(transfer.name)) transfers.push(transfer);
    }
  }
  if (penaltiesPosted.length === 0) return transfers;
  // Only the rule is asked, not its price: how often somebody broke it before may be counted otherwise by now.
  const broken = new Set<string>();
  for (const { policy, userId, broken: isBroken } of policyDecisions) {
    if (isBroken && userId !== null) broken.add(penaltyName({ policy, userId }));
  }
  for (const { userId } of facts.parties) {
    for (const { kind: policy } of facts.terms.policies) {
      const name = penaltyName({ policy, userId });
      const amount = ledger.penaltyCoins?.[name] ?? 0n;
      if (amount <= 0n || broken.has(name) || !penaltiesPosted.includes(name)) continue;
      const refund: PlannedTransfer = {
        name: `refund:${name}`,
        kind: "refund",
        from: { kind: "platform" },
        to: { kind: "wallet", userId },
        amount,
      };
      if (!penaltiesPosted.includes(refund.name)) transfers.push(refund);
    }
  }
  return transfers;
}

/** A penalty as a transfer, up to what the wallet holds; null when it holds nothing. */
function planPenalty(penalty: Penalty, available: bigint | null): PlannedTransfer | null {
  const amount = available !== null && available < penalty.amount ? available : penalty.amount;
  if (amount <= 0n) return null;
  return {
    name: penaltyName(penalty),
    kind: "penalty",
    from: { kind: "wallet", userId: penalty.userId },
    to: { kind: "platform" },
    amount,
  };
}

function planBonus({ userId, policy, amount }: Bonus): PlannedTransfer {
  return {
    name: `bonus:${userId}:${policy}`,
    kind: "bonus",
    from: { kind: "external" },
    to: { kind: "wallet", userId },
    amount,
  };
}

/** The identity of a penalty within its call. */
function penaltyName({ userId, policy }: Pick<Penalty, "userId" | "policy">): string {
  return `penalty:${userId}:${policy}`;
}
