// What a chain and its nodes do to those who trust them: blocks taken back, transactions dropped, replaced or stuck, silence.

import { testTokenAbi } from "@fairminute/contracts";
import { encodeFunctionData, type Hex } from "viem";
import { meter } from "../escrow-stage.ts";
import type { Chance } from "./chance.ts";
import { type Asked, DEPTH_MAX, type Field } from "./field.ts";

/** How often each thing was done. */
export interface Mischief {
  reorganisations: number;
  /** The deepest of them. */
  deepest: number;
  dropped: number;
  replaced: number;
  /** Blocks that cost far more than the servers had offered. */
  dear: number;
  /** Times in which no node answered one of the servers, or both. */
  silences: number;
}

export const noMischief = (): Mischief => ({
  reorganisations: 0,
  deepest: 0,
  dropped: 0,
  replaced: 0,
  dear: 0,
  silences: 0,
});

/** What people asked, by the number of the block before which they asked it: what is taken back may be asked again. */
export type Memory = { block: number; asked: Asked }[];

const request = ({ chain }: Field, method: string, ...params: unknown[]) =>
  chain.reader.request({ method, params } as never) as Promise<unknown>;

/** The node forgets everything that waits for a block. */
export async function forgetWaiting(field: Field): Promise<void> {
  await request(field, "anvil_dropAllTransactions");
}

/** The last blocks are taken back. Mostly what people had in them is sent again, as nodes do; else it is lost. */
export async function reorganise(field: Field, chance: Chance, memory: Memory, done: Mischief): Promise<void> {
  const depth = 1 + chance.upTo(chance.isOneIn(3) ? DEPTH_MAX : 6);
  const isLost = chance.isOneIn(4);
  const head = Number(await field.chain.reader.getBlockNumber());
  await forgetWaiting(field);
  await field.chain.reorganise(depth);
  done.reorganisations += 1;
  done.deepest = Math.max(done.deepest, depth);
  const lost = memory.filter(({ block }) => block > head - depth);
  memory.splice(0, memory.length, ...memory.filter(({ block }) => block <= head - depth));
  if (isLost) return;
  // One person's in their order, whatever the others' is.
  const senders = new Set(lost.map(({ asked }) => asked.from));
  await Promise.all(
    [...senders].map(async (from) => {
      const own = lost.filter(({ asked }) => asked.from === from);
      for (const { asked } of own) await field.ask({ ...asked, nonce: undefined });
    }),
  );
}

interface Waiting {
  hash: Hex;
  from: Hex;
  nonce: Hex;
}

/** What waits for a block, and could be mined now. */
async function readWaiting(field: Field): Promise<Waiting[]> {
  const { pending } = (await request(field, "txpool_content")) as {
    pending: Record<Hex, Record<string, Waiting>>;
  };
  return Object.values(pending).flatMap((byNonce) => Object.values(byNonce));
}

/** One that waits is forgotten by the node; those of the servers above all. */
async function drop(field: Field, chance: Chance, done: Mischief): Promise<void> {
  const waiting = await readWaiting(field);
  const own = waiting.filter(({ from }) => from.toLowerCase() === meter.address.toLowerCase());
  const from = own.length > 0 ? own : waiting;
  if (from.length === 0) return;
  await request(field, "anvil_dropTransaction", chance.oneOf(from).hash);
  done.dropped += 1;
}

/** Somebody else who has the key uses the number of one that waits, and offers more: the node takes that one instead. */
async function replace(field: Field, chance: Chance, done: Mischief): Promise<void> {
  const waiting = await readWaiting(field);
  const own = waiting.filter(({ from }) => from.toLowerCase() === meter.address.toLowerCase());
  const candidates = own.length > 0 ? own : waiting;
  if (candidates.length === 0) return;
  const { from, nonce } = chance.oneOf(candidates);
  const data = encodeFunctionData({ abi: testTokenAbi, functionName: "approve", args: [from, 0n] });
  done.replaced += 1;
  await field.ask({ from, to: field.chain.token, data, value: "0x0", nonce }, 1 + done.replaced);
}

/** The next block asks far more than usual: what offered less is stuck until it is offered again, or the price falls. */
async function raisePrice({ chain }: Field, chance: Chance, done: Mischief): Promise<void> {
  await chain.hand.setNextBlockBaseFeePerGas({ baseFeePerGas: BigInt(1 + chance.upTo(20)) * 10n ** 9n });
  done.dear += 1;
}

/** One server or both get no answer any more, or again. */
function cut({ servers }: Field, chance: Chance, done: Mischief): void {
  for (const server of servers) {
    const isCut = server.isCut ? !chance.isOneIn(2) : chance.isOneIn(4);
    if (isCut && !server.isCut) done.silences += 1;
    server.isCut = isCut;
  }
}

/** Between what people do: something of all that, now and then. */
export async function makeMischief(field: Field, chance: Chance, done: Mischief): Promise<void> {
  if (chance.isOneIn(3)) cut(field, chance, done);
  if (chance.isOneIn(6)) await raisePrice(field, chance, done);
  if (chance.isOneIn(3)) await drop(field, chance, done);
  if (chance.isOneIn(4)) await replace(field, chance, done);
}

/** Blocks with what waits in them, one or more. What was asked before them is remembered with the first. */
export async function mine(field: Field, blocks: number, memory: Memory): Promise<void> {
  const block = Number(await field.chain.reader.getBlockNumber()) + 1;
  for (const { asked } of field.takeAsked()) memory.push({ block, asked });
  await field.chain.mine(blocks);
}
