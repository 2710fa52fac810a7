// The face of the room: one escrow on one chain, what can be asked of it, and the meter's signature.
import { escrowAbi, testTokenAbi, voucherDomain, voucherTypes } from "@fairminute/contracts";
import { FairminuteError } from "@fairminute/core";
import {
  type Abi,
  type Address,
  decodeFunctionData,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  verifyMessage,
  zeroAddress,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { ChainSettings } from "../config/chain.ts";
import { type EscrowLog, readEscrowLogs } from "./logs.ts";
import { ask, askFor, askRefusal, type Block, createRpc, type Fetch, type Rpc } from "./rpc.ts";

export { type EscrowLog, type EventName, eventNames } from "./logs.ts";
export type { Block, Fetch } from "./rpc.ts";

/** What is agreed on in the contract, as it names it. */
export interface AgreedTerms {
  tutor: Address;
  token: Address;
  ratePerMinute: bigint;
  maxSeconds: number;
  languageId: number;
  requestId: Hex;
}

/** What the contract and its token say of themselves, for ever. */
export interface ChainFacts {
  meter: Address;
  feeBasisPoints: number;
  decimals: number;
  /** Seconds in which a claim may be disputed, and then again in which the meter may answer. */
  disputeWindowSeconds: number;
  /** Seconds after the longest time from which on a deposit may be reclaimed. */
  reclaimDelaySeconds: number;
}

/** A transaction that is in a block. */
export interface Receipt {
  isSuccess: boolean;
  to: Address | null;
  blockNumber: number;
  blockHash: Hex;
  logs: EscrowLog[];
}

export interface Chain {
  readonly chainId: number;
  readonly escrow: Address;
  /** The zero address is the chain's own coin. */
  readonly token: Address;
  /** The address that the meter signs with. */
  readonly meter: Address;
  readonly confirmations: number;
  readonly startBlock: number;
  readonly rpc: Rpc;
  readonly account: ReturnType<typeof privateKeyToAccount>;
  /**
   * @throws FairminuteError chain_unavailable, also when the node is of another chain or knows no such escrow, or when the escrow
   *   believes another meter
   */
  readFacts(): Promise<ChainFacts>;
  /** The newest block. All questions below throw chain_unavailable when no node answers. */
  readHead(): Promise<Block>;
  readBlock(number: number): Promise<Block | null>;
  /** Logs of blocks that are too old to change. */
  readLogsBetween(from: number, to: number): Promise<EscrowLog[]>;
  /** Logs of exactly this block: a node that does not know it says so, and not that there are none. */
  readLogsOf(blockHash: Hex): Promise<EscrowLog[]>;
  /** Null while the transaction is in no block, or unknown. */
  readReceipt(transactionHash: Hex): Promise<Receipt | null>;
  /** The id that the contract will give a session: another one for any other term, student, contract or chain. */
  idInContract(student: Address, terms: AgreedTerms): Hex;
  /** The meter's final word (EIP-712). The same seconds give the same signature. */
  signVoucher(sessionId: Hex, provenSeconds: number): Promise<Hex>;
  /** The contract's `endSession` with a voucher, as a transaction carries it. */
  encodeVoucher(sessionId: Hex, provenSeconds: number, signature: Hex): Hex;
  /** Why the escrow would refuse this of the meter now; null when it would not. */
  readRefusal(data: Hex): Promise<string | null>;
  /** Whether a wallet signed a text: a key, or a contract that says so. */
  isSignedBy(address: Address, message: string, signature: Hex): Promise<boolean>;
}

const termsType = {
  type: "tuple",
  components: [
    { name: "tutor", type: "address" },
    { name: "token", type: "address" },
    { name: "ratePerMinute", type: "uint128" },
    { name: "maxSeconds", type: "uint32" },
    { name: "languageId", type: "uint32" },
    { name: "requestId", type: "bytes32" },
  ],
} as const;

const COIN_DECIMALS = 18;

function toBlock({
  number,
  hash,
  parentHash,
  timestamp,
}: {
  number: bigint;
  hash: Hex;
  parentHash: Hex;
  timestamp: bigint;
}) {
  return { number: Number(number), hash, parentHash, time: Number(timestamp) };
}

async function readFacts(chain: Pick<Chain, "rpc" | "chainId" | "escrow" | "token" | "meter">): Promise<ChainFacts> {
  const { rpc, chainId, escrow, token, meter } = chain;
  const wrong = (message: string) => new FairminuteError("chain_unavailable", message);
  const actual = await ask(rpc.getChainId());
  if (actual !== chainId) throw wrong(`the node is of chain ${actual}, and CHAIN_ID is ${chainId}`);
  const contract = { address: escrow, abi: escrowAbi } as const;
  const [believed, feeBasisPoints, disputeWindowSeconds, reclaimDelaySeconds, decimals] = await Promise.all([
    ask(rpc.readContract({ ...contract, functionName: "METER" })),
    ask(rpc.readContract({ ...contract, functionName: "FEE_BPS" })),
    ask(rpc.readContract({ ...contract, functionName: "DISPUTE_WINDOW" })),
    ask(rpc.readContract({ ...contract, functionName: "RECLAIM_DELAY" })),
    token === zeroAddress
      ? COIN_DECIMALS
      : ask(rpc.readContract({ address: token, abi: testTokenAbi, functionName: "decimals" })),
  ]);
  if (believed !== meter)
    throw wrong(`the escrow believes the meter ${believed}, and METER_PRIVATE_KEY is that of ${meter}`);
  return { meter: believed, feeBasisPoints, decimals, disputeWindowSeconds, reclaimDelaySeconds };
}

/** What nodes are asked about blocks, logs and transactions. */
function createReading(rpc: Rpc, escrow: Address) {
  return {
    readHead: async () => toBlock(await ask(rpc.getBlock({ blockTag: "latest" }))),
    readBlock: async (number: number) => {
      const block = await askFor(rpc.getBlock({ blockNumber: BigInt(number) }));
      return block === null ? null : toBlock(block);
    },
    readLogsBetween: async (from: number, to: number) =>
      readEscrowLogs(await ask(rpc.getLogs({ address: escrow, fromBlock: BigInt(from), toBlock: BigInt(to) })), escrow),
    readLogsOf: async (blockHash: Hex) =>
      readEscrowLogs(await ask(rpc.getLogs({ address: escrow, blockHash })), escrow),
    readReceipt: async (transactionHash: Hex) => {
      const receipt = await askFor(rpc.getTransactionReceipt({ hash: transactionHash }));
      if (receipt === null) return null;
      return {
        isSuccess: receipt.status === "success",
        to: receipt.to,
        blockNumber: Number(receipt.blockNumber),
        blockHash: receipt.blockHash,
        logs: readEscrowLogs(receipt.logs, escrow),
      };
    },
  };
}

/**
 * Makes the room's face. Nothing is asked before somebody asks.
 * @param settings checked settings
 * @param world.fetch how nodes are reached
 */
export function createChain(settings: ChainSettings, world: { fetch: Fetch }): Chain {
  const rpc = createRpc(settings.rpcUrls, world.fetch);
  const account = privateKeyToAccount(settings.meterKey);
  const escrow = getAddress(settings.escrow);
  const token = settings.token === null ? zeroAddress : getAddress(settings.token);
  const { chainId, confirmations, startBlock } = settings;
  const own = { chainId, escrow, token, meter: account.address, confirmations, startBlock, rpc, account };
  return {
    ...own,
    ...createReading(rpc, escrow),
    readFacts: () => readFacts(own),
    idInContract(student, terms) {
      const types = [{ type: "uint256" }, { type: "address" }, { type: "address" }, termsType] as const;
      return keccak256(encodeAbiParameters(types, [BigInt(chainId), escrow, student, terms]));
    },
    signVoucher: (sessionId, provenSeconds) =>
      account.signTypedData({
        domain: voucherDomain(chainId, escrow),
        types: voucherTypes,
        primaryType: "Voucher",
        message: { sessionId, provenSeconds: BigInt(provenSeconds) },
      }),
    encodeVoucher: (sessionId, provenSeconds, signature) =>
      encodeFunctionData({
        abi: escrowAbi,
        functionName: "endSession",
        args: [sessionId, BigInt(provenSeconds), signature],
      }),
    readRefusal(data) {
      const call = decodeFunctionData({ abi: escrowAbi, data });
      return askRefusal(
        rpc.simulateContract({ account: account.address, address: escrow, abi: escrowAbi as Abi, ...call } as never),
      );
    },
    async isSignedBy(address, message, signature) {
      const byKey = await verifyMessage({ address, message, signature }).catch(() => false);
      return byKey || ask(rpc.verifyMessage({ address, message, signature }));
    },
  };
}
