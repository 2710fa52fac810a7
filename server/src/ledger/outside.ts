// Coins that come into a wallet from the world outside, and that go out of it again: top-ups and payouts.
import { type Coins, coinsToJson, FairminuteError } from "@fairminute/core";
import { type Database, DatabaseError, type Queryable } from "../db/database.ts";
import { EXTERNAL, walletOf } from "./accounts.ts";
import { postTransfers, type Transfer } from "./transfers.ts";

export interface Movement {
  userId: string;
  amount: Coins;
  /** Its identity among all top-ups, or among all payouts: a second one with the same key has no effect. */
  key: string;
  now: number;
  memo?: string | null | undefined;
}

/** What is written together with a movement, or not at all. */
type Alongside = (tx: Queryable) => Promise<unknown>;

const UNIQUE_VIOLATION = "23505";

const subjects = { top_up: "topup", payout: "payout" } as const;

/** What a movement is called in the wallet's statement. */
export const transferIdOf = (kind: keyof typeof subjects, key: string): string => `${subjects[kind]}_${key}.${kind}`;

/** @returns whether coins moved now; false: they had moved before */
async function move(
  db: Database,
  kind: keyof typeof subjects,
  movement: Movement,
  alongside: Alongside | undefined,
): Promise<boolean> {
  const { userId, amount, key, now, memo = null } = movement;
  const subject = `${subjects[kind]}_${key}`;
  const wallet = walletOf(userId);
  const [from, to] = kind === "top_up" ? [EXTERNAL, wallet] : [wallet, EXTERNAL];
  const transfer: Transfer = { subject, name: kind, kind, from, to, amount, memo };
  try {
    const refusal = await db.transaction(async (tx) => {
      const [refused] = await postTransfers(tx, { transfers: [transfer], now });
      if (refused === undefined) await alongside?.(tx);
      return refused;
    });
    if (refusal === undefined) return true;
    if (refusal.code === "insufficient_balance") {
      const available = refusal.available ?? 0n;
      throw new FairminuteError(
        "insufficient_balance",
        `${userId} has ${available} coins, and ${amount} were to go out.`,
        {
          details: { required: coinsToJson(amount), available: coinsToJson(available) },
        },
      );
    }
  } catch (error) {
    // Another server posted it between the look and the insert: the table's key refused ours, as it must.
    if (!(error instanceof DatabaseError && error.sqlstate === UNIQUE_VIOLATION)) throw error;
  }
  const [row] = await db.query<{ from_account: string; to_account: string; amount: bigint }>(
    "select from_account, to_account, amount from transfers where subject = $1 and name = $2",
    [subject, kind],
  );
  if (row?.from_account !== from || row.to_account !== to || row.amount !== amount)
    throw new FairminuteError("idempotency_key_reused", `${subject} was already used for another user or amount`);
  return false;
}

/**
 * A top-up: coins from outside into a user's wallet.
 * @param alongside what is written with it, when coins move
 * @returns whether coins moved now (false: they had moved before)
 * @throws FairminuteError idempotency_key_reused when the key was used for another user or amount
 */
export const creditWallet = (db: Database, credit: Movement, alongside?: Alongside): Promise<boolean> =>
  move(db, "top_up", credit, alongside);

/**
 * A payout: coins from a user's wallet to the outside. What is held for calls is not in the wallet.
 * @param alongside what is written with it, when coins move
 * @returns whether coins moved now (false: they had moved before)
 * @throws FairminuteError insufficient_balance with both figures, and nothing is moved; idempotency_key_reused as above
 */
export const payOut = (db: Database, payout: Movement, alongside?: Alongside): Promise<boolean> =>
  move(db, "payout", payout, alongside);
