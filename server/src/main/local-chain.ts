// Brings up a chain on this machine for the sandbox: anvil, the escrow and a test token, and the settings that name them.
import { escrowAbi, escrowBytecode, testTokenAbi, testTokenBytecode } from "@fairminute/contracts";
import {
  type Abi,
  type Address,
  createTestClient,
  getContractAddress,
  type Hex,
  http,
  publicActions,
  toHex,
  walletActions,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { foundry } from "viem/chains";

/** Anvil's own accounts, known to everybody: they are worth nothing anywhere. */
const mnemonic = "test test test test test test test test test test test junk";
const accountOf = (addressIndex: number) => mnemonicToAccount(mnemonic, { addressIndex });
const deployer = accountOf(0);
const meter = accountOf(1);
const platform = accountOf(2);

/** As the terms of the sandbox say: a fifth is the platform's. An hour to dispute a claim; an hour after the longest time to reclaim. */
const deployment = { feeBasisPoints: 2000, disputeWindowSeconds: 3600, reclaimDelaySeconds: 3600 } as const;

/** Sixty cents of the six-decimals test token. */
const pricePerMinute = "600000";

/** Where the contracts are on every chain that is born here: addresses follow from who deploys, and in which order. */
const escrowAddress = getContractAddress({ from: deployer.address, nonce: 0n });
const tokenAddress = getContractAddress({ from: deployer.address, nonce: 1n });

/** A chain that was started for this server. */
export interface StartedChain {
  url: string;
  /** The settings that a server of this chain needs, under their names. */
  settings: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

function connect(url: string) {
  const transport = http(url, { retryCount: 0 });
  return createTestClient({ mode: "anvil", chain: foundry, transport, pollingInterval: 20, cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions);
}
type Connection = ReturnType<typeof connect>;

async function deploy(
  chain: Connection,
  abi: Abi,
  bytecode: Hex,
  args: readonly unknown[],
  expected: Address,
): Promise<void> {
  const hash = await chain.deployContract({ account: deployer, abi, bytecode, args });
  const { contractAddress, status } = await chain.waitForTransactionReceipt({ hash });
  if (status !== "success" || contractAddress?.toLowerCase() !== expected.toLowerCase())
    throw new Error(`the escrow could not be put on the local chain: ${status} at ${contractAddress}`);
}

/** Puts escrow and token on a chain that was just born; one that was kept has them already. */
export async function deployEscrow(url: string): Promise<void> {
  const chain = connect(url);
  if ((await chain.getCode({ address: tokenAddress })) !== undefined) return;
  const { feeBasisPoints, disputeWindowSeconds, reclaimDelaySeconds } = deployment;
  const escrow = [meter.address, platform.address, feeBasisPoints, disputeWindowSeconds, reclaimDelaySeconds];
  await deploy(chain, escrowAbi as Abi, escrowBytecode, escrow, escrowAddress);
  await deploy(chain, testTokenAbi as Abi, testTokenBytecode, [], tokenAddress);
}

/** The settings of a server on a chain that `deployEscrow` prepared. */
export function settingsOf(url: string): Record<string, string> {
  const meterKey = toHex(meter.getHdKey().privateKey ?? new Uint8Array());
  return {
    CHAIN_RPC_URL: url,
    CHAIN_ID: String(foundry.id),
    CHAIN_CONFIRMATIONS: "1",
    CHAIN_START_BLOCK: "0",
    ESCROW_ADDRESS: escrowAddress,
    ESCROW_TOKEN: tokenAddress,
    ESCROW_CURRENCY: "FMTD",
    ESCROW_UNIT: "1",
    ESCROW_PRICE_PER_MINUTE: pricePerMinute,
    METER_PRIVATE_KEY: meterKey,
    BACKEND_PRIVATE_KEY: meterKey,
  };
}

/**
 * Starts the chain and puts the contracts on it.
 * @param stateFile where the chain is kept between starts; null: it is forgotten at exit, like a database in memory
 */
export async function startLocalChain(stateFile: string | null): Promise<StartedChain> {
  // The program of the chain is there for development only; a server without this wish never looks for it.
  const { startAnvil } = await import("@fairminute/contracts/anvil");
  const kept = stateFile === null ? [] : ["--state", stateFile, "--state-interval", "5"];
  const chain = await startAnvil({ chainId: foundry.id, arguments: [...kept, "--preserve-historical-states"] });
  try {
    await deployEscrow(chain.url);
    return { url: chain.url, settings: settingsOf(chain.url), stop: chain.stop };
  } catch (error) {
    await chain.stop();
    throw error;
  }
}
