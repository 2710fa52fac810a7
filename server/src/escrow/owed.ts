// What the ledger says that the contract owes the people of one call, and the transfers that bring it to what the contract did.
import type { Queryable } from "../db/database.ts";
import { claimOf, escrowOf } from "../ledger/accounts.ts";
import { type NewAccount, postTransfers, type Transfer } from "../ledger/transfers.ts";
import type { Division } from "./story.ts";

/** Whose call it is, and what it counts in. */
export interface Owing {
  callId: string;
  currency: string;
  payerId: string;
  payeeId: string;
}

const sides = ["toTutor", "fee", "toStudent"] as const;
type Side = (typeof sides)[number];

const none: Division = { toTutor: 0n, fee: 0n, toStudent: 0n };

function accountsOf({ currency, payerId, payeeId }: Owing): Record<Side, string> {
  return {
    toTutor: claimOf(currency, payeeId),
    fee: claimOf(currency, null),
    toStudent: claimOf(currency, payerId),
  };
}

const nameOf: Record<Side, string> = { toTutor: "tutor", fee: "platform", toStudent: "student" };

export const sumOf = ({ toTutor, fee, toStudent }: Division): bigint => toTutor + fee + toStudent;

/** What the transfers of a call have put into each claim and not taken out again. */
export async function readOwed(db: Queryable, owing: Owing): Promise<Division> {
  const accounts = accountsOf(owing);
  const rows = await db.query<{ account: string; amount: string }>(
    `select account, sum(amount)::text as amount
       from (select to_account as account, amount from transfers where subject = $1
             union all select from_account, -amount from transfers where subject = $1) moved
      where account = any($2) group by account`,
    [owing.callId, Object.values(accounts)],
  );
  const owed = { ...none };
  for (const side of sides) owed[side] = BigInt(rows.find(({ account }) => account === accounts[side])?.amount ?? 0);
  return owed;
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Moves between the claims until each is what it should be: what is too much somewhere goes where it is missing, in a fixed order. */
function adjust(owing: Owing, from: Division, to: Division, label: string): Transfer[] {
  const accounts = accountsOf(owing);
  const change: Division = { ...none };
  for (const side of sides) change[side] = to[side] - from[side];
  const transfers: Transfer[] = [];
  for (const giver of sides) {
    for (const taker of sides) {
      if (change[giver] >= 0n || change[taker] <= 0n) continue;
      const amount = smaller(-change[giver], change[taker]);
      change[giver] += amount;
      change[taker] -= amount;
      transfers.push({
        subject: owing.callId,
        name: `adjust:${label}:${nameOf[giver]}:${nameOf[taker]}`,
        kind: "adjustment",
        from: accounts[giver],
        to: accounts[taker],
        amount,
        currency: owing.currency,
        memo: "The contract divided the deposit otherwise",
      });
    }
  }
  return transfers;
}

function move(owing: Owing, division: Division, label: string, direction: "out" | "back", memo: string): Transfer[] {
  const accounts = accountsOf(owing);
  const escrow = escrowOf(owing.currency);
  return sides.flatMap((side) => {
    if (division[side] === 0n) return [];
    const [from, to] = direction === "out" ? [accounts[side], escrow] : [escrow, accounts[side]];
    const name = `${label}:${nameOf[side]}`;
    const kind = label.startsWith("payout") ? ("payout" as const) : ("adjustment" as const);
    const shared = { subject: owing.callId, kind, currency: owing.currency, memo };
    return [{ ...shared, name, from, to, amount: division[side] }];
  });
}

async function post(tx: Queryable, owing: Owing, transfers: Transfer[], now: number): Promise<void> {
  if (transfers.length === 0) return;
  const accounts: NewAccount[] = sides.map((side) => ({
    subject: owing.callId,
    id: accountsOf(owing)[side],
    kind: "claim" as const,
    ownerId: side === "fee" ? null : side === "toTutor" ? owing.payeeId : owing.payerId,
    currency: owing.currency,
  }));
  const refused = await postTransfers(tx, { accounts, transfers, now });
  if (refused.length > 0) {
    throw new Error(
      `the ledger refused what the chain says of ${owing.callId}: ${refused[0]?.code} ${refused[0]?.account}`,
    );
  }
}

/**
 * The contract has paid: the claims are made what it paid, and leave to it.
 * @param n how often the chain was applied to the call, this time included: it makes the names differ
 */
export async function postPayout(
  tx: Queryable,
  owing: Owing,
  owed: Division,
  paid: Division,
  n: number,
  now: number,
): Promise<void> {
  const transfers = [
    ...adjust(owing, owed, paid, String(n)),
    ...move(owing, paid, `payout:${n}`, "out", "Paid by the contract"),
  ];
  await post(tx, owing, transfers, now);
}

/** The chain has taken the deposit back: nothing is owed any more, as long as it does not return. */
export async function postLoss(tx: Queryable, owing: Owing, owed: Division, n: number, now: number): Promise<void> {
  await post(tx, owing, move(owing, owed, `gone:${n}`, "out", "The chain took the deposit back"), now);
}

/** What was applied last is not so: the way back, transfer by transfer. */
export async function postReverse(
  tx: Queryable,
  owing: Owing,
  applied: { owed: Division; left: Division },
  n: number,
  now: number,
): Promise<void> {
  const transfers = [
    ...move(owing, applied.left, `back:${n}`, "back", "The chain took it back"),
    ...adjust(owing, applied.left, applied.owed, `back:${n}`),
  ];
  await post(tx, owing, transfers, now);
}
