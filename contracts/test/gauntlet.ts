// Drives the Gauntlet: random calls by the thousand inside of a chain, with time passing between its transactions.
import {
  type Abi,
  type Address,
  decodeErrorResult,
  encodeDeployData,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  numberToHex,
  toFunctionSelector,
  toHex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type LocalChain, startAnvil } from "../anvil.ts";
import fakes from "../generated/fakes.json" with { type: "json" };
import { escrowAbi, escrowBytecode, testTokenAbi, testTokenBytecode } from "../index.ts";

export interface GauntletOptions {
  seed: number;
  calls: number;
  /** Calls in one transaction, all in the same second. */
  callsPerTransaction: number;
  /** After so many transactions every window passes and everybody takes what is theirs, without the meter. */
  transactionsPerSeason: number;
  tell?: (done: number) => void;
}

export interface GauntletResult {
  calls: number;
  seasons: number;
  /** By verb: how often it was called, and how often it passed. */
  verbs: Record<string, { tried: number; passed: number }>;
  /** How often each refusal was foretold and came. */
  refusals: Record<string, number>;
}

const verbs = [
  "openSession",
  "endSession(address)",
  "endByClock",
  "endSession(voucher)",
  "prove",
  "dispute",
  "settle",
  "reclaim",
  "withdraw",
] as const;

const gauntletAbi = fakes.Gauntlet.abi as Abi;
const gas = numberToHex(20_000_000_000n);

/** Small, fast, and the same everywhere (mulberry32). */
export function makeChance(seed: number): (sides: number) => number {
  let state = seed >>> 0;
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

interface Request {
  method: string;
  params: unknown[];
}

type Field = ReturnType<typeof openField>;

/** One question to the chain. A batch would be quicker to send, but its parts are not carried out in their order. */
async function ask(url: string, { method, params }: Request): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { result, error } = (await answer.json()) as { result?: unknown; error?: { message: string; data?: Hex } };
  if (error) throw new Error(`${method}: ${error.message} ${error.data ?? ""}`);
  return result;
}

/** The chain, spoken to as its driver: the account whose key is the chain's own, and at whose address the Gauntlet lives. */
function openField(url: string, driver: Address) {
  const one = (method: string, ...params: unknown[]) => ask(url, { method, params });

  /** Sends a transaction, a block of its own, and throws with the Gauntlet's word if it fails. */
  async function send(data: Hex, to: Address = driver): Promise<void> {
    const call = { from: driver, to, data, gas };
    const receipt = (await one("eth_sendTransactionSync", call)) as { status: Hex };
    if (receipt.status !== "0x1") throw new Error(await reasonOf(call));
  }

  /** Asks once more what the failed transaction had against it. */
  async function reasonOf(call: object): Promise<string> {
    try {
      await one("eth_call", call, "latest");
      return "a transaction failed, and would pass now";
    } catch (error) {
      const data = /0x[0-9a-f]{8,}/.exec((error as Error).message)?.[0] as Hex | undefined;
      if (!data) return String(error);
      const { errorName, args } = decodeErrorResult({ abi: gauntletAbi, data });
      return `${errorName}(${(args ?? []).join(", ")})`;
    }
  }

  async function deploy(abi: Abi, bytecode: Hex, args: readonly unknown[] = []): Promise<Address> {
    const data = encodeDeployData({ abi, bytecode, args });
    const call = { from: driver, data, gas: "0x1c9c380" };
    const receipt = (await one("eth_sendTransactionSync", call)) as { contractAddress: Address };
    return getAddress(receipt.contractAddress);
  }

  async function read(functionName: string, args: readonly unknown[] = []): Promise<bigint> {
    const data = encodeFunctionData({ abi: gauntletAbi, functionName, args });
    return BigInt((await one("eth_call", { to: driver, data }, "latest")) as Hex);
  }

  /** Calls the Gauntlet. */
  const act = (functionName: string, args: readonly unknown[] = []) =>
    send(encodeFunctionData({ abi: gauntletAbi, functionName, args }));

  return { driver, one, send, act, deploy, read };
}

/** The people, the tokens and the escrow; the Gauntlet itself is put at the address of the driver's key. */
async function prepare(field: Field, seed: number): Promise<void> {
  const meterKey = keccak256(toHex(`the meter of seed ${seed}`));
  const meter = privateKeyToAccount(meterKey).address;
  const actorOf = () => field.deploy(fakes.Actor.abi as Abi, fakes.Actor.bytecode as Hex);
  const people: Address[] = [field.driver];
  while (people.length < 9) people.push(people.length === 6 ? meter : await actorOf());
  const copy = async (from: Address, to: Address) =>
    field.one("anvil_setCode", to, await field.one("eth_getCode", from, "latest"));
  await copy(people[1] as Address, meter);
  const escrow = await field.deploy(escrowAbi as Abi, escrowBytecode, [meter, people[7], 2000, 300, 900]);
  const plain = await field.deploy(testTokenAbi as Abi, testTokenBytecode);
  const picky = await field.deploy(fakes.PickyToken.abi as Abi, fakes.PickyToken.bytecode as Hex);
  for (const token of [plain, picky]) {
    for (const who of people.slice(0, 3)) {
      const data = encodeFunctionData({ abi: testTokenAbi, functionName: "mint", args: [who, 10n ** 30n] });
      await field.send(data, token);
    }
  }
  await copy(await field.deploy(gauntletAbi, fakes.Gauntlet.bytecode as Hex), field.driver);
  await field.one("anvil_setBalance", field.driver, numberToHex(10n ** 40n));
  const tokens = ["0x0000000000000000000000000000000000000000", plain, picky];
  await field.act("begin", [escrow, tokens, people, BigInt(meterKey)]);
}

/** Mostly seconds and minutes, sometimes long enough for windows to pass. */
function rollTime(chance: (sides: number) => number): number {
  const die = chance(10);
  if (die < 3) return 1 + chance(20);
  return 1 + (die < 7 ? chance(300) : chance(2000));
}

async function play(field: Field, options: GauntletOptions): Promise<number> {
  const chance = makeChance(options.seed);
  // The machine's clock has no part in it: the same seed gives the same run.
  let now = Number(((await field.one("eth_getBlockByNumber", "latest", false)) as { timestamp: Hex }).timestamp);
  const pass = (seconds: number) => {
    now += seconds;
    return field.one("evm_setNextBlockTimestamp", numberToHex(now));
  };
  let seasons = 0;
  for (let done = 0; done < options.calls; seasons++) {
    for (let index = 0; index < options.transactionsPerSeason; index++) {
      await pass(rollTime(chance));
      await field.act("run", [BigInt(chance(2 ** 32)), BigInt(options.callsPerTransaction)]);
    }
    await pass(10_000);
    await field.act("drain");
    done = Number(await field.read("calls"));
    options.tell?.(done);
  }
  return seasons;
}

async function report(field: Field, seasons: number): Promise<GauntletResult> {
  const counts: GauntletResult["verbs"] = {};
  for (const [index, verb] of verbs.entries()) {
    const [tried, passed] = [await field.read("tried", [index]), await field.read("passedOf", [index])];
    counts[verb] = { tried: Number(tried), passed: Number(passed) };
  }
  const refusals: Record<string, number> = {};
  for (const [name, selector] of refusalSelectors()) {
    refusals[name] = Number(await field.read("refusedWith", [selector]));
  }
  return { calls: Number(await field.read("calls")), seasons, verbs: counts, refusals };
}

/** The refusals that the Gauntlet can foretell. The others belong to deploying, and to tokens that are none. */
function refusalSelectors(): [string, Hex][] {
  const left = ["BadSettings", "MeterMissing", "NotAToken", "BadReceiver"];
  const ours = (escrowAbi as Abi).filter((entry) => entry.type === "error").map(({ name }) => name);
  const own = ours.filter((name) => !/^(SafeERC20|Reentrancy|ECDSA|InvalidShortString|StringTooLong)/.test(name));
  return own.filter((name) => !left.includes(name)).map((name) => [name, selectorOf(name)]);
}

function selectorOf(name: string): Hex {
  const entry = (escrowAbi as Abi).find((one) => one.type === "error" && one.name === name);
  if (entry?.type !== "error") throw new Error(`there is no refusal ${name}`);
  // In an ABI an enum is its number's type already, so that the words of the entry are those of the signature.
  return toFunctionSelector(`${name}(${entry.inputs.map(({ type }) => type).join(",")})`);
}

/** Runs the Gauntlet on a chain of its own. Throws with the seed when anything is not as it should be. */
export async function runGauntlet(options: GauntletOptions): Promise<GauntletResult> {
  const flags = [
    "--disable-block-gas-limit",
    "--prune-history",
    "--no-cors",
    "--accounts",
    "1",
    "--timestamp",
    "1800000000",
  ];
  const chain: LocalChain = await startAnvil({ arguments: flags });
  try {
    const [driver] = (await ask(chain.url, { method: "eth_accounts", params: [] })) as [Address];
    const field = openField(chain.url, getAddress(driver));
    await prepare(field, options.seed);
    return await report(field, await play(field, options));
  } catch (error) {
    throw new Error(`with seed ${options.seed}: ${(error as Error).message}`, { cause: error });
  } finally {
    await chain.stop();
  }
}
