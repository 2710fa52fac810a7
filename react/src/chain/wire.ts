// The JSON of calls that are paid on a chain. Amounts are decimal texts in the token's smallest unit: they outgrow a number.
import type { EscrowEnding } from "@fairminute/contracts";

/** Bytes as 0x and hex digits. */
export type Hex = `0x${string}`;

/** What student and tutor agree on, as the contract takes it. */
export type EscrowTermsJson = {
  tutor: Hex;
  token: Hex;
  ratePerMinute: string;
  maxSeconds: string;
  languageId: string;
  requestId: Hex;
};

/** The payment as it was seen on the chain. */
export type PaymentJson = {
  transactionHash: Hex;
  blockNumber: number | string;
  ending: EscrowEnding;
  paidToTutor: string;
  fee: string;
  returnedToStudent: string;
  confirmations: number;
  confirmed: boolean;
};

/** Where the contract has a session. */
export type ContractStandingJson = {
  status: "none" | "open" | "claimed" | "disputed" | "closed";
  /** Null while no node tells the time of the deposit's block. */
  openedAt: string | null;
  claimedSeconds: number | null;
  /** The last second to dispute, or for the meter to answer a dispute. */
  until: string | null;
  reclaimableFrom: string | null;
  disputeWindowSeconds: number | null;
};

/** A deposit that is not closed and does not fund the call that is looked at. */
export type OtherDepositJson = {
  sessionId: Hex;
  /** The call that it names; null for none that the server knows. */
  callId: string | null;
  /** What is not as it was agreed for that call; null where it fits, or names no call. */
  misfit: { field: string; found: string; expected: string } | null;
  student: Hex;
  tutor: Hex;
  token: Hex;
  ratePerMinute: string;
  maxSeconds: string;
  depositAmount: string;
  transactionHash: Hex;
  blockNumber: number;
  inContract: ContractStandingJson;
};

/** The chain of this server, and the usual price there. */
export type ChainJson = {
  chainId: number;
  contract: Hex;
  token: Hex;
  currency: string;
  unit: string;
  /** Null until the server has asked the token. */
  decimals: number | null;
  /** In the token's smallest units. */
  pricePerMinute: string;
  confirmations: number;
  head: number | null;
  error: string | null;
};

/** How a call stands on its chain. */
export type EscrowJson = {
  callId: string;
  sessionId: Hex;
  state: "awaiting_deposit" | "funded" | "closing" | "paid" | "closed";
  chainId: number;
  contract: Hex;
  token: Hex;
  currency: string;
  unit: string;
  decimals: number;
  student: Hex;
  tutor: Hex;
  terms: EscrowTermsJson;
  feeBasisPoints: number;
  depositAmount: string;
  inContract: ContractStandingJson;
  /** While the right deposit is missing: what the student has deposited otherwise. */
  otherDeposits: OtherDepositJson[];
  deposit: { transactionHash: Hex; blockNumber: number | string; confirmations: number; needed: number } | null;
  /** The meter's last word, once the call is settled. */
  voucher: { provenSeconds: number | string; signature: Hex; amount: string } | null;
  payment: PaymentJson | null;
  serverTime: string;
};

/** The answer to a transaction that was told of. */
export type PaymentAnswerJson = { status: "confirmed" | "pending" | null; payment: PaymentJson | null };

/** One's own wallet. */
export type WalletLinkJson = { address: Hex; linkedAt: string };

/** The sandbox's chain. */
export type SandboxChainJson = {
  chainId: number;
  rpcUrl: string;
  contract: Hex;
  token: Hex;
  tokenSymbol: string;
  decimals: number;
  block: { number: number; time: number };
  abi: AbiEntryJson[];
  balances: { name: string; address: Hex; coin: string; tokens: string }[];
  events: {
    name: string;
    blockNumber: number;
    transactionHash: Hex;
    logIndex: number;
    arguments: Record<string, string>;
  }[];
};

/** One entry of a contract's ABI, as far as it is shown. */
export type AbiEntryJson = {
  type: string;
  name?: string;
  stateMutability?: string;
  inputs?: AbiParameterJson[];
  outputs?: AbiParameterJson[];
};
export type AbiParameterJson = { type: string; name?: string; internalType?: string };
