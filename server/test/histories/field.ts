// Where random histories happen: a chain whose blocks are made when a story says so, two servers on one database, and pairs of people.
import { escrowAbi, testTokenAbi } from "@fairminute/contracts";
import {
  type Abi,
  type Address,
  BaseError,
  createPublicClient,
  encodeFunctionData,
  type Hex,
  http,
  maxUint256,
  numberToHex,
} from "viem";
import { foundry } from "viem/chains";
import { readConfig } from "../../src/config.ts";
import { buildServer } from "../../src/server.ts";
import type { DatabaseKind } from "../databases.ts";
import { type ChainStage, meterKey, openStage, type Person, riches, type Stage } from "../escrow-stage.ts";

/** Blocks that make a deposit or a payment count. */
export const CONFIRMATIONS = 2;
/** How deep the chain may change its mind. */
export const DEPTH_MAX = 20;
/** When a voucher that nobody used is sent by a server. */
export const SENDS_AFTER_SECONDS = 40;

/** A transaction as a person asks the node to send it. */
export interface Asked {
  from: Address;
  to: Address;
  data: Hex;
  value: Hex;
  /** The node counts when it is absent. */
  nonce?: Hex | undefined;
}

/** One of the two servers, as far as it follows the chain. */
export interface Follower {
  /** While it is true no node answers this server. */
  isCut: boolean;
  /** Everything that is due. A fault of it is a fault of the history. */
  run(): Promise<unknown>;
}

export interface Field {
  stage: Stage;
  chain: ChainStage;
  pairs: [Person, Person][];
  servers: [Follower, Follower];
  /**
   * Puts a transaction among those that wait for a block, and offers so many times what is usual.
   * @returns its hash; null when the node refuses it, because one that waits under its number offers more
   */
  ask(asked: Asked, times?: number): Promise<Hex | null>;
  /** A call of the escrow by a person. */
  call(who: Person, functionName: string, args: readonly unknown[], value?: bigint): Promise<Hex | null>;
  /** What was asked since it was taken last, the oldest first. */
  takeAsked(): { hash: Hex; asked: Asked }[];
  close(): Promise<void>;
}

const GAS = 400_000;
/** People pay whatever a block costs: what waits for long is a server's matter. */
const PRICE = 10n ** 12n;

const feesOf = (times: number) => ({
  gas: numberToHex(GAS),
  maxFeePerGas: numberToHex(PRICE * BigInt(times)),
  maxPriorityFeePerGas: numberToHex(times),
});

/** What everybody asks at the same moment is one request: they do not wait for each other, so its order is no matter. */
function createCrowdsClient({ url }: ChainStage) {
  return createPublicClient({ chain: foundry, cacheTime: 0, transport: http(url, { batch: true, retryCount: 0 }) });
}

/** What is asked of a node that takes everybody's word for who they are: the people's keys are not what is tried here. */
function createAsking(chain: ChainStage) {
  const crowd = createCrowdsClient(chain);
  let asked: { hash: Hex; asked: Asked }[] = [];
  const ask = async (one: Asked, times = 1): Promise<Hex | null> => {
    try {
      const params = [{ ...one, ...feesOf(times) }];
      const hash: Hex = await crowd.request({ method: "eth_sendTransaction", params } as never);
      asked.push({ hash, asked: one });
      return hash;
    } catch (refusal) {
      // After a change of mind a node may give out a number under which a dearer one waits already: their wallet says no, too.
      if (refusal instanceof BaseError && refusal.details === "replacement transaction underpriced") return null;
      throw refusal;
    }
  };
  return {
    ask,
    call(who: Person, functionName: string, args: readonly unknown[], value = 0n) {
      const data = encodeFunctionData({ abi: escrowAbi as Abi, functionName, args });
      return ask({ from: who.account.address, to: chain.escrow, data, value: numberToHex(value) });
    },
    takeAsked() {
      const taken = asked;
      asked = [];
      return taken;
    },
  };
}

function createFollower(): Follower & { fetch: typeof fetch } {
  const follower: Follower & { fetch: typeof fetch } = {
    isCut: false,
    run: () => Promise.resolve(),
    fetch: async (...args) => {
      if (follower.isCut) throw new TypeError("fetch failed");
      return fetch(...args);
    },
  };
  return follower;
}

/** Gives everybody gas and tokens, deeper than any change of mind. */
async function equip(chain: ChainStage, { ask, takeAsked }: ReturnType<typeof createAsking>, people: Person[]) {
  const addresses = people.map(({ account }) => account.address);
  await Promise.all(addresses.map((address) => chain.hand.setBalance({ address, value: riches.gas })));
  const tell = (from: Address, functionName: "mint" | "approve", args: [Address, bigint]) =>
    ask({
      from,
      to: chain.token,
      data: encodeFunctionData({ abi: testTokenAbi as Abi, functionName, args }),
      value: "0x0",
    });
  await Promise.all(addresses.map((from) => tell(from, "mint", [from, riches.tokens])));
  await Promise.all(addresses.map((from) => tell(from, "approve", [chain.escrow, maxUint256])));
  await chain.mine(DEPTH_MAX + 5);
  takeAsked();
  const holdings = await readHoldings(chain, addresses);
  if (holdings.some((tokens) => tokens !== riches.tokens)) throw new Error("not everybody has tokens");
}

/** Holdings of a token by its people. */
export async function readHoldings(chain: ChainStage, people: readonly Address[]): Promise<bigint[]> {
  const crowd = createCrowdsClient(chain);
  const of = (who: Address) =>
    crowd.readContract({ address: chain.token, abi: testTokenAbi, functionName: "balanceOf", args: [who] });
  return Promise.all(people.map(of));
}

/**
 * Opens the field: two servers that send a voucher themselves after a while, and so many pairs of people.
 * @param kind the database that both servers work on
 */
export async function openField(kind: DatabaseKind, chain: ChainStage, pairsWanted: number): Promise<Field> {
  const [first, second] = [createFollower(), createFollower()];
  const settings = {
    CHAIN_CONFIRMATIONS: String(CONFIRMATIONS),
    BACKEND_PRIVATE_KEY: meterKey,
    ESCROW_SENDS_AFTER_SECONDS: String(SENDS_AFTER_SECONDS),
    FAIRMINUTE_LOG_LEVEL: "silent",
  };
  const stage = await openStage(kind, chain, settings, { fetch: first.fetch });
  const { db, clock } = stage.world.server;
  const config = readConfig({ DATABASE_URL: "memory:", ...stage.settings });
  const onFault = (error: unknown) => {
    throw error;
  };
  const other = await buildServer(config, { db, clock: { now: () => clock.now() }, onFault, fetch: second.fetch });
  first.run = () => stage.run();
  second.run = () => other.escrow?.runDue() ?? Promise.resolve();
  await chain.hand.setAutomine(false);
  await chain.reader.request({ method: "anvil_autoImpersonateAccount", params: [true] } as never);
  const asking = createAsking(chain);
  const pairs: [Person, Person][] = [];
  for (let i = 0; i < pairsWanted; i++) pairs.push([await stage.introduce("leo"), await stage.introduce("mia")]);
  await equip(chain, asking, pairs.flat());
  const close = async () => {
    await other.close();
    await stage.close();
  };
  return { stage, chain, pairs, servers: [first, second], ...asking, close };
}
