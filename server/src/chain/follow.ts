// Follows the chain: reads on from the last block, and goes back first when the chain has changed its mind.
import { FairminuteError } from "@fairminute/core";
import type { Database, Queryable } from "../db/database.ts";
import type { Block, Chain, EscrowLog } from "./chain.ts";
import { type Cursor, type Mark, moveCursor, type Reading, readCursor, readMarks, writeReading } from "./cursor.ts";

/** So many blocks may be taken back and are still found by their hashes; a deeper change is read from the first block again. */
export const REORG_DEPTH = 64;
/** So many old blocks are asked for at once. */
const RANGE = 2000;
/** So many questions are asked at once. */
const AT_ONCE = 8;

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

/** The newest block that was read before and still stands; null when none does. */
async function findCommon({ chain }: FollowWorld, marks: readonly Mark[], head: Block): Promise<Mark | null> {
  for (const mark of marks) {
    if (mark.number > head.number) continue;
    const block = mark.number === head.number ? head : await chain.readBlock(mark.number);
    if (block?.hash === mark.hash) return mark;
  }
  return null;
}

function changed(): FairminuteError {
  return new FairminuteError("chain_unavailable", "the chain changed while it was read");
}

/** Asks for each of a list, a few at once: a node that is far away is waited for once for all of them. */
async function readEach<From, To>(all: readonly From[], ask: (one: From) => Promise<To>): Promise<To[]> {
  const answers: To[] = [];
  for (let first = 0; first < all.length; first += AT_ONCE) {
    answers.push(...(await Promise.all(all.slice(first, first + AT_ONCE).map(ask))));
  }
  return answers;
}

/** Blocks that may still change, each by itself: each must follow the one before, and its logs are asked for by its hash. */
async function readRecent(chain: Chain, from: number, head: Block, parent: string | null) {
  const numbers = Array.from({ length: head.number - from + 1 }, (_, index) => from + index);
  const blocks = await readEach(numbers, async (number) => (number === head.number ? head : chain.readBlock(number)));
  const marks: Mark[] = [];
  let before = parent;
  for (const block of blocks) {
    if (block === null || (before !== null && block.parentHash !== before)) throw changed();
    marks.push({ number: block.number, hash: block.hash });
    before = block.hash;
  }
  const logs: EscrowLog[] = (await readEach(marks, ({ hash }) => chain.readLogsOf(hash))).flat();
  return { marks, logs };
}

async function read(world: FollowWorld, cursor: Cursor | null, head: Block): Promise<Reading | null> {
  const { chain } = world;
  const isKnown = cursor !== null && cursor.blockNumber === head.number && cursor.blockHash === head.hash;
  if (isKnown || head.number < chain.startBlock) return null;
  const common = cursor === null ? null : await findCommon(world, await readMarks(world.db, chain), head);
  const after = common?.number ?? chain.startBlock - 1;
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
  const { marks, logs } = await readRecent(chain, after + 1, head, common?.hash ?? null);
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
