// When a block was made: asked of the chain once, then known, and for a while not asked again where no answer came.
import type { Chain } from "../chain/chain.ts";

/** A block that was read. */
export interface Place {
  blockNumber: number;
  blockHash: string;
}

/** @returns the block's time in seconds since 1970; null while the chain cannot say it, or when it says another block now */
export type ReadTime = (place: Place) => Promise<number | null>;

const KEPT_MAX = 5000;
/** A node that hangs costs its questioner ten seconds: everybody who looks at a call must not wait for it. */
const ASK_AGAIN_MS = 10_000;

/** Makes the memory of block times of one chain. */
export function createTimes({ readBlock }: Pick<Chain, "readBlock">, now: () => number): ReadTime {
  const known = new Map<string, number>();
  let silentUntil = 0;
  return async ({ blockNumber, blockHash }) => {
    const before = known.get(blockHash);
    if (before !== undefined) return before;
    if (now() < silentUntil) return null;
    const block = await readBlock(blockNumber).catch(() => {
      silentUntil = now() + ASK_AGAIN_MS;
      return null;
    });
    if (block === null || block.hash !== blockHash) return null;
    if (known.size >= KEPT_MAX) known.clear();
    known.set(blockHash, block.time);
    return block.time;
  };
}
