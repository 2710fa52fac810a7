// A party says that a transaction has paid. It is looked at, and believed as far as the chain says so; nothing is changed by it.
import { FairminuteError } from "@fairminute/core";
import type { Chain } from "../chain/chain.ts";
import type { Agreement } from "./agreement.ts";
import { readPayment } from "./story.ts";
import { type PaymentJson, toPaymentJson } from "./view.ts";

type Hex = `0x${string}`;

export interface Confirmation {
  status: "confirmed" | "pending";
  payment: PaymentJson | null;
}

function refuse(message: string): FairminuteError {
  return new FairminuteError("payment_not_proven", `transactionHash: ${message}`, { param: "transactionHash" });
}

/**
 * Looks at a transaction.
 * @throws FairminuteError payment_not_proven with the reason: it failed, it went to another contract, it ended another session or
 *   none, or its amounts are not those of the deposit; chain_unavailable
 */
export async function confirmPayment(chain: Chain, agreement: Agreement, transactionHash: Hex): Promise<Confirmation> {
  const receipt = await chain.readReceipt(transactionHash);
  if (receipt === null) return { status: "pending", payment: null };
  if (!receipt.isSuccess) throw refuse("the transaction failed, and nothing was paid");
  if (receipt.logs.length === 0) throw refuse(`nothing in it comes from the escrow ${chain.escrow}`);
  const own = receipt.logs.filter(({ sessionId }) => sessionId === agreement.sessionId);
  const payment = readPayment(own);
  if (payment === null) {
    const other = receipt.logs.find(({ name }) => name === "SessionPaid");
    if (other !== undefined) throw refuse(`it ended the session ${other.sessionId}, not ${agreement.sessionId}`);
    throw refuse(own.length === 0 ? "it is not about this session" : "it did not end the session");
  }
  const paid = payment.toTutor + payment.fee + payment.toStudent;
  if (paid !== agreement.deposit) throw refuse(`it divided ${paid}, and the deposit is ${agreement.deposit}`);
  const { number: head } = await chain.readHead();
  const json = toPaymentJson(payment, head, chain.confirmations);
  return { status: json.confirmed ? "confirmed" : "pending", payment: json };
}
