// Posting: the only door through which money moves.
import type { Coins } from "@fairminute/core";
import type { Queryable } from "../db/database.ts";
import { rowArray } from "../db/rows.ts";
import { CURRENCY, ownerOf } from "./accounts.ts";

export type TransferKind =
  | "place"
  | "capture"
  | "fee"
  | "release"
  | "penalty"
  | "bonus"
  | "refund"
  | "top_up"
  | "payout"
  | "adjustment";

/** One transfer: `amount` from one account to another of the same currency, under a name that its subject has once. */
export interface Transfer {
  subject: string;
  name: string;
  kind: TransferKind;
  from: string;
  to: string;
  amount: Coins;
  /** Coins when absent. */
  currency?: string | undefined;
  memo?: string | null;
}

/** An account to be opened with the batch if it is not there: the call's own account, and the claims of a call with an escrow. */
export interface NewAccount {
  /** Opened only together with this subject's transfers. */
  subject: string | null;
  id: string;
  kind: "call" | "wallet" | "escrow" | "claim";
  ownerId: string | null;
  /** Coins when absent. */
  currency?: string | undefined;
}

/** A subject whose transfers were not posted, and why. */
export interface Refusal {
  subject: string;
  code: "insufficient_balance" | "duplicate_transfer";
  /** The wallet that was short, or the name that was there already. */
  account: string;
  /** What the short wallet had, in coins. */
  available: Coins | null;
}

/** The parameters of post_transfers (and of write_calls, which posts through it). */
export function postingParameters(
  accounts: NewAccount[],
  transfers: Transfer[],
): { accounts: string; wallets: string[]; transfers: string } {
  const wallets = new Set<string>();
  for (const { from, to } of transfers) {
    if (ownerOf(from) !== null) wallets.add(from);
    if (ownerOf(to) !== null) wallets.add(to);
  }
  return {
    accounts: rowArray(
      accounts.map(({ subject, id, kind, ownerId, currency = CURRENCY }) => [subject, id, kind, ownerId, currency]),
    ),
    wallets: [...wallets].sort(),
    transfers: rowArray(
      transfers.map(({ subject, name, kind, from, to, amount, currency = CURRENCY, memo }) => [
        subject,
        name,
        kind,
        from,
        to,
        amount,
        currency,
        memo,
      ]),
    ),
  };
}

/**
 * Posts a batch in one statement: per subject all transfers or none.
 * @returns the subjects that were refused; everything else is posted
 * @throws DatabaseError when a transfer is malformed (unknown account, amount not positive): nothing of the batch is posted
 */
export async function postTransfers(
  db: Queryable,
  batch: { accounts?: NewAccount[]; transfers: Transfer[]; now: number },
): Promise<Refusal[]> {
  const { accounts, wallets, transfers } = postingParameters(batch.accounts ?? [], batch.transfers);
  return db.query<Refusal>(
    "select subject, code, account, available from post_transfers($1::text::account_to_open[], $2::text[], $3::text::transfer_to_post[], $4)",
    [accounts, wallets, transfers, batch.now],
  );
}
