// Reading calls and writing what was decided for a batch of them: one statement each.
import { type CallEvent, isEscrow } from "@fairminute/core";
import { DatabaseError, type Queryable } from "../db/database.ts";
import { jsonArray, rowArray } from "../db/rows.ts";
import { claimOf, escrowOf } from "../ledger/accounts.ts";
import { type NewAccount, postingParameters, type Transfer } from "../ledger/transfers.ts";
import { type KeptAnswer, keptRows } from "./keeping.ts";
import type { News } from "./news.ts";
import { CALL_COLUMNS, readRow, type StoredCall, writeChange, writeRow } from "./stored.ts";

/** One call of a batch, as decided. `call.version` is already the new one. */
export interface Decision {
  call: StoredCall;
  /** New evidence. */
  events: CallEvent[];
  /** Stretches of proof of life that are in the log already and have grown. */
  grown: CallEvent[];
  transfers: Transfer[];
  news: News[];
  /** The answer of the request that asked for it, when it is to be kept. */
  answer?: KeptAnswer | undefined;
}

export interface Outcome {
  id: string;
  /**
   * stale: somebody else wrote the call meanwhile. insufficient_balance: a wallet was short. too_many_calls: somebody has as
   * many calls as the terms allow. key_used: the request's key has an answer already. Nothing of the call was written.
   */
  outcome: "stale" | "insufficient_balance" | "too_many_calls" | "key_used";
  /** The wallet that was short, or that of the person with too many calls. */
  account: string | null;
  available: bigint | null;
}

const READ = `select ${CALL_COLUMNS} from calls c join terms t on t.id = c.terms_id where c.id = any($1::text[])`;

/** The due calls of one round. Locked so that another server takes other calls; gone ones are simply not due any more. */
const READ_DUE = `select ${CALL_COLUMNS} from calls c join terms t on t.id = c.terms_id
  where c.id in (select due.id from call_deadlines d join calls due on due.id = d.call_id
                  where d.deadline_at <= $1 and due.deadline_at <= $1 and ($3::text[] is null or d.call_id = any($3::text[]))
                  order by d.deadline_at limit $2 for update of due skip locked)`;

/** @returns the calls that exist, in no order */
export async function readCalls(db: Queryable, ids: readonly string[]): Promise<StoredCall[]> {
  const rows = await db.query(READ, [ids]);
  return rows.map((row) => readRow(row));
}

/** Takes due calls (of `ids` only, unless null) for this transaction, skipping those that another server is at. */
export async function takeDueCalls(
  tx: Queryable,
  now: number,
  limit: number,
  ids: readonly string[] | null,
): Promise<StoredCall[]> {
  const rows = await tx.query(READ_DUE, [now, limit, ids]);
  return rows.map((row) => readRow(row));
}

/** The accounts that a new call needs: its own, and for an escrow that of the contract and what it may come to owe. */
function accountsOf({ id: subject, holdId, payerId, payeeId, terms }: StoredCall): NewAccount[] {
  const { currency } = terms;
  const own: NewAccount = { subject, id: holdId, kind: "call", ownerId: payerId, currency };
  if (!isEscrow(terms)) return [own];
  const owners = payeeId === null ? [payerId, null] : [payerId, payeeId, null];
  return [
    own,
    { subject, id: escrowOf(currency), kind: "escrow", ownerId: null, currency },
    ...owners.map(
      (ownerId): NewAccount => ({ subject, id: claimOf(currency, ownerId), kind: "claim", ownerId, currency }),
    ),
  ];
}

/** The fields in the order of the table's columns. */
function eventRow(callId: string, event: CallEvent): unknown[] {
  const { id, type, source, userId, connectionId, reason, occurredAt, untilAt, receivedAt } = event;
  return [callId, id, type, source, userId, connectionId, reason, occurredAt, untilAt, receivedAt];
}

/** Who is counted when a new call is limited by its terms. */
function limitRows({ call }: Decision): unknown[][] {
  const most = call.terms.limits.maximumCallsAtOnce;
  if (call.version !== 1 || most === null) return [];
  const users = call.payeeId === null ? [call.payerId] : [call.payerId, call.payeeId];
  return users.map((userId) => [call.id, userId, most]);
}

const WRITE = `select id, outcome, account, available
  from write_calls($1, $2::text::call_to_open[], $3::text::call_change[], $4::text::event_to_keep[], $5::text::event_to_keep[],
    $6::text::account_to_open[], $7::text[], $8::text::transfer_to_post[], $9::text::call_limit[], $10::text[],
    $11::text::text[], $12::text::kept_answer[], $13::text::text[], $14)`;

/** The parameters of write_calls, but for the first. */
function writeParameters(decisions: readonly Decision[], now: number): unknown[] {
  const opened: unknown[][] = [];
  const changed: unknown[][] = [];
  const accounts: NewAccount[] = [];
  const transfers: Transfer[] = [];
  const events: unknown[][] = [];
  const grown: unknown[][] = [];
  const told: string[] = [];
  const news: string[] = [];
  const answers: KeptAnswer[] = [];
  for (const decision of decisions) {
    const { call } = decision;
    if (decision.answer !== undefined) answers.push(decision.answer);
    if (call.version === 1) {
      opened.push(writeRow(call));
      accounts.push(...accountsOf(call));
    } else changed.push(writeChange(call));
    transfers.push(...decision.transfers);
    for (const event of decision.events) events.push(eventRow(call.id, event));
    for (const event of decision.grown) grown.push(eventRow(call.id, event));
    if (decision.news.length > 0) {
      told.push(call.id);
      news.push(JSON.stringify({ news: decision.news }));
    }
  }
  const posting = postingParameters(accounts, transfers);
  const kept = keptRows(answers);
  return [
    rowArray(opened),
    rowArray(changed),
    rowArray(events),
    rowArray(grown),
    posting.accounts,
    posting.wallets,
    posting.transfers,
    rowArray(decisions.flatMap(limitRows)),
    told,
    jsonArray(news),
    rowArray(kept.rows),
    jsonArray(kept.bodies),
    now,
  ];
}

/**
 * Writes a batch in one statement, each call whole or not at all. For use within a transaction of more than this.
 * @returns the calls that were not written, and why; every other one is
 * @throws DatabaseError when the statement itself failed: nothing is written (or, with a lost connection, nobody knows)
 */
export async function writeCalls(db: Queryable, decisions: readonly Decision[], now: number): Promise<Outcome[]> {
  return db.query<Outcome>(WRITE, [true, ...writeParameters(decisions, now)]);
}

/**
 * The same, for batches that are nearly always written as they are: first without looking, and only if that fails with looking.
 * @param trust whether to try the first; for use outside of transactions
 * @returns what was not written and why, and whether the batch could have been trusted
 */
export async function writeTrusted(
  db: Queryable,
  decisions: readonly Decision[],
  now: number,
  trust: boolean,
): Promise<{ outcomes: Outcome[]; isSound: boolean }> {
  // In the order of their ids, in which everybody locks them.
  const ordered = [...decisions].sort((a, b) => (a.call.id < b.call.id ? -1 : 1));
  const parameters = writeParameters(ordered, now);
  if (trust) {
    try {
      return { outcomes: await db.query<Outcome>(WRITE, [false, ...parameters]), isSound: true };
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.connectionLost) throw error;
    }
  }
  const outcomes = await db.query<Outcome>(WRITE, [true, ...parameters]);
  return { outcomes, isSound: outcomes.length === 0 };
}
