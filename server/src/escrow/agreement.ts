// The agreement of a call with its contract: the terms as the contract names them, the session's id, the deposit.
import { priceOfSeconds } from "@fairminute/contracts";
import { keccak256, toHex } from "viem";
import type { AgreedTerms, Chain } from "../chain/chain.ts";
import type { StoredCall } from "../charging/stored.ts";
import type { EscrowRow } from "./rows.ts";

type Hex = `0x${string}`;

/** The name of a call in the contract. */
export const requestIdOf = (callId: string): Hex => keccak256(toHex(callId));

/** What both sides agree on, complete. */
export interface Agreement {
  sessionId: Hex;
  terms: AgreedTerms;
  /** In the token's smallest units: the price of the longest time. */
  deposit: bigint;
}

/** The terms that the contract must be told: the call's own price and estimate, in the token's smallest units. */
export function agree(chain: Chain, row: EscrowRow, call: StoredCall, unit: bigint): Agreement {
  const ratePerMinute = call.terms.tariff.pricePerMinute * unit;
  const { tutor, token, languageId, requestId } = row;
  const terms = { tutor, token, ratePerMinute, maxSeconds: call.estimatedSeconds, languageId, requestId };
  const deposit = priceOfSeconds(ratePerMinute, BigInt(call.estimatedSeconds));
  return { sessionId: chain.idInContract(row.student, terms), terms, deposit };
}

/** The seconds of the voucher: those that are charged, so that its price and the ticker's are the same number. */
export const voucherSecondsOf = (call: StoredCall): number => (call.charged === 0n ? 0 : call.billedSeconds);
