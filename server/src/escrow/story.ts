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

/** The deposit, and the block whose time the contract's clock starts at. */
export interface Deposit extends OnChain {
  blockHash: Hex;
}

/** The tutor stopped the clock. */
export interface Claim extends OnChain {
  claimedSeconds: number;
  /** The last second in which the student may dispute it, since 1970. */
  until: number;
}

/** The student contests the claim. */
export interface Dispute extends OnChain {
  /** The last second in which the meter may answer, since 1970. */
  until: number;
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
  deposit: Deposit | null;
  /** The tutor stopped the clock and claims its time. */
  claim: Claim | null;
  dispute: Dispute | null;
  payment: Payment | null;
}

/** Where the contract has a session, in its own words; `none` while there is no deposit that fits. */
export type ContractStatus = "none" | "open" | "claimed" | "disputed" | "closed";

const placeOf = ({ transactionHash, blockNumber, logIndex }: EscrowLog): OnChain => ({
  transactionHash,
  blockNumber,
  logIndex,
});

/** The first field of a deposit that is not what was agreed. */
export interface Misfit {
  field: string;
  found: string;
  expected: string;
}

/** Which field of a deposit is not what was agreed; null when it fits. The session's id is a hash of most of them; the rest is the sum. */
export function findMisfit(log: EscrowLog, student: Hex, { sessionId, terms, deposit }: Agreement): Misfit | null {
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
    const found = said[field] ?? "";
    if (found.toLowerCase() !== value.toLowerCase()) return { field, found, expected: value };
  }
  if (log.sessionId === sessionId) return null;
  return { field: "sessionId", found: log.sessionId, expected: sessionId };
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

/** What was said after a deposit: the claim, the dispute of it, and the payment. */
function tellEnd(logs: readonly EscrowLog[]): Omit<Story, "deposit"> {
  const claimed = logs.find(({ name }) => name === "EndClaimed");
  const disputed = logs.find(({ name }) => name === "SessionDisputed");
  const number = (log: EscrowLog, field: string) => Number(log.arguments[field]);
  return {
    claim:
      claimed === undefined
        ? null
        : {
            ...placeOf(claimed),
            claimedSeconds: number(claimed, "claimedSeconds"),
            until: number(claimed, "until"),
          },
    dispute: disputed === undefined ? null : { ...placeOf(disputed), until: number(disputed, "until") },
    payment: readPayment(logs),
  };
}

/** Tells the session of an agreement. A deposit that does not fit is none. */
export function tellStory(logs: readonly EscrowLog[], student: Hex, agreement: Agreement): Story {
  return tellAlone(logs.filter((log) => log.name !== "SessionStarted" || findMisfit(log, student, agreement) === null));
}

/** Tells a session without asking whether it is what anybody agreed on. */
export function tellAlone(logs: readonly EscrowLog[]): Story {
  const started = logs.find(({ name }) => name === "SessionStarted");
  if (started === undefined) return { deposit: null, claim: null, dispute: null, payment: null };
  return { deposit: { ...placeOf(started), blockHash: started.blockHash }, ...tellEnd(logs) };
}

/** Where the contract has the session. */
export function statusOf({ deposit, claim, dispute, payment }: Story): ContractStatus {
  if (deposit === null) return "none";
  if (payment !== null) return "closed";
  if (dispute !== null) return "disputed";
  return claim === null ? "open" : "claimed";
}

/** How many blocks stand on something, its own included; 0 when it lies beyond what was read. */
export const confirmationsOf = ({ blockNumber }: Pick<OnChain, "blockNumber">, head: number): number =>
  Math.max(0, head - blockNumber + 1);

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
