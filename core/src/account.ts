// The accounts of a call and the transfers between them, by name.

/**
 * An account that a call moves money between. `external` is where coins come from that nobody of the call has paid. `escrow` is
 * the contract on a chain that holds the deposits of such calls; a claim is what it owes somebody: a user, or the platform (null).
 */
export type AccountRef =
  | { kind: "wallet"; userId: string }
  | { kind: "call"; payerId: string }
  | { kind: "platform" }
  | { kind: "external" }
  | { kind: "escrow" }
  | { kind: "claim"; userId: string | null };

export const transferKinds = ["place", "capture", "fee", "release", "penalty", "bonus", "refund"] as const;
export type TransferKind = (typeof transferKinds)[number];

/** A transfer that is due. Its name is unique within the call: a second one of that name has no effect (I7). */
export type PlannedTransfer = { name: string; kind: TransferKind; from: AccountRef; to: AccountRef; amount: bigint };

/** What the ledger shows for one payer of a call. */
export type Money = {
  payerId: string;
  placed: bigint;
  /** To the payee and to the platform together. */
  captured: bigint;
  released: bigint;
  refunded: bigint;
  /** How many place transfers there are. */
  placements: number;
  /** How many refund transfers there are, or how many rounds of them: only a number that grows. */
  refunds: number;
};

/** The ledger of a payer for whom nothing was posted. */
export function noMoney(payerId: string): Money {
  return { payerId, placed: 0n, captured: 0n, released: 0n, refunded: 0n, placements: 0, refunds: 0 };
}

/** What stands in the call account of a payer (I3). */
export function heldOf(money: Money): bigint {
  return money.placed - money.captured - money.released;
}
