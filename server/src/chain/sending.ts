// Sends what stands in the nonce line: signs, keeps, tells the chain, looks what became of it, and offers more when it is stuck.
import type { Hex } from "viem";
import { keccak256 } from "viem";
import type { Database } from "../db/database.ts";
import type { Chain } from "./chain.ts";
import { ask } from "./rpc.ts";
import {
  addVersion,
  giveBackSend,
  isFirstInLine,
  reopenSends,
  type Send,
  takeNonce,
  takeSends,
  type Version,
} from "./sends.ts";

/** How long a version may wait for a block before the next one offers more. */
export const BUMP_AFTER_MS = 60_000;
/** Nodes take a replacement that offers at least a tenth more. */
const BUMP_NUMERATOR = 9n;
const BUMP_DENOMINATOR = 8n;
/** Beyond so many times the present price the fee is not what it waits for. */
const BUMP_LIMIT = 20n;
/** An end by voucher takes less than half of it (contracts/docs/gas.md), whoever receives. */
const GAS = 300_000n;
const LEASE_MS = 30_000;
const LOOK_AGAIN_MS = 2000;
/** So many may be under way at once. */
const LINE_MAX = 16;

interface Fees {
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
}

export interface SendingWorld {
  db: Database;
  chain: Chain;
  now: () => number;
  /** Told of every send that came to its end, good or bad. */
  onEnd: (send: Send) => Promise<void>;
}

async function sign({ chain, now }: SendingWorld, { data }: Send, nonce: number, fees: Fees): Promise<Version> {
  const { chainId, escrow: to, account } = chain;
  const raw = await account.signTransaction({
    type: "eip1559",
    chainId,
    to,
    data,
    nonce,
    gas: GAS,
    value: 0n,
    ...fees,
  });
  const { maxFeePerGas, maxPriorityFeePerGas } = fees;
  return {
    hash: keccak256(raw),
    raw,
    maxFeePerGas: String(maxFeePerGas),
    maxPriorityFeePerGas: String(maxPriorityFeePerGas),
    sentAt: now(),
  };
}

/** Tells a version to the chain. That it is known there already, or has been mined meanwhile, is seen at the next look. */
async function tell({ chain }: SendingWorld, { raw }: Version): Promise<string | null> {
  return chain.rpc
    .sendRawTransaction({ serializedTransaction: raw })
    .then(() => null)
    .catch((error: { details?: string; message: string }) => error.details ?? error.message);
}

const readFees = async ({ chain }: SendingWorld): Promise<Fees> => {
  const { maxFeePerGas, maxPriorityFeePerGas } = await ask(chain.rpc.estimateFeesPerGas());
  return { maxFeePerGas, maxPriorityFeePerGas };
};

const more = (fee: bigint) => (fee * BUMP_NUMERATOR) / BUMP_DENOMINATOR + 1n;
const larger = (a: bigint, b: bigint) => (a > b ? a : b);

/** What the next version offers; null when more would not help. */
function bumpedFees(last: Version, present: Fees): Fees | null {
  const maxFeePerGas = larger(more(BigInt(last.maxFeePerGas)), present.maxFeePerGas);
  if (maxFeePerGas > larger(present.maxFeePerGas, 1n) * BUMP_LIMIT) return null;
  return {
    maxFeePerGas,
    maxPriorityFeePerGas: larger(more(BigInt(last.maxPriorityFeePerGas)), present.maxPriorityFeePerGas),
  };
}

type Found = Parameters<typeof giveBackSend>[2];

const still = ({ state, minedHash, minedBlock, lastError }: Send, nextLookAt: number): Found => {
  return { state, minedHash, minedBlock, lastError, nextLookAt };
};

/** Gives what waits its number, unless it would have no effect. */
async function begin(world: SendingWorld, send: Send, used: number): Promise<Found> {
  const { db, chain, now } = world;
  const refusal = await chain.readRefusal(send.data);
  if (refusal !== null) return { ...still(send, now()), state: "refused", lastError: refusal };
  const fees = await readFees(world);
  const sent = await db.transaction((tx) =>
    takeNonce(tx, chain, send, used, (nonce) => sign(world, send, nonce, fees)),
  );
  const lastError = sent === null ? null : await tell(world, sent.versions[0] as Version);
  return { ...still(send, now() + LOOK_AGAIN_MS), state: "sent", lastError };
}

/** The version that is in a block; null when none is. */
async function findMined({ chain }: SendingWorld, { versions }: Send) {
  for (const { hash } of [...versions].reverse()) {
    const receipt = await chain.readReceipt(hash);
    if (receipt !== null) return { hash, receipt };
  }
  return null;
}

/** Looks at what was sent: in a block, in a block that counts, taken back, replaced by hand, or stuck. */
async function look(world: SendingWorld, send: Send, used: number): Promise<Found> {
  const { db, chain, now } = world;
  const mined = await findMined(world, send);
  if (mined !== null) {
    const { hash: minedHash, receipt } = mined;
    const head = await chain.readHead();
    const isFirm = head.number - receipt.blockNumber + 1 >= chain.confirmations;
    const outcome = receipt.isSuccess ? ("done" as const) : ("reverted" as const);
    const at = { minedHash, minedBlock: receipt.blockNumber, lastError: null, nextLookAt: now() + LOOK_AGAIN_MS };
    return { ...at, state: isFirm ? outcome : "mined" };
  }
  const nonce = send.nonce as number;
  const open = { ...still(send, now() + LOOK_AGAIN_MS), state: "sent", minedHash: null, minedBlock: null } as const;
  // Its number is used, and not by us. Asked once more: the nodes of a list do not all know the same.
  if (used > nonce) return (await findMined(world, send)) === null ? { ...open, state: "replaced" } : open;
  const last = send.versions.at(-1) as Version;
  const isStuck = now() - last.sentAt >= BUMP_AFTER_MS && (await isFirstInLine(db, chain, nonce));
  const fees = isStuck ? bumpedFees(last, await readFees(world)) : null;
  const next = fees === null ? last : await sign(world, send, nonce, fees);
  if (fees !== null && !(await addVersion(db, send, next))) return open;
  // Told again and again: a node forgets what it had no room for, and after a reorganisation what had been mined.
  return { ...open, lastError: await tell(world, next) };
}

const finals: ReadonlySet<string> = new Set(["done", "reverted", "replaced", "refused"]);

/** One send of the line. */
async function carryOut(world: SendingWorld, send: Send, used: number, mayBegin: boolean): Promise<void> {
  const { db, now } = world;
  if (send.state === "waiting" && !mayBegin) return giveBackSend(db, send, still(send, now() + LOOK_AGAIN_MS));
  const found = send.state === "waiting" ? await begin(world, send, used) : await look(world, send, used);
  await giveBackSend(db, send, found);
  if (finals.has(found.state)) await world.onEnd({ ...send, ...found });
}

/** Carries out what is due in the line. @throws FairminuteError chain_unavailable; the rest is tried again when its lease ends */
export async function runSends(world: SendingWorld): Promise<number> {
  const { db, chain, now } = world;
  const taken = await takeSends(db, chain, now(), now() + LEASE_MS);
  if (taken.length === 0) return 0;
  let underWay = taken.filter(({ state }) => state !== "waiting").length;
  let left = taken;
  try {
    const used = await ask(chain.rpc.getTransactionCount({ address: chain.meter, blockTag: "latest" }));
    await reopenSends(db, chain, used, now());
    for (const [index, send] of taken.entries()) {
      left = taken.slice(index);
      await carryOut(world, send, used, underWay < LINE_MAX);
      if (send.state === "waiting") underWay++;
    }
  } catch (error) {
    for (const rest of left) await giveBackSend(db, rest, still(rest, now() + LOOK_AGAIN_MS));
    throw error;
  }
  return taken.length;
}

/** The hash under which a send is known: the mined one, or the last that was told. */
export function hashOf({ minedHash, versions }: Send): Hex | null {
  return minedHash ?? versions.at(-1)?.hash ?? null;
}
