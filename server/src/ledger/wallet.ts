// What a user has: their wallet and its statement.
import { type Coins, coinsToJson, FairminuteError } from "@fairminute/core";
import type { Queryable } from "../db/database.ts";
import { CURRENCY, ownerOf, walletOf } from "./accounts.ts";
import type { TransferKind } from "./transfers.ts";

export interface WalletJson {
  userId: string;
  currency: string;
  /** What can be spent now. */
  available: number;
  /** What stands in the accounts of calls that this user pays for. */
  held: number;
  /** What calls have paid this user, ever: captures less refunds. */
  earnings: number;
  /** available + held. */
  total: number;
}

/** What 0001_ledger.sql's indexes leave out: without naming it, a statement cannot use them. */
const OUT_LIST = "from_account not like 'hold\\_%'";
const IN_LIST = "to_account not like 'hold\\_%'";

/** @returns the wallet; a user who never had a coin has an empty one */
export async function readWallet(db: Queryable, userId: string): Promise<WalletJson> {
  const [row] = await db.query<{ available: bigint | null; held: bigint; earned: bigint }>(
    `select (select balance from accounts where id = $1) as available,
            (select coalesce(sum(balance), 0)::bigint from accounts where owner_id = $2 and kind = 'call' and balance > 0 and currency = '${CURRENCY}') as held,
            (select coalesce(sum(amount), 0) from transfers where to_account = $1 and ${IN_LIST} and kind = 'capture')::bigint
            - (select coalesce(sum(amount), 0) from transfers where from_account = $1 and ${OUT_LIST} and kind = 'refund')::bigint
              as earned`,
    [walletOf(userId), userId],
  );
  const available = row?.available ?? 0n;
  const held = row?.held ?? 0n;
  return {
    userId,
    currency: CURRENCY,
    available: coinsToJson(available),
    held: coinsToJson(held),
    earnings: coinsToJson(row?.earned ?? 0n),
    total: coinsToJson(available + held),
  };
}

export interface TransferJson {
  id: string;
  kind: TransferKind;
  /** Positive: came in. Negative: went out. */
  amount: number;
  /** The wallet's balance right after it. */
  balanceAfter: number;
  /** The other side: a user id, `call`, `platform` or `external`. */
  counterparty: string;
  callId: string | null;
  memo: string | null;
  at: string;
}

interface Row {
  subject: string;
  name: string;
  seq: bigint;
  kind: TransferKind;
  from_account: string;
  to_account: string;
  amount: bigint;
  balance_after: bigint;
  posted_at: bigint;
  memo: string | null;
}

function toJson(row: Row, wallet: string): TransferJson {
  const incoming = row.to_account === wallet;
  const other = incoming ? row.from_account : row.to_account;
  return {
    id: `${row.subject}.${row.name}`,
    kind: row.kind,
    amount: coinsToJson(row.amount) * (incoming ? 1 : -1),
    balanceAfter: coinsToJson(row.balance_after),
    counterparty: ownerOf(other) ?? (other.startsWith("hold_") ? "call" : other),
    callId: row.subject.startsWith("call_") ? row.subject : null,
    memo: row.memo,
    at: new Date(Number(row.posted_at)).toISOString(),
  };
}

/**
 * The statement of a wallet, newest first.
 * @param page.cursor what the page before returned as nextCursor
 * @throws FairminuteError invalid_cursor
 */
export async function listTransfers(
  db: Queryable,
  userId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ transfers: TransferJson[]; hasMore: boolean; nextCursor: string | null }> {
  if (page.cursor !== undefined && !/^\d{1,18}$/.test(page.cursor)) {
    throw new FairminuteError("invalid_cursor", "the cursor is not one that this list returned", { param: "cursor" });
  }
  const wallet = walletOf(userId);
  // The balance after a transfer is today's balance less everything since: a window over the newest rows only.
  const rows = await db.query<Row>(
    `with side as (
       select * from (select *, -amount as delta from transfers where from_account = $1 and ${OUT_LIST} order by seq desc) o
       union all
       select * from (select *, amount as delta from transfers where to_account = $1 and ${IN_LIST} order by seq desc) i
     ), told as (
       select side.*, (select balance from accounts where id = $1)
              - coalesce(sum(delta) over (order by seq desc rows between unbounded preceding and 1 preceding), 0)::bigint as balance_after
         from side
     )
     select subject, name, seq, kind, from_account, to_account, amount, balance_after::bigint as balance_after, posted_at, memo from told
      where $2::bigint is null or seq < $2::bigint order by seq desc limit $3`,
    [wallet, page.cursor === undefined ? null : BigInt(page.cursor), page.limit + 1],
  );
  const hasMore = rows.length > page.limit;
  const shown = rows.slice(0, page.limit);
  return {
    transfers: shown.map((row) => toJson(row, wallet)),
    hasMore,
    nextCursor: hasMore ? String(shown.at(-1)?.seq) : null,
  };
}

/** What a user can spend now, in coins. */
export async function readAvailable(db: Queryable, userId: string): Promise<Coins> {
  const [row] = await db.query<{ balance: bigint }>("select balance from accounts where id = $1", [walletOf(userId)]);
  return row?.balance ?? 0n;
}
