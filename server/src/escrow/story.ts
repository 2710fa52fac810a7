// What the logs of one session say about it. Pure: the same logs give the same story.
import { type EscrowEnding, endings } from "@fairminute/contracts";
import type { EscrowLog } from "../chain/chain.ts";
import type { Agreement } from "./agreement.ts";

type Hex = `0x${string}`;

/** Something that stands in a block. */
export interface OnChain {
  transactionHash: Hex;
  blockNumber: number;
  logIndex: number;
}

export interface Payment extends OnChain {
  ending: EscrowEnding;
  endedBy: Hex;
  paidSeconds: number;
  /** In the token's smallest units. */
  toTutor: bigint;
  fee: bigint;
  toStudent: bigint;
}

/** A session as the chain tells it. */
export interface Story {
  deposit: OnChain | null;
  /** The tutor stopped the clock and claims its time. */
  claim: OnChain | null;
  payment: Payment | null;
}

const placeOf = ({ transactionHash, blockNumber, logIndex }: EscrowLog): OnChain => ({
  transactionHash,
  blockNumber,
  logIndex,
});

/** Which field of a deposit is not what was agreed; null when it fits. The session's id is a hash of most of them; the rest is the sum. */
export function misfitOf(log: EscrowLog, student: Hex, { sessionId, terms, deposit }: Agreement): string | null {
  const { arguments: said } = log;
  const expected: Record<string, string> = {
    student,
    tutor: terms.tutor,
    requestId: terms.requestId,
    token: terms.token,
    languageId: String(terms.languageId),
    ratePerMinute: String(terms.ratePerMinute),
    maxSeconds: String(terms.maxSeconds),
    deposit: String(deposit),
  };
  for (const [field, value] of Object.entries(expected)) {
    if (said[field]?.toLowerCase() !== value.toLowerCase()) return `${field} is ${said[field]}, expected ${value}`;
  }
  return log.sessionId === sessionId ? null : `the session is ${log.sessionId}, expected ${sessionId}`;
}

/** Reads the payment out of logs of one session: an end and its division, both in one transaction. */
export function readPayment(logs: readonly EscrowLog[]): Payment | null {
  const ended = logs.find(({ name }) => name === "SessionEnded");
  const paid = logs.find(
    ({ name, transactionHash }) => name === "SessionPaid" && transactionHash === ended?.transactionHash,
  );
  if (ended === undefined || paid === undefined) return null;
  return {
    ...placeOf(ended),
    ending: endings[Number(ended.arguments.ending)] as EscrowEnding,
    endedBy: ended.arguments.endedBy as Hex,
    paidSeconds: Number(ended.arguments.paidSeconds),
    toTutor: BigInt(paid.arguments.toTutor ?? 0),
    fee: BigInt(paid.arguments.fee ?? 0),
    toStudent: BigInt(paid.arguments.toStudent ?? 0),
  };
}

/** Tells the session of an agreement. A deposit that does not fit is none. */
export function tellStory(logs: readonly EscrowLog[], student: Hex, agreement: Agreement): Story {
  const started = logs.find((log) => log.name === "SessionStarted" && misfitOf(log, student, agreement) === null);
  if (started === undefined) return { deposit: null, claim: null, payment: null };
  const claimed = logs.find(({ name }) => name === "EndClaimed");
  return {
    deposit: placeOf(started),
    claim: claimed === undefined ? null : placeOf(claimed),
    payment: readPayment(logs),
  };
}

/** How many blocks stand on something, its own included; 0 when it lies beyond what was read. */
export const confirmationsOf = ({ blockNumber }: OnChain, head: number): number => Math.max(0, head - blockNumber + 1);

/** A division of one deposit, in units: what is owed or was paid to whom. */
export interface Division {
  toTutor: bigint;
  fee: bigint;
  toStudent: bigint;
}

/** The same in units of the currency. Only the fee can have a part of a unit; the tutor's side takes it, as in the contract. */
export function inUnits({ toTutor, fee, toStudent }: Division, unit: bigint): Division {
  const platform = fee / unit;
  return { fee: platform, toStudent: toStudent / unit, toTutor: (toTutor + fee) / unit - platform };
}
