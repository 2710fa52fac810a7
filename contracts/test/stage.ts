// The stage of the contract tests: a chain, the escrow, a token, and people with keys who send and are refused.
import {
  type Abi,
  type Account,
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createTestClient,
  createWalletClient,
  encodeDeployData,
  encodeFunctionData,
  getAddress,
  type Hex,
  http,
  keccak256,
  parseEventLogs,
  type TransactionReceipt,
  toHex,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { anvil } from "viem/chains";
import { startAnvil } from "../anvil.ts";
import fakes from "../generated/fakes.json" with { type: "json" };
import { escrowAbi, escrowBytecode, nativeToken, testTokenAbi, testTokenBytecode } from "../index.ts";
import { signWord, type Word } from "./words.ts";

/** Anvil's own accounts, known to everybody: they are worth nothing anywhere. */
const mnemonic = "test test test test test test test test test test test junk";
const names = ["deployer", "meter", "platform", "student", "tutor", "otherStudent", "otherTutor", "stranger"] as const;
export type Name = (typeof names)[number];
export type Person = ReturnType<typeof mnemonicToAccount>;
export const people = Object.fromEntries(
  names.map((name, index) => [name, mnemonicToAccount(mnemonic, { addressIndex: index })]),
) as Record<Name, Person>;

/** How every escrow of the tests is deployed, unless a test says otherwise. */
export const settings = { feeBps: 2000, disputeWindow: 3600, reclaimDelay: 7200 };

export interface Terms {
  tutor: Address;
  token: Address;
  ratePerMinute: bigint;
  maxSeconds: number;
  languageId: number;
  requestId: Hex;
}

/** Ten coins a minute for ten minutes: a deposit of 100. */
export function makeTerms(changes: Partial<Terms> = {}): Terms {
  const requestId = keccak256(toHex("request 1"));
  const tutor = people.tutor.address;
  return { tutor, token: nativeToken, ratePerMinute: 10n, maxSeconds: 600, languageId: 1, requestId, ...changes };
}

/** A request's id from a number, for those who open more than one session. */
export function requestOf(number: number): Hex {
  return keccak256(toHex(`request ${number}`));
}

/** What a call is: the contract's function and its arguments, and the coins sent along. */
export interface Act {
  abi?: Abi;
  to?: Address;
  value?: bigint;
  /** The block's time. Without it one second after the last block. */
  at?: number;
}

export type Stage = Awaited<ReturnType<typeof raiseStage>>;

function connect(url: string) {
  const transport = http(url, { timeout: 60_000, retryCount: 0 });
  const shared = { chain: anvil, transport, pollingInterval: 10, cacheTime: 0 };
  return {
    reader: createPublicClient(shared),
    clock: createTestClient({ ...shared, mode: "anvil" }),
    wallet: createWalletClient(shared),
  };
}

type Clients = ReturnType<typeof connect>;

function isName(name: string): name is keyof typeof fakes {
  return Object.hasOwn(fakes, name);
}

function fakeOf(name: string): { abi: Abi; bytecode: Hex } {
  if (!isName(name)) throw new Error(`there is no contract ${name} in generated/fakes.json`);
  return fakes[name] as { abi: Abi; bytecode: Hex };
}

/** Each transaction is a block at once, so that its receipt is there when its hash is, give or take a moment. */
async function receiptOf({ reader }: Clients, hash: Hex): Promise<TransactionReceipt> {
  for (let tries = 1; ; tries++) {
    const receipt = await reader.getTransactionReceipt({ hash }).catch((error: Error) => error);
    if (!(receipt instanceof Error)) return receipt;
    if (tries === 1000 || receipt.name !== "TransactionReceiptNotFoundError") throw receipt;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Deploying, one transaction at a time, from the deployer. */
function deployer(clients: Clients) {
  const { wallet } = clients;
  return async (abi: Abi, bytecode: Hex, args: readonly unknown[] = []): Promise<Address> => {
    const data = encodeDeployData({ abi, bytecode, args });
    const hash = await wallet.sendTransaction({ account: people.deployer, data, gas: 25_000_000n });
    const receipt = await receiptOf(clients, hash);
    if (receipt.status !== "success" || !receipt.contractAddress) throw new Error("the contract was not deployed");
    return getAddress(receipt.contractAddress);
  };
}

/** The error of a contract as `Name(argument, …)`; something that is no refusal of a contract is thrown on. */
export function nameRefusal(error: unknown): string {
  const isRevert = (one: unknown) => one instanceof ContractFunctionRevertedError;
  const reverted = error instanceof BaseError ? error.walk(isRevert) : null;
  if (!(reverted instanceof ContractFunctionRevertedError)) throw error;
  if (!reverted.data) return `${reverted.signature ?? reverted.reason ?? "reverted without a word"}`;
  const name = (address: unknown) =>
    Object.entries(people).find(([, { address: own }]) => own === address)?.[0] ?? String(address);
  return `${reverted.data.errorName}(${(reverted.data.args ?? []).map(name).join(", ")})`;
}

/** The verbs of a test: send, be refused, look, move time. */
function playOn(clients: Clients, escrow: Address) {
  const { reader, clock, wallet } = clients;

  /** Sends and waits; a transaction that fails is an error of the test. */
  async function send(from: Account, functionName: string, args: readonly unknown[], act: Act = {}) {
    if (act.at !== undefined) await clock.setNextBlockTimestamp({ timestamp: BigInt(act.at) });
    const { abi = escrowAbi as Abi, to = escrow, value = 0n } = act;
    const call = { account: from, address: to, abi, functionName, args, value, gas: 5_000_000n };
    const hash = await wallet.writeContract(call);
    const receipt = await receiptOf(clients, hash);
    if (receipt.status !== "success")
      throw new Error(`${functionName} failed: ${await refusal(from, functionName, args, act)}`);
    return receipt;
  }

  /** Asks at the present block, or at one mined for the moment, and gives the refusal. Not being refused is an error of the test. */
  async function refusal(from: Account | Address, functionName: string, args: readonly unknown[], act: Act = {}) {
    if (act.at !== undefined && act.at > (await now())) await mineAt(act.at);
    const { abi = escrowAbi as Abi, to = escrow, value = 0n } = act;
    try {
      await reader.simulateContract({ account: from, address: to, abi, functionName, args, value, gas: 5_000_000n });
    } catch (error) {
      return nameRefusal(error);
    }
    throw new Error(`${functionName} was not refused`);
  }

  async function read<T>(functionName: string, args: readonly unknown[] = [], act: Act = {}): Promise<T> {
    const { abi = escrowAbi as Abi, to = escrow } = act;
    return (await reader.readContract({ address: to, abi, functionName, args })) as T;
  }

  async function now(): Promise<number> {
    return Number((await reader.getBlock({ blockTag: "latest" })).timestamp);
  }

  async function mineAt(at: number): Promise<void> {
    await clock.setNextBlockTimestamp({ timestamp: BigInt(at) });
    await clock.mine({ blocks: 1 });
  }

  /** What somebody has of a token, or of the chain's own coin. */
  async function holdingOf(token: Address, who: Address): Promise<bigint> {
    if (token === nativeToken) return reader.getBalance({ address: who });
    return read<bigint>("balanceOf", [who], { abi: testTokenAbi as Abi, to: token });
  }

  return { send, refusal, read, now, mineAt, holdingOf };
}

/** The events of a receipt as `Name` and arguments, those of the escrow only. */
export function eventsOf(receipt: TransactionReceipt) {
  return parseEventLogs({ abi: escrowAbi, logs: receipt.logs }).map(({ eventName, args }) => ({ eventName, ...args }));
}

/** Starts a chain and deploys an escrow and a token on it. */
export async function raiseStage() {
  const chain = await startAnvil();
  const clients = connect(chain.url);
  // Only tests move time: each block is one second after the last, whatever the machine's clock says.
  await clients.clock.setBlockTimestampInterval({ interval: 1 });
  const deploy = deployer(clients);
  const { feeBps, disputeWindow, reclaimDelay } = settings;
  const args = [people.meter.address, people.platform.address, feeBps, disputeWindow, reclaimDelay];
  const blueprint = { abi: escrowAbi as Abi, bytecode: escrowBytecode as Hex, args };
  const escrow = await deploy(blueprint.abi, blueprint.bytecode, args);
  const token = await deploy(testTokenAbi as Abi, testTokenBytecode);
  const play = playOn(clients, escrow);
  for (const who of [people.student, people.otherStudent]) {
    const act = { abi: testTokenAbi as Abi, to: token };
    await play.send(people.deployer, "mint", [who.address, 1_000_000n], act);
    await play.send(who, "approve", [escrow, 1_000_000n], act);
  }
  return {
    ...clients,
    ...play,
    chain,
    escrow,
    token,
    deploy,
    blueprint,
    deployFake: (name: string, args: readonly unknown[] = []) => deploy(fakeOf(name).abi, fakeOf(name).bytecode, args),
    fakeAbi: (name: string) => fakeOf(name).abi,
    /** Signs what the meter would say; every part can be made wrong. */
    sign: (word: Partial<Word> & Pick<Word, "sessionId" | "provenSeconds">) =>
      signWord({ type: "Voucher", signer: people.meter, chainId: anvil.id, escrow, ...word }),
    /** Opens a session and tells its id and when its clock started. */
    open: async (changes: Partial<Terms> = {}, by: Person = people.student) => {
      const terms = makeTerms(changes);
      const value = terms.token === nativeToken ? await play.read<bigint>("depositOf", [terms]) : 0n;
      await play.send(by, "openSession", [terms], { value });
      const sessionId = await play.read<Hex>("sessionIdOf", [by.address, terms]);
      return { sessionId, terms, openedAt: await play.now() };
    },
    encode: (functionName: string, args: readonly unknown[]) =>
      encodeFunctionData({ abi: escrowAbi as Abi, functionName, args }),
    /** An ABI that knows the escrow's refusals as well: what a contract passes on keeps its name. */
    withErrors: (abi: Abi): Abi => [...abi, ...(escrowAbi as Abi).filter(({ type }) => type === "error")],
    /** What `block.chainid` says from now on. */
    setChainId: (chainId: number) =>
      clients.reader.request({ method: "anvil_setChainId" as never, params: [chainId] as never }),
    statusOf: async (sessionId: Hex) => (await play.read<{ status: number }>("sessionOf", [sessionId])).status,
  };
}
