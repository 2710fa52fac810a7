// A stage for calls that are paid on a chain: a real chain with the escrow and a token, and a whole server that follows it.
import { escrowAbi, escrowBytecode, testTokenAbi, testTokenBytecode } from "@fairminute/contracts";
import { startAnvil } from "@fairminute/contracts/anvil";
import {
  type Abi,
  type Address,
  createPublicClient,
  createTestClient,
  createWalletClient,
  encodeDeployData,
  getAddress,
  type Hex,
  http,
  maxUint256,
  toHex,
  zeroAddress,
} from "viem";
import { mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { expect } from "vitest";
import { audit } from "../src/charging/audit.ts";
import type { CallJson } from "../src/charging/charging.ts";
import type { EscrowJson } from "../src/escrow/escrow.ts";
import type { DatabaseKind } from "./databases.ts";
import { noon, openWorld, type Voice, type World } from "./world.ts";

/** Anvil's own accounts, known to everybody: they are worth nothing anywhere. */
const mnemonic = "test test test test test test test test test test test junk";
/** Made from the words once: that alone takes longer than most stories. */
const branch = mnemonicToAccount(mnemonic, { path: "m/44'/60'/0'/0" }).getHdKey();
const keyOf = (index: number): Hex => toHex(branch.deriveChild(index).privateKey ?? new Uint8Array());
const accountOf = (index: number) => privateKeyToAccount(keyOf(index));
export const deployer = accountOf(0);
export const meter = accountOf(1);
export const platform = accountOf(2);
export type Account = typeof deployer;

export const meterKey = keyOf(1);

/** How long a claim may be disputed, and a deposit not be taken back after the longest time. */
export const windows = { dispute: 600, reclaim: 900 };

function connect(url: string) {
  const transport = http(url, { retryCount: 0 });
  const options = { chain: foundry, transport, pollingInterval: 10, cacheTime: 0 };
  const reader = createPublicClient(options);
  const hand = createTestClient({ ...options, mode: "anvil" });
  const wallet = createWalletClient(options);
  async function receiptOf(hash: Hex) {
    for (let tries = 1; ; tries++) {
      const receipt = await reader.getTransactionReceipt({ hash }).catch(() => null);
      if (receipt !== null) return receipt;
      if (tries === 1000) throw new Error(`no receipt of ${hash}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  return { reader, hand, wallet, receiptOf };
}
type Clients = ReturnType<typeof connect>;

async function deploy(
  { wallet, receiptOf }: Clients,
  abi: Abi,
  bytecode: Hex,
  args: readonly unknown[],
): Promise<Address> {
  const data = encodeDeployData({ abi, bytecode, args });
  const hash = await wallet.sendTransaction({ account: deployer, data, gas: 25_000_000n });
  return getAddress((await receiptOf(hash)).contractAddress as Address);
}

/** What stories do on a chain. */
function playOn({ reader, hand, wallet, receiptOf }: Clients, escrow: Address, token: Address) {
  /** Sends without waiting for a block. */
  const tell = (
    from: Account,
    functionName: string,
    args: readonly unknown[],
    more: { value?: bigint; to?: Address; nonce?: number; maxFeePerGas?: bigint } = {},
  ) => {
    const { value = 0n, to = escrow, ...offered } = more;
    const abi = (to === token ? testTokenAbi : escrowAbi) as Abi;
    return wallet.writeContract({
      account: from,
      address: to,
      abi,
      functionName,
      args,
      value,
      gas: 1_000_000n,
      ...offered,
    });
  };
  return {
    tell,
    /** Sends and waits until it is in a block, with effect. @returns its hash */
    async send(...call: Parameters<typeof tell>): Promise<Hex> {
      const hash = await tell(...call);
      const { status } = await receiptOf(hash);
      expect(status, String(call[1])).toBe("success");
      return hash;
    },
    mine: (blocks: number) => (blocks === 0 ? Promise.resolve() : hand.mine({ blocks })),
    /** The last blocks are taken back, and as many empty ones come in their place. */
    reorganise: (depth: number) => reader.request({ method: "anvil_reorg", params: [depth, []] } as never),
    /** So much time passes for blocks, and one block is made. */
    async pass(seconds: number): Promise<void> {
      const { timestamp } = await reader.getBlock();
      await hand.setNextBlockTimestamp({ timestamp: timestamp + BigInt(Math.max(1, Math.ceil(seconds))) });
      await hand.mine({ blocks: 1 });
    },
    async holdingOf(who: Address, coin: Address = token): Promise<bigint> {
      if (coin === zeroAddress) return reader.getBalance({ address: who });
      return reader.readContract({ address: coin, abi: testTokenAbi, functionName: "balanceOf", args: [who] });
    },
  };
}

/** Starts a chain with escrow and token. Each transaction is a block at once, unless a test switches that off. */
export async function raiseChain() {
  // Blocks begin an hour before the stories, and are one second apart until somebody moves their time.
  const chain = await startAnvil({ arguments: ["--timestamp", String(noon / 1000 - 3600), "--order", "fifo"] });
  const clients = connect(chain.url);
  await clients.hand.setBlockTimestampInterval({ interval: 1 });
  const args = [meter.address, platform.address, 2000, windows.dispute, windows.reclaim];
  const escrow = await deploy(clients, escrowAbi as Abi, escrowBytecode, args);
  const token = await deploy(clients, testTokenAbi as Abi, testTokenBytecode, []);
  const { reader, hand, receiptOf } = clients;
  return { ...chain, reader, hand, receiptOf, escrow, token, ...playOn(clients, escrow, token) };
}

export type ChainStage = Awaited<ReturnType<typeof raiseChain>>;

/** Somebody with an account and a wallet. */
export interface Person {
  id: string;
  account: Account;
  voice: Voice;
}

/** Accounts are used once, so that no story meets another one's sessions. */
let accountsUsed = 10;

/** Settings of a server on this chain, two confirmations deep. */
export function settingsOf(chain: ChainStage, more: Record<string, string> = {}): Record<string, string> {
  return {
    CHAIN_RPC_URL: chain.url,
    CHAIN_ID: String(foundry.id),
    CHAIN_CONFIRMATIONS: "2",
    ESCROW_ADDRESS: chain.escrow,
    ESCROW_TOKEN: chain.token,
    ESCROW_CURRENCY: "TEST",
    ESCROW_PRICE_PER_MINUTE: "601",
    METER_PRIVATE_KEY: meterKey,
    ...more,
  };
}

/** A whole server on a chain. */
export async function openStage(
  kind: DatabaseKind,
  chain: ChainStage,
  settings: Record<string, string> = {},
  outside: Parameters<typeof openWorld>[2] = {},
) {
  const world = await openWorld(kind, settingsOf(chain, settings), outside);
  return { ...makeStage(world, chain), settings: settingsOf(chain, settings) };
}

/** What people have when they are met, each of its smallest units. */
export const riches = { gas: 10n ** 24n, tokens: 1_000_000_000n };

/** Meeting people, and calls between them. */
function peopleOf(world: World, chain: ChainStage) {
  async function link(person: Person): Promise<void> {
    const { address } = person.account;
    const { message } = (await person.voice.post("/api/wallets/challenge", { address })).body;
    const signature = await person.account.signMessage({ message });
    const reply = await person.voice.post("/api/wallets", { message, signature });
    expect(reply.status, reply.text).toBe(200);
  }
  /** Somebody new, with a wallet in which there is nothing yet. */
  async function introduce(name: string, isLinked = true): Promise<Person> {
    accountsUsed += 1;
    const id = `${name}${accountsUsed}`;
    const person = { id, account: accountOf(accountsUsed), voice: await world.meet(id, { name }) };
    if (isLinked) await link(person);
    return person;
  }
  return {
    introduce,
    /** Somebody new with gas and tokens, and a linked wallet. */
    async meet(name: string, isLinked = true): Promise<Person> {
      const person = await introduce(name, isLinked);
      const { account } = person;
      await chain.hand.setBalance({ address: account.address, value: riches.gas });
      await chain.send(account, "mint", [account.address, riches.tokens], { to: chain.token });
      await chain.send(account, "approve", [chain.escrow, maxUint256], { to: chain.token });
      return person;
    },
    /** Leo calls Mia for so many minutes, and she accepts. */
    async open(leo: Person, mia: Person, minutes = 10, languageId = 0): Promise<CallJson> {
      const body = { creatorId: mia.id, preset: "tutoring-onchain", estimatedMinutes: minutes, languageId };
      const opened = await leo.voice.post("/api/calls/initiate", body);
      expect(opened.status, opened.text).toBe(201);
      const accepted = await mia.voice.post(`/api/calls/${opened.body.call.id}/accept`, {});
      expect(accepted.status, accepted.text).toBe(200);
      return accepted.body.call;
    },
  };
}

/** Time, and reading. */
function readingOf(world: World, chain: ChainStage) {
  const seconds = () => (world.server.clock.now() - noon) / 1000;
  return {
    seconds,
    /** Time passes for the server and for blocks. */
    async passTo(until: number): Promise<void> {
      await chain.pass(until - seconds());
      await world.passTo(until);
    },
    async read(callId: string): Promise<EscrowJson> {
      const reply = await world.backend().get(`/api/calls/${callId}/escrow`);
      expect(reply.status, reply.text).toBe(200);
      return (reply.body as unknown as { escrow: EscrowJson }).escrow;
    },
    readCall: async (callId: string): Promise<CallJson> =>
      (await world.backend().get(`/api/calls/${callId}`)).body.call,
    async balanceOf(account: string): Promise<bigint> {
      const sql = "select balance from accounts where id = $1";
      const rows = await world.server.db.query<{ balance: bigint }>(sql, [account]);
      return rows[0]?.balance ?? 0n;
    },
  };
}

/** Deposits, talks and payments. */
function actingOf(world: World, chain: ChainStage, { read, passTo, seconds }: ReturnType<typeof readingOf>) {
  /** What `openSession` is told, with changes that no story should get away with. */
  async function termsOf(callId: string, changes: Record<string, unknown> = {}) {
    const { ratePerMinute, maxSeconds, languageId, ...rest } = (await read(callId)).terms;
    const numbers = { maxSeconds: Number(maxSeconds), languageId: Number(languageId) };
    return { ...rest, ...numbers, ratePerMinute: BigInt(ratePerMinute), ...changes };
  }
  async function deposit(callId: string, student: Person, changes: Record<string, unknown> = {}): Promise<Hex> {
    const { token, depositAmount } = await read(callId);
    const value = token === zeroAddress ? BigInt(depositAmount) : 0n;
    return chain.send(student.account, "openSession", [await termsOf(callId, changes)], { value });
  }
  return {
    termsOf,
    deposit,
    /** A deposit that counts. */
    async fund(call: CallJson, student: Person): Promise<Hex> {
      const hash = await deposit(call.id, student);
      await chain.mine(1);
      await world.server.escrow?.runDue();
      return hash;
    },
    /** Both come now, talk for so long, and the payer hangs up. */
    async talk(call: CallJson, lasts: number): Promise<CallJson> {
      const at = seconds();
      const join = (userId: string) => ({ type: "joined" as const, userId, connectionId: `${call.id}-${userId}`, at });
      await world.tell(call.id, [join(call.payerId), join(call.payeeId as string)]);
      await passTo(at + lasts);
      const reply = await world.as(call.payerId).post(`/api/calls/${call.id}/end`, {});
      expect(reply.status, reply.text).toBe(200);
      return reply.body.call;
    },
    /** A party pays with the meter's voucher. */
    async payByVoucher(callId: string, by: Person): Promise<Hex> {
      const { sessionId, voucher } = await read(callId);
      if (voucher === null) throw new Error("there is no voucher");
      return chain.send(by.account, "endSession", [sessionId, BigInt(voucher.provenSeconds), voucher.signature]);
    },
  };
}

function makeStage(world: World, chain: ChainStage) {
  const { escrow, db } = world.server;
  if (escrow === null) throw new Error("the server has no escrow");
  const reading = readingOf(world, chain);
  const stage = { ...peopleOf(world, chain), ...reading, ...actingOf(world, chain, reading) };
  return { world, chain, escrow, db, ...stage, run: () => escrow.runDue(), close: () => world.close() };
}

export type Stage = Awaited<ReturnType<typeof openStage>>;

/** The books add up, and the ledger says what the chain says, to the unit: call by call, and in sum. */
export async function expectBooksRight(stage: Stage): Promise<void> {
  const report = await audit(stage.db, stage.world.server.clock.now());
  expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(await stage.escrow.findDifferences()).toEqual([]);
}
