// The nonce line: what is to be sent, the number that it gets, every version that was signed, and what became of it. Rows only.
import type { Hex } from "viem";
import type { Queryable } from "../db/database.ts";
import type { Chain } from "./chain.ts";

/** One signed transaction. The next version has the same nonce and offers more. */
export interface Version {
  hash: Hex;
  raw: Hex;
  /** Wei per gas, as decimal digits. */
  maxFeePerGas: string;
  maxPriorityFeePerGas: string;
  sentAt: number;
}

export type SendState = "waiting" | "sent" | "mined" | "done" | "reverted" | "replaced" | "refused";

/** One thing that is to be achieved by one transaction. */
export interface Send {
  id: string;
  data: Hex;
  state: SendState;
  nonce: number | null;
  versions: Version[];
  minedHash: Hex | null;
  minedBlock: number | null;
  lastError: string | null;
  /** The mark by which a server knows that the row is still the one it took. */
  takenUntil: number;
}

type Place = Pick<Chain, "chainId" | "escrow" | "meter">;

/** A send that somebody should look at. */
export interface StuckSend extends Send {
  createdAt: number;
}

interface Row {
  id: string;
  data: Hex;
  state: SendState;
  nonce: bigint | null;
  versions: Version[];
  mined_hash: Hex | null;
  mined_block: bigint | null;
  last_error: string | null;
  next_look_at: bigint;
}

function readSendRow(row: Row): Send {
  return {
    id: row.id,
    data: row.data,
    state: row.state,
    nonce: row.nonce === null ? null : Number(row.nonce),
    versions: row.versions,
    minedHash: row.mined_hash,
    minedBlock: row.mined_block === null ? null : Number(row.mined_block),
    lastError: row.last_error,
    takenUntil: Number(row.next_look_at),
  };
}

/** Puts something into the line. What is there already, under the same id, stays as it is. */
export async function putSend(
  db: Queryable,
  { chainId, escrow, meter }: Place,
  id: string,
  data: Hex,
  now: number,
): Promise<void> {
  await db.query(
    `insert into chain_sends (id, chain_id, sender, receiver, data, created_at, next_look_at)
       values ($1, $2, $3, $4, $5, $6, $6) on conflict (id) do nothing`,
    [id, chainId, meter, escrow, data, now],
  );
}

export async function readSend(db: Queryable, id: string): Promise<Send | null> {
  const [row] = await db.query<Row>("select * from chain_sends where id = $1", [id]);
  return row === undefined ? null : readSendRow(row);
}

/** Takes what is due, in the order of the line: first what has a number, the lowest first. Nobody else gets it before `until`. */
export async function takeSends(db: Queryable, { chainId, meter }: Place, now: number, until: number): Promise<Send[]> {
  const rows = await db.query<Row>(
    `with due as materialized (
       select id from chain_sends where chain_id = $1 and sender = $2 and state in ('waiting', 'sent', 'mined') and next_look_at <= $3
        order by nonce nulls last, created_at, id limit 50 for update skip locked)
     update chain_sends s set next_look_at = $4 from due where s.id = due.id returning s.*`,
    [chainId, meter, now, until],
  );
  const last = Number.MAX_SAFE_INTEGER;
  return rows
    .map((row) => ({ send: readSendRow(row), nonce: row.nonce === null ? last : Number(row.nonce) }))
    .sort((a, b) => a.nonce - b.nonce || (a.send.id < b.send.id ? -1 : 1))
    .map(({ send }) => send);
}

/**
 * Gives the next number of the line, and with it a version that is not told to anybody yet: both or neither.
 * @param fromChain how many transactions of the sender are in blocks: nobody else should send with this key, and if somebody did, the
 *   line goes on behind it
 * @returns false when the row is not the one that was taken any more
 */
export async function takeNonce(
  tx: Queryable,
  { chainId, meter }: Place,
  send: Send,
  fromChain: number,
  sign: (nonce: number) => Promise<Version>,
): Promise<Send | null> {
  await tx.query(
    "insert into chain_senders (chain_id, address, next_nonce) values ($1, $2, $3) on conflict do nothing",
    [chainId, meter, fromChain],
  );
  await tx.query("select 1 from chain_senders where chain_id = $1 and address = $2 for update", [chainId, meter]);
  // A number below, which nobody of us has: somebody else's transaction had it, and the chain has taken that one back.
  const [row] = await tx.query<{ nonce: bigint }>(
    `update chain_senders set next_nonce = greatest(next_nonce, chosen.nonce + 1)
       from (select coalesce(min(free.nonce), greatest(max(line.next_nonce), $3)) as nonce
               from chain_senders line
               left join lateral (
                 select n as nonce from generate_series($3::bigint, line.next_nonce - 1) n
                  where not exists (select 1 from chain_sends s where s.chain_id = $1 and s.sender = $2 and s.nonce = n)) free on true
              where line.chain_id = $1 and line.address = $2) chosen
      where chain_id = $1 and address = $2 returning chosen.nonce`,
    [chainId, meter, fromChain],
  );
  const nonce = Number(row?.nonce);
  const version = await sign(nonce);
  const written = await tx.query(
    `update chain_sends set state = 'sent', nonce = $3, versions = $4::jsonb where id = $1 and next_look_at = $2 and state = 'waiting'
       returning id`,
    [send.id, send.takenUntil, nonce, JSON.stringify([version])],
  );
  if (written.length === 0) throw new Error(`the send ${send.id} was taken by somebody else`);
  return { ...send, state: "sent", nonce, versions: [version] };
}

const REOPEN = "state = 'sent', mined_hash = null, mined_block = null";

/**
 * Puts back into the line what the chain has taken back after it had counted: a number that nobody uses stops all that come after it.
 * @param fromChain how many transactions of the sender are in blocks
 */
export async function reopenSends(
  db: Queryable,
  { chainId, meter }: Place,
  fromChain: number,
  now: number,
): Promise<void> {
  await db.query(
    `update chain_sends set ${REOPEN}, next_look_at = $4
      where chain_id = $1 and sender = $2 and nonce >= $3 and state in ('done', 'reverted', 'replaced')`,
    [chainId, meter, fromChain, now],
  );
}

/** One that was done is looked at again: its effect is not to be seen (any more). */
export async function reopenSend(db: Queryable, id: string, now: number): Promise<void> {
  await db.query(`update chain_sends set ${REOPEN}, next_look_at = $2 where id = $1 and state = 'done'`, [id, now]);
}

/** Keeps one more version. @returns false when the row is not the one that was taken any more */
export async function addVersion(db: Queryable, send: Send, version: Version): Promise<boolean> {
  const rows = await db.query(
    `update chain_sends set versions = versions || $3::jsonb where id = $1 and next_look_at = $2 and state = 'sent' returning id`,
    [send.id, send.takenUntil, JSON.stringify([version])],
  );
  return rows.length === 1;
}

/** Gives a row back. */
export async function giveBackSend(
  db: Queryable,
  send: Send,
  found: Pick<Send, "state" | "minedHash" | "minedBlock" | "lastError"> & { nextLookAt: number },
): Promise<void> {
  await db.query(
    `update chain_sends set state = $3, mined_hash = $4, mined_block = $5, last_error = $6, next_look_at = $7
      where id = $1 and next_look_at = $2`,
    [send.id, send.takenUntil, found.state, found.minedHash, found.minedBlock, found.lastError, found.nextLookAt],
  );
}

/** Whether somebody with a lower number still waits to be mined: a stuck number stops all that come after it. */
export async function isFirstInLine(db: Queryable, { chainId, meter }: Place, nonce: number): Promise<boolean> {
  const rows = await db.query(
    "select 1 from chain_sends where chain_id = $1 and sender = $2 and state = 'sent' and nonce < $3 limit 1",
    [chainId, meter, nonce],
  );
  return rows.length === 0;
}

/**
 * Sends that are in no block although they were asked for before `before`, and of those that are named the ones that came to nothing:
 * the oldest first.
 * @param lastTries what somebody still wants; whoever has put a try into the line knows whether another one, or somebody else, did it
 */
export async function listStuckSends(
  db: Queryable,
  { chainId, meter }: Place,
  { before, lastTries, limit }: { before: number; lastTries: readonly string[]; limit: number },
): Promise<StuckSend[]> {
  const rows = await db.query<Row & { created_at: bigint }>(
    `select * from chain_sends where chain_id = $1 and sender = $2
        and ((state in ('waiting', 'sent') and created_at <= $3)
          or (state in ('reverted', 'refused', 'replaced') and id = any($4)))
      order by created_at, id limit $5`,
    [chainId, meter, before, lastTries, limit],
  );
  return rows.map((row) => ({ ...readSendRow(row), createdAt: Number(row.created_at) }));
}
