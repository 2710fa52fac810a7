// How far the chain was read, and what it said: rows that one server writes at a time, under the version it began from.
import type { Hex } from "viem";
import type { Queryable } from "../db/database.ts";
import type { Chain, EscrowLog, EventName } from "./chain.ts";

/** Up to where the logs were read. */
export interface Cursor {
  blockNumber: number;
  blockHash: string;
  version: bigint;
}

/** A block that was read, by its number and hash. */
export interface Mark {
  number: number;
  hash: Hex;
}

type Place = Pick<Chain, "chainId" | "escrow">;

export async function readCursor(db: Queryable, { chainId, escrow }: Place): Promise<Cursor | null> {
  const [row] = await db.query<{ block_number: bigint; block_hash: string; version: bigint }>(
    "select block_number, block_hash, version from chain_cursors where chain_id = $1 and contract = $2",
    [chainId, escrow],
  );
  return row === undefined
    ? null
    : { blockNumber: Number(row.block_number), blockHash: row.block_hash, version: row.version };
}

/** The hashes that were kept, newest first. */
export async function readMarks(db: Queryable, { chainId, escrow }: Place): Promise<Mark[]> {
  const rows = await db.query<{ block_number: bigint; block_hash: Hex }>(
    "select block_number, block_hash from chain_blocks where chain_id = $1 and contract = $2 order by block_number desc",
    [chainId, escrow],
  );
  return rows.map((row) => ({ number: Number(row.block_number), hash: row.block_hash }));
}

/** What one reading found: from `after` on everything is as it says. */
export interface Reading {
  after: number;
  to: Mark;
  marks: Mark[];
  logs: EscrowLog[];
  /** Older hashes are forgotten. */
  keepFrom: number;
}

/** Takes over the cursor. @returns false when another server has read on since: then nothing may be written */
export async function moveCursor(
  tx: Queryable,
  { chainId, escrow }: Place,
  before: Cursor | null,
  to: Mark,
): Promise<boolean> {
  const place = [chainId, escrow, to.number, to.hash];
  const rows =
    before === null
      ? await tx.query(
          `insert into chain_cursors (chain_id, contract, block_number, block_hash) values ($1, $2, $3, $4)
           on conflict (chain_id, contract) do nothing returning version`,
          place,
        )
      : await tx.query(
          `update chain_cursors set block_number = $3, block_hash = $4, version = version + 1
            where chain_id = $1 and contract = $2 and version = $5 returning version`,
          [...place, before.version],
        );
  return rows.length === 1;
}

/** Writes logs, all at once. One that had gone, and is there again, has not gone. */
async function writeLogs(tx: Queryable, { chainId, escrow }: Place, logs: readonly EscrowLog[], now: number) {
  await tx.query(
    `insert into chain_logs (chain_id, contract, block_hash, log_index, block_number, transaction_hash, name, session_id, arguments, read_at)
     select $1, $2, l.block_hash, l.log_index, l.block_number, l.transaction_hash, l.name, l.session_id, l.arguments::jsonb, $3
       from unnest($4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[])
              l(block_hash, log_index, block_number, transaction_hash, name, session_id, arguments)
     on conflict (chain_id, contract, block_hash, log_index) do update set gone_at = null`,
    [
      chainId,
      escrow,
      now,
      logs.map(({ blockHash }) => blockHash),
      logs.map(({ logIndex }) => logIndex),
      logs.map(({ blockNumber }) => blockNumber),
      logs.map(({ transactionHash }) => transactionHash),
      logs.map(({ name }) => name),
      logs.map(({ sessionId }) => sessionId),
      logs.map((log) => JSON.stringify(log.arguments)),
    ],
  );
}

/** Writes what was read. @returns the sessions of which something was said, or is said no more */
export async function writeReading(
  tx: Queryable,
  { chainId, escrow }: Place,
  { after, marks, logs, keepFrom }: Reading,
  now: number,
): Promise<{ touched: string[]; requests: string[] }> {
  const place = [chainId, escrow];
  await tx.query(
    "delete from chain_blocks where chain_id = $1 and contract = $2 and (block_number > $3 or block_number < $4)",
    [...place, after, keepFrom],
  );
  await tx.query(
    `insert into chain_blocks (chain_id, contract, block_number, block_hash)
       select $1, $2, m.number, m.hash from unnest($3::bigint[], $4::text[]) m(number, hash)`,
    [...place, marks.map(({ number }) => number), marks.map(({ hash }) => hash)],
  );
  const gone = await tx.query<{ session_id: string }>(
    `update chain_logs set gone_at = $4 where chain_id = $1 and contract = $2 and block_number > $3 and gone_at is null
       returning session_id`,
    [...place, after, now],
  );
  if (logs.length > 0) await writeLogs(tx, { chainId, escrow }, logs, now);
  const touched = [...gone.map((row) => row.session_id), ...logs.map(({ sessionId }) => sessionId)];
  const requests = logs.flatMap(({ arguments: { requestId } }) => (requestId === undefined ? [] : [requestId]));
  return { touched: [...new Set(touched)], requests: [...new Set(requests)] };
}

interface LogRow {
  name: EventName;
  session_id: Hex;
  block_number: bigint;
  block_hash: Hex;
  transaction_hash: Hex;
  log_index: number;
  arguments: Record<string, string>;
}

/** What stands on the chain of sessions, by the contract's ids of them, as far as it was read, in the chain's order. */
export async function readStandingLogs(
  db: Queryable,
  place: Place,
  contractIds: readonly string[],
): Promise<EscrowLog[]> {
  const rows = await db.query<LogRow>(
    `select name, session_id, block_number, block_hash, transaction_hash, log_index, arguments from chain_logs
      where session_id = any($3) and chain_id = $1 and contract = $2 and gone_at is null order by block_number, log_index`,
    [place.chainId, place.escrow, contractIds],
  );
  return rows.map((row) => ({
    name: row.name,
    sessionId: row.session_id,
    blockNumber: Number(row.block_number),
    blockHash: row.block_hash,
    transactionHash: row.transaction_hash,
    logIndex: Number(row.log_index),
    arguments: row.arguments,
  }));
}
