// Follows the chain: reads on from the last block, and goes back first when the chain has changed its mind.
import { FairminuteError } from "@fairminute/core";
import type { Database, Queryable } from "../db/database.ts";
import type { Block, Chain, EscrowLog } from "./chain.ts";
import { type Cursor, type Mark, moveCursor, type Reading, readCursor, readMarks, writeReading } from "./cursor.ts";

/** So many blocks may be taken back and are still found by their hashes; a deeper change is read from the first block again. */
export const REORG_DEPTH = 64;
/** So many old blocks are asked for at once. */
const RANGE = 2000;

/** What a reading changed. */
export interface Followed {
  /** The newest block that was read. */
  head: number;
  touched: string[];
  /** The applications' own names of sessions that were opened. */
  requests: string[];
}

export interface FollowWorld {
  db: Database;
  chain: Chain;
  now: () => number;
  /** Done in the transaction that writes what was read, so that nothing of it is forgotten. */
  onRead: (tx: Queryable, followed: Followed) => Promise<void>;
}

/** The newest block that was read before and still stands; the one before the first when none does. */
async function findCommon({ db, chain }: FollowWorld, cursor: Cursor | null, head: Block): Promise<number> {
  const none = chain.startBlock - 1;
  if (cursor === null) return none;
  for (const mark of await readMarks(db, chain)) {
    if (mark.number > head.number) continue;
    const block = mark.number === head.number ? head : await chain.readBlock(mark.number);
    if (block?.hash === mark.hash) return mark.number;
  }
  return none;
}

function changed(): FairminuteError {
  return new FairminuteError("chain_unavailable", "the chain changed while it was read");
}

/** Blocks that may still change, one by one: each must follow the one before, and its logs are asked for by its hash. */
async function readRecent(chain: Chain, from: number, to: number, parent: string | null) {
  const marks: Mark[] = [];
  const logs: EscrowLog[] = [];
  let before = parent;
  for (let number = from; number <= to; number++) {
    const block = await chain.readBlock(number);
    if (block === null || (before !== null && block.parentHash !== before)) throw changed();
    logs.push(...(await chain.readLogsOf(block.hash)));
    marks.push({ number, hash: block.hash });
    before = block.hash;
  }
  return { marks, logs };
}

async function read(world: FollowWorld, cursor: Cursor | null, head: Block): Promise<Reading | null> {
  const { chain } = world;
  const isKnown = cursor !== null && cursor.blockNumber === head.number && cursor.blockHash === head.hash;
  if (isKnown || head.number < chain.startBlock) return null;
  const after = await findCommon(world, cursor, head);
  // A node that lags behind, or a chain that has just lost its last blocks: there is no news until it has grown again.
  if (after >= head.number) return null;
  const solidTo = head.number - REORG_DEPTH;
  const keepFrom = Math.max(0, solidTo);
  if (after < solidTo) {
    const last = Math.min(solidTo, after + RANGE);
    const block = await chain.readBlock(last);
    if (block === null) throw changed();
    const logs = await chain.readLogsBetween(after + 1, last);
    const to = { number: last, hash: block.hash };
    return { after, to, marks: [to], logs, keepFrom };
  }
  const parent = (await readMarks(world.db, chain)).find(({ number }) => number === after)?.hash ?? null;
  const { marks, logs } = await readRecent(chain, after + 1, head.number, parent);
  return { after, to: marks.at(-1) as Mark, marks, logs, keepFrom };
}

/**
 * Reads on, once.
 * @returns how far it is read now, and whether something was written; null when another server was faster, or there is no news
 * @throws FairminuteError chain_unavailable: nothing is written then
 */
export async function followChain(world: FollowWorld): Promise<Followed | null> {
  const { db, chain, now, onRead } = world;
  const cursor = await readCursor(db, chain);
  const reading = await read(world, cursor, await chain.readHead());
  if (reading === null) return null;
  return db.transaction(async (tx) => {
    if (!(await moveCursor(tx, chain, cursor, reading.to))) return null;
    const touched = await writeReading(tx, chain, reading, now());
    const followed = { head: reading.to.number, ...touched };
    await onRead(tx, followed);
    return followed;
  });
}
