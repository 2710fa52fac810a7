// The one shape of a wallet that this package needs. viem clients, browser wallets and the sandbox's burner are made into it.
import type { Hex } from "./wire.ts";

/** A call of a contract's function. */
export type ContractCall = {
  chainId: number;
  address: Hex;
  abi: readonly unknown[];
  functionName: string;
  args: readonly unknown[];
  /** The chain's own coin that is sent along. */
  value?: bigint;
};

/** Typed data (EIP-712) to sign. */
export type TypedData = {
  domain: { name: string; version: string; chainId: number; verifyingContract: Hex };
  types: Record<string, readonly { name: string; type: string }[]>;
  primaryType: string;
  message: Record<string, unknown>;
};

/** A transaction that is in a block. Wallets let people replace one: then the hash is another than the one that was sent. */
export type Mined = { transactionHash: Hex; blockNumber: bigint; succeeded: boolean };

/** Whoever holds the keys, and the chain that is reached through them. It works without our server. */
export type EscrowWallet = {
  readonly name: string;
  readonly address: Hex;
  chainId(): Promise<number>;
  /** Asks the person to go to another chain; throws when they do not. */
  switchChain(chainId: number): Promise<void>;
  signMessage(message: string): Promise<Hex>;
  /** Absent where only transactions can be signed: allowances are then sent, not signed. */
  signTypedData?(data: TypedData): Promise<Hex>;
  read(call: ContractCall): Promise<unknown>;
  /** Tries the call first, so that a refusal of the contract costs nothing, then sends it. */
  write(call: ContractCall): Promise<Hex>;
  /** Resolves when the transaction, or the one that replaced it, is in a block. */
  waitFor(transactionHash: Hex): Promise<Mined>;
};
