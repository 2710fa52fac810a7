// How a call stands on the chain, as its people are shown it. Amounts are in the token's smallest units, as decimal digits.
import { type EscrowEnding, priceOfSeconds } from "@fairminute/contracts";
import type { Agreement } from "./agreement.ts";
import type { EscrowRow, EscrowState } from "./rows.ts";
import { type ContractStandingJson, standingJson } from "./standing.ts";
import { confirmationsOf, type Payment, type Story } from "./story.ts";
import { listDepositsBeside, type StrayDepositJson } from "./strays.ts";
import type { EscrowWorld } from "./world.ts";

export interface PaymentJson {
  transactionHash: string;
  blockNumber: number;
  ending: EscrowEnding;
  paidSeconds: number;
  paidToTutor: string;
  fee: string;
  returnedToStudent: string;
  confirmations: number;
  confirmed: boolean;
}

export interface EscrowJson {
  callId: string;
  sessionId: string;
  state: EscrowState;
  chainId: number;
  contract: string;
  token: string;
  currency: string;
  unit: string;
  decimals: number;
  student: string;
  tutor: string;
  terms: {
    tutor: string;
    token: string;
    ratePerMinute: string;
    maxSeconds: string;
    languageId: string;
    requestId: string;
  };
  /** The platform's part of every price. */
  feeBasisPoints: number;
  depositAmount: string;
  /** Where the contract has the session, as far as its logs were read. */
  inContract: ContractStandingJson;
  /** What the student has deposited beside it and is not closed. Empty once the right deposit is there. */
  otherDeposits: StrayDepositJson[];
  deposit: { transactionHash: string; blockNumber: number; confirmations: number; needed: number } | null;
  voucher: { provenSeconds: number; signature: string; amount: string } | null;
  payment: PaymentJson | null;
  /** By which `inContract` is to be read: what is open now depends on it. */
  serverTime: string;
}

/** What the views are made from. */
export interface Viewed {
  row: Pick<EscrowRow, "callId" | "state" | "student" | "tutor" | "requestId" | "voucher">;
  agreement: Agreement;
  story: Story;
  head: number;
}

/** A payment as it is told; `confirmed` when it counts. */
export function toPaymentJson(payment: Payment, head: number, needed: number): PaymentJson {
  const confirmations = confirmationsOf(payment, head);
  return {
    transactionHash: payment.transactionHash,
    blockNumber: payment.blockNumber,
    ending: payment.ending,
    paidSeconds: payment.paidSeconds,
    paidToTutor: String(payment.toTutor),
    fee: String(payment.fee),
    returnedToStudent: String(payment.toStudent),
    confirmations,
    confirmed: confirmations >= needed,
  };
}

/** The payment of a call; null while there is none on the chain. */
export function paymentJson({ chain }: EscrowWorld, { story, head }: Viewed): PaymentJson | null {
  return story.payment === null ? null : toPaymentJson(story.payment, head, chain.confirmations);
}

/** How a call stands on the chain. @throws FairminuteError chain_unavailable while the token was never asked for its decimals */
export async function escrowJson(world: EscrowWorld, viewed: Viewed): Promise<EscrowJson> {
  const { row, agreement, story, head } = viewed;
  const { chain } = world;
  const { terms, sessionId, deposit } = agreement;
  const { decimals, feeBasisPoints } = await world.readFacts();
  const { voucher } = row;
  return {
    callId: row.callId,
    sessionId,
    state: row.state,
    chainId: chain.chainId,
    contract: chain.escrow,
    token: terms.token,
    currency: world.currency,
    unit: String(world.unit),
    decimals,
    student: row.student,
    tutor: row.tutor,
    terms: {
      tutor: terms.tutor,
      token: terms.token,
      ratePerMinute: String(terms.ratePerMinute),
      maxSeconds: String(terms.maxSeconds),
      languageId: String(terms.languageId),
      requestId: terms.requestId,
    },
    feeBasisPoints,
    depositAmount: String(deposit),
    inContract: await standingJson(world, story, terms.maxSeconds),
    otherDeposits: story.deposit === null ? await listDepositsBeside(world, row, sessionId) : [],
    deposit: story.deposit && {
      transactionHash: story.deposit.transactionHash,
      blockNumber: story.deposit.blockNumber,
      confirmations: confirmationsOf(story.deposit, head),
      needed: chain.confirmations,
    },
    voucher: voucher && {
      provenSeconds: voucher.seconds,
      signature: voucher.signature,
      amount: String(priceOfSeconds(terms.ratePerMinute, BigInt(voucher.seconds))),
    },
    payment: paymentJson(world, viewed),
    serverTime: new Date(world.now()).toISOString(),
  };
}
