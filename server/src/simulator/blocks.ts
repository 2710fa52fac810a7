// A run in blocks, so that several workers share it and its trace is the same however many they are.
import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { FaultName } from "./faults.ts";
import { type Block, type Failure, simulateBlock } from "./simulate.ts";
import { Tally, type TallyJson } from "./tally.ts";

export interface Run {
  seed: number;
  histories: number;
  faults: readonly FaultName[];
  workers: number;
}

export interface BlockOrder {
  seed: number;
  from: number;
  count: number;
  faults: readonly FaultName[];
}

/** A block as a worker sends it back. */
export interface BlockMessage {
  from: number;
  tally: TallyJson;
  hash: string;
  failures: Failure[];
}

const BLOCK = 500;

function ordersOf({ seed, histories, faults }: Run): BlockOrder[] {
  const orders: BlockOrder[] = [];
  for (let from = 0; from < histories; from += BLOCK) {
    orders.push({ seed, from, count: Math.min(BLOCK, histories - from), faults });
  }
  return orders;
}

/** Workers run what was built; from the sources there is one. */
const isBuilt = import.meta.url.endsWith(".js");
const workerUrl = new URL("./worker.js", import.meta.url);

function carryOut(orders: BlockOrder[], onBlock: (message: BlockMessage) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl);
    const next = (): void => {
      const order = orders.shift();
      if (order !== undefined) worker.postMessage(order);
      else void worker.terminate().then(() => resolve());
    };
    worker.on("message", (message: BlockMessage) => {
      onBlock(message);
      next();
    });
    worker.on("error", reject);
    next();
  });
}

/** Carries a run out. @param onProgress told how many histories are done, and how many of them failed */
export async function runBlocks(run: Run, onProgress: (done: number, failed: number) => void): Promise<Block> {
  const tally = new Tally();
  const hashes = new Map<number, string>();
  const failures: Failure[] = [];
  const onBlock = (message: BlockMessage): void => {
    tally.add(message.tally);
    hashes.set(message.from, message.hash);
    failures.push(...message.failures);
    onProgress(tally.histories, failures.length);
  };
  const orders = ordersOf(run);
  if (run.workers > 1 && orders.length > 1 && isBuilt) {
    const workers = Array.from({ length: Math.min(run.workers, orders.length) }, () => carryOut(orders, onBlock));
    await Promise.all(workers);
  } else {
    for (const order of orders) {
      let done = tally.histories;
      const block = await simulateBlock(order, (failure) => {
        done += 1;
        if (done % 50 === 0 || failure !== null) onProgress(done, failures.length);
      });
      onBlock({ from: order.from, tally: block.tally.toJSON(), hash: block.hash, failures: block.failures });
    }
  }
  const hash = createHash("sha256");
  for (const from of [...hashes.keys()].sort((one, other) => one - other)) hash.update(hashes.get(from) as string);
  failures.sort((one, other) => one.history - other.history);
  return { tally, hash: hash.digest("hex"), failures };
}
