// A worker of a run: plays the blocks that it is given.
import { parentPort } from "node:worker_threads";
import type { BlockMessage, BlockOrder } from "./blocks.ts";
import { simulateBlock } from "./simulate.ts";

parentPort?.on("message", async (order: BlockOrder) => {
  const { tally, hash, failures } = await simulateBlock(order);
  const message: BlockMessage = { from: order.from, tally: tally.toJSON(), hash, failures };
  parentPort?.postMessage(message);
});
