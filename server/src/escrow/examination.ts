// What the operator should see of the chain: calls whose ledger differs, sends that do not get through, deposits that fund nothing.
import { FairminuteError } from "@fairminute/core";
import { readCursor } from "../chain/cursor.ts";
import { hashOf } from "../chain/sending.ts";
import { listStuckSends, type SendState, type StuckSend } from "../chain/sends.ts";
import type { Queryable } from "../db/database.ts";
import { compareSome, type Difference } from "./differences.ts";
import { listStrayDeposits, type StrayDepositJson } from "./strays.ts";
import type { EscrowWorld } from "./world.ts";

/** One transaction of the server's own that is not in a block, or came to nothing while its call is not paid. */
export interface StuckSendJson {
  id: string;
  callId: string;
  /** waiting: without a number. sent: told to the chain. reverted: without effect. replaced: somebody used its number. refused: it would fail. */
  state: SendState;
  nonce: number | null;
  /** Since when it is to be done. */
  since: string;
  /** Every version that was signed under its number, the newest last. */
  versions: { transactionHash: string; maxFeePerGas: string; maxPriorityFeePerGas: string; sentAt: string }[];
  /** The version that is known: the mined one, or the newest. */
  transactionHash: string | null;
  lastError: string | null;
}

export interface ExaminationJson {
  /** Whether there is nothing to see to. */
  ok: boolean;
  /** Up to which block the chain was read; null before the first. */
  head: number | null;
  /** How many calls were compared for this page. */
  compared: number;
  differences: Difference[];
  stuckSends: StuckSendJson[];
  strayDeposits: StrayDepositJson[];
  hasMore: boolean;
  nextCursor: string | null;
}

export interface Question {
  /** How many calls are compared. */
  limit: number;
  cursor?: string | undefined;
  /** A send that is in no block after so many seconds is stuck. */
  stuckAfterSeconds: number;
}

/** So many of each are shown at once: who has more has one trouble, not many. */
const SHOWN_MAX = 100;

/** `voucher:<call>:<n>` is the n-th try for a call. */
const nameOf = (callId: string, n: number): string => `voucher:${callId}:${n}`;
const callOf = (id: string): string => id.slice(id.indexOf(":") + 1, id.lastIndexOf(":"));

const iso = (at: number): string => new Date(at).toISOString();

function toJson(send: StuckSend): StuckSendJson {
  const { id, state, nonce, createdAt, versions, lastError } = send;
  return {
    id,
    callId: callOf(id),
    state,
    nonce,
    since: iso(createdAt),
    versions: versions.map(({ hash: transactionHash, maxFeePerGas, maxPriorityFeePerGas, sentAt }) => {
      return { transactionHash, maxFeePerGas, maxPriorityFeePerGas, sentAt: iso(sentAt) };
    }),
    transactionHash: hashOf(send),
    lastError,
  };
}

/** A try that came to nothing is of interest as long as it is the last one and nobody has paid otherwise. */
async function readLastTries(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ call_id: string; sends: number }>(
    "select call_id, sends from escrow_calls where sends > 0 and state not in ('paid', 'closed')",
  );
  return rows.map(({ call_id, sends }) => nameOf(call_id, Number(sends)));
}

function readPlace(cursor: string): string {
  const place = Buffer.from(cursor, "base64url").toString();
  if (/^[\w.:@-]{1,128}$/.test(place)) return place;
  throw new FairminuteError("invalid_cursor", "the cursor is not one that this list returned", { param: "cursor" });
}

/**
 * Compares some calls with the chain, and tells what else stands wrong there. Changes nothing.
 * @throws FairminuteError invalid_cursor
 */
export async function examine(world: EscrowWorld, question: Question): Promise<ExaminationJson> {
  const after = question.cursor === undefined ? "" : readPlace(question.cursor);
  const { differences, compared, nextAfter } = await compareSome(world, after, question.limit);
  const before = world.now() - question.stuckAfterSeconds * 1000;
  const lastTries = await readLastTries(world.db);
  const stuck = await listStuckSends(world.db, world.chain, { before, lastTries, limit: SHOWN_MAX });
  const stuckSends = stuck.map(toJson);
  const strayDeposits = await listStrayDeposits(world, SHOWN_MAX);
  const cursor = await readCursor(world.db, world.chain);
  return {
    ok: differences.length === 0 && stuckSends.length === 0 && strayDeposits.length === 0,
    head: cursor?.blockNumber ?? null,
    compared,
    differences,
    stuckSends,
    strayDeposits,
    hasMore: nextAfter !== null,
    nextCursor: nextAfter === null ? null : Buffer.from(nextAfter).toString("base64url"),
  };
}
