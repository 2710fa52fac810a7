// The sandbox's hand on its chain: free coins, the escrow as the lab shows it, requests of browsers passed on, and time.
import { escrowAbi, nativeToken, testTokenAbi } from "@fairminute/contracts";
import { FairminuteError } from "@fairminute/core";
import { type Address, createTestClient, getAddress, http, isAddress, publicActions, walletActions } from "viem";
import { foundry } from "viem/chains";
import type { ChainBalance, ChainEvent, ChainView, SandboxChain } from "../http/sandbox-chain.ts";

/** Enough for thousands of transactions, and for many hours with a tutor. */
const coinsGiven = 10n ** 19n;
const tokensGiven = 100n;
const eventsShown = 50;
const accountsShown = 12;
/** Gives the tokens out; it has part in nothing else. */
const giverIndex = 9;

/** What wallets ask. The rest could take what is others', or move the chain's time behind the server's back. */
const passed = /^(eth_(?!sendTransaction$|sign|accounts$)\w+|net_version|web3_clientVersion)$/;

type Fetch = typeof globalThis.fetch;
type Request = { id?: unknown; method?: unknown };

function connect(url: string) {
  const transport = http(url, { retryCount: 0 });
  return createTestClient({ mode: "anvil", chain: foundry, transport, pollingInterval: 20, cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions);
}
type Connection = ReturnType<typeof connect>;

const sayValue = (value: unknown): string => String(value);

async function readEvents(chain: Connection, contract: Address): Promise<ChainEvent[]> {
  const logs = await chain.getContractEvents({ abi: escrowAbi, address: contract, fromBlock: 0n });
  return logs
    .slice(-eventsShown)
    .reverse()
    .map(({ eventName, blockNumber, transactionHash, logIndex, args }) => ({
      name: eventName,
      blockNumber: Number(blockNumber),
      transactionHash,
      logIndex,
      arguments: Object.fromEntries(Object.entries(args ?? {}).map(([name, value]) => [name, sayValue(value)])),
    }));
}

/** Who had to do with the escrow, each once, the escrow itself first. */
function namedAccounts(
  contract: Address,
  platform: Address,
  funded: ReadonlySet<Address>,
  events: readonly ChainEvent[],
) {
  const named = new Map<Address, string>([
    [contract, "Escrow"],
    [platform, "Platform"],
  ]);
  for (const { name, arguments: given } of events) {
    if (name !== "SessionStarted") continue;
    for (const [role, address] of [
      ["Student", given.student],
      ["Tutor", given.tutor],
    ] as const)
      if (address !== undefined && !named.has(getAddress(address))) named.set(getAddress(address), role);
  }
  for (const address of funded) if (!named.has(address)) named.set(address, "Wallet");
  return [...named].slice(0, accountsShown);
}

interface Place {
  chain: Connection;
  contract: Address;
  token: Address;
  native: boolean;
}

async function readView({ chain, contract, token, native }: Place, funded: ReadonlySet<Address>): Promise<ChainView> {
  const ofToken = { abi: testTokenAbi, address: token } as const;
  const [block, platform, events, tokenSymbol, decimals] = await Promise.all([
    chain.getBlock(),
    chain.readContract({ abi: escrowAbi, address: contract, functionName: "PLATFORM" }),
    readEvents(chain, contract),
    native ? "ETH" : chain.readContract({ ...ofToken, functionName: "symbol" }),
    native ? 18 : chain.readContract({ ...ofToken, functionName: "decimals" }),
  ]);
  const balanceOf = async ([address, name]: [Address, string]): Promise<ChainBalance> => {
    const coin = await chain.getBalance({ address });
    const tokens = native ? coin : await chain.readContract({ ...ofToken, functionName: "balanceOf", args: [address] });
    return { name, address, coin: coin.toString(), tokens: tokens.toString() };
  };
  const balances = await Promise.all(namedAccounts(contract, platform, funded, events).map(balanceOf));
  return {
    chainId: foundry.id,
    contract,
    token,
    tokenSymbol,
    decimals,
    block: { number: Number(block.number), time: Number(block.timestamp) },
    balances,
    events,
  };
}

async function fund({ chain, token, native }: Place, address: Address) {
  await chain.setBalance({ address, value: (await chain.getBalance({ address })) + coinsGiven });
  if (native) return { transactionHash: "", tokens: "0" };
  const ofToken = { abi: testTokenAbi, address: token } as const;
  const decimals = await chain.readContract({ ...ofToken, functionName: "decimals" });
  const amount = tokensGiven * 10n ** BigInt(decimals);
  const [giver] = (await chain.getAddresses()).slice(giverIndex);
  const sent = { ...ofToken, functionName: "mint", args: [address, amount], account: giver as Address } as const;
  const transactionHash = await chain.writeContract(sent);
  await chain.waitForTransactionReceipt({ hash: transactionHash });
  return { transactionHash, tokens: amount.toString() };
}

/** Passes on what wallets ask, and refuses the rest. */
async function pass(request: unknown, url: string, fetch: Fetch): Promise<unknown> {
  const asked = (Array.isArray(request) ? request : [request]) as Request[];
  const refused = asked.find(({ method }) => typeof method !== "string" || !passed.test(method));
  if (refused !== undefined) {
    const message = `method: ${String(refused.method)} is not passed on to the chain`;
    throw new FairminuteError("invalid_request", message, { param: "method" });
  }
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(request) });
  return answer.json();
}

function readAddress(text: string): Address {
  if (isAddress(text, { strict: false }) && BigInt(text) !== 0n) return getAddress(text.toLowerCase());
  const message = `address: expected 0x and 40 hex digits that are somebody's, got ${JSON.stringify(text)}`;
  throw new FairminuteError("invalid_request", message, { param: "address" });
}

/**
 * Takes hold of the sandbox's chain.
 * @param where its address, and what is on it
 * @returns null when what answers there is no chain that lets its time be moved
 */
export async function openChainLab(
  where: { url: string; contract: string; token: string },
  fetch: Fetch,
): Promise<SandboxChain | null> {
  const chain = connect(where.url);
  const token = where.token === "native" ? nativeToken : getAddress(where.token);
  const place: Place = { chain, contract: getAddress(where.contract), token, native: token === nativeToken };
  try {
    await chain.request({ method: "anvil_nodeInfo" } as never);
  } catch {
    return null;
  }
  const funded = new Set<Address>();
  return {
    read: () => readView(place, funded),
    async fund(text) {
      const address = readAddress(text);
      funded.add(address);
      return fund(place, address);
    },
    pass: (request) => pass(request, where.url, fetch),
    async moveTo(now) {
      const { timestamp } = await chain.getBlock();
      if (BigInt(Math.floor(now / 1000)) < timestamp) return;
      await chain.request({ method: "evm_setTime", params: [now] } as never);
      await chain.mine({ blocks: 1 });
    },
  };
}
