// A call that is paid on a chain, for tests of the browser's side: its JSON, and a wallet that a test holds in its hands.
import { presetTerms, writeTerms } from "@fairminute/core";
import type { EscrowWallet } from "../src/chain/wallet.ts";
import type { EscrowJson, Hex, PaymentJson } from "../src/chain/wire.ts";
import type { CallJson } from "../src/client/wire.ts";
import { activeCallJson, requestedAt } from "./calls.ts";

export const hashOf = (byte: string): Hex => `0x${byte.repeat(32)}`;
export const student: Hex = "0x1000000000000000000000000000000000000001";
export const tutor: Hex = "0x2000000000000000000000000000000000000002";

/** Twenty minutes at 0.60 a minute. */
export function escrowJson(change: Partial<EscrowJson> = {}): EscrowJson {
  const token: Hex = "0x3000000000000000000000000000000000000003";
  return {
    callId: "call_1",
    sessionId: hashOf("a1"),
    state: "funded",
    chainId: 31_337,
    contract: "0x4000000000000000000000000000000000000004",
    token,
    currency: "FMTD",
    unit: "1",
    decimals: 6,
    student,
    tutor,
    terms: {
      tutor,
      token,
      ratePerMinute: "600000",
      maxSeconds: "1200",
      languageId: "1",
      requestId: hashOf("b2"),
    },
    feeBasisPoints: 2000,
    depositAmount: "12000000",
    inContract: {
      status: "open",
      openedAt: new Date(requestedAt + 7000).toISOString(),
      claimedSeconds: null,
      until: null,
      reclaimableFrom: new Date(requestedAt + 7000 + 4_800_000).toISOString(),
      disputeWindowSeconds: 3600,
    },
    otherDeposits: [],
    deposit: { transactionHash: hashOf("d4"), blockNumber: 3, confirmations: 1, needed: 1 },
    voucher: null,
    payment: null,
    serverTime: new Date(requestedAt + 10_000).toISOString(),
    ...change,
  };
}

/** Leo learns from Mia: funded, and under way. */
export function lessonJson(change: Partial<CallJson> = {}): CallJson {
  const terms = writeTerms(presetTerms("tutoring-onchain", { currency: "FMTD", pricePerMinute: 600_000n }));
  const fundedAt = new Date(requestedAt + 8000).toISOString();
  return activeCallJson({
    preset: "tutoring-onchain",
    currency: "FMTD",
    ratePerMinute: 600_000,
    terms,
    fundedAt,
    ...change,
  });
}

export const voucher = { provenSeconds: 600, signature: hashOf("c3"), amount: "6000000" };

export const payment: PaymentJson = {
  transactionHash: hashOf("5f"),
  blockNumber: 9,
  ending: "voucher",
  paidToTutor: "4800000",
  fee: "1200000",
  returnedToStudent: "6000000",
  confirmations: 1,
  confirmed: true,
};

/** A wallet that sends what it is told, and remembers it. `refuse` makes it say no. */
export function fakeWallet(address: Hex = student) {
  const sent: { functionName: string; args: readonly unknown[]; value: bigint | undefined }[] = [];
  const answers: Record<string, unknown> = { sessionOf: { status: 0 }, allowance: 0n };
  const on = { chain: 31_337, refuse: null as Error | null, succeeded: true };
  const wallet: EscrowWallet = {
    name: "Test wallet",
    address,
    chainId: async () => on.chain,
    switchChain: async (chainId) => {
      on.chain = chainId;
    },
    signMessage: async (message) => `0x${message.length.toString(16)}`,
    read: async ({ functionName }) => {
      if (!(functionName in answers)) throw new Error(`the token knows no ${functionName}`);
      return answers[functionName];
    },
    write: async ({ functionName, args, value }) => {
      if (on.refuse !== null) throw on.refuse;
      sent.push({ functionName, args, value });
      return hashOf("5f");
    },
    waitFor: async (transactionHash) => ({ transactionHash, blockNumber: 9n, succeeded: on.succeeded }),
  };
  return { wallet, sent, answers, on };
}
