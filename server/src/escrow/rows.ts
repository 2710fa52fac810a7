// The rows of calls that are paid from the escrow: taken by one server at a time, given back with what was found.
import type { Queryable } from "../db/database.ts";

type Hex = `0x${string}`;

/** Where a call stands on the chain, as its people are told. */
export type EscrowState = "awaiting_deposit" | "funded" | "closing" | "paid" | "closed";

/** What the ledger was told of the chain last. */
export interface Applied {
  kind: "paid" | "gone";
  /** The payment, or the deposit that is gone. */
  transactionHash: Hex;
  /** What left the claims to the escrow, in units, as decimal digits. */
  toTutor: string;
  fee: string;
  toStudent: string;
  /** What the claims were before, in units. */
  owed: { toTutor: string; fee: string; toStudent: string };
}

export interface EscrowRow {
  callId: string;
  state: EscrowState;
  payerId: string;
  payeeId: string;
  student: Hex;
  tutor: Hex;
  token: Hex;
  languageId: number;
  requestId: Hex;
  sessionId: Hex | null;
  voucher: { seconds: number; signature: Hex } | null;
  applied: Applied | null;
  applications: number;
  sends: number;
  failures: number;
  createdAt: number;
  /** The marks by which a server knows that the row is still the one it took. */
  takenUntil: number;
  looks: bigint;
}

/** Never: the place of a row behind all instants. The index of due rows ends here. */
export const NEVER = Number.MAX_SAFE_INTEGER;

type Row = Record<string, unknown>;

function readEscrowRow(row: Row): EscrowRow {
  const isSigned = row.voucher_signature !== null;
  return {
    callId: row.call_id as string,
    state: row.state as EscrowState,
    payerId: row.payer_id as string,
    payeeId: row.payee_id as string,
    student: row.student as Hex,
    tutor: row.tutor as Hex,
    token: row.token as Hex,
    languageId: Number(row.language_id),
    requestId: row.request_id as Hex,
    sessionId: row.session_id as Hex | null,
    voucher: isSigned ? { seconds: Number(row.voucher_seconds), signature: row.voucher_signature as Hex } : null,
    applied: row.applied as Applied | null,
    applications: Number(row.applications),
    sends: Number(row.sends),
    failures: Number(row.failures),
    createdAt: Number(row.created_at),
    takenUntil: Number(row.next_look_at),
    looks: row.looks as bigint,
  };
}

/** What is known of a call before it opens. */
export interface NewEscrowRow {
  callId: string;
  payerId: string;
  payeeId: string;
  student: Hex;
  tutor: Hex;
  token: Hex;
  languageId: number;
  requestId: Hex;
}

/** Keeps the agreement of a call that is about to open. The first word stands, so that a repeated request changes nothing. */
export async function putEscrowRow(
  db: Queryable,
  place: { chainId: number; escrow: string },
  row: NewEscrowRow,
  now: number,
): Promise<void> {
  await db.query(
    `insert into escrow_calls (call_id, next_look_at, payer_id, payee_id, chain_id, contract, student, tutor, token, language_id,
         request_id, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $2) on conflict (call_id) do nothing`,
    [
      row.callId,
      now,
      row.payerId,
      row.payeeId,
      place.chainId,
      place.escrow,
      row.student,
      row.tutor,
      row.token,
      row.languageId,
      row.requestId,
    ],
  );
}

/** Keeps the id that the session of a call has. It is a hash of what is frozen, so whoever writes it writes the same. */
export async function keepAgreed(
  db: Queryable,
  callId: string,
  agreed: { sessionId: string; ratePerMinute: bigint; maxSeconds: number },
): Promise<void> {
  await db.query(
    "update escrow_calls set session_id = $2, rate_per_minute = $3::numeric, max_seconds = $4 where call_id = $1 and session_id is null",
    [callId, agreed.sessionId, String(agreed.ratePerMinute), agreed.maxSeconds],
  );
}

export async function readEscrowCall(db: Queryable, callId: string): Promise<EscrowRow | null> {
  const [row] = await db.query("select * from escrow_calls where call_id = $1", [callId]);
  return row === undefined ? null : readEscrowRow(row);
}

/** By the contract's name of its session. */
export async function findByContractId(db: Queryable, sessionId: string): Promise<EscrowRow | null> {
  const [row] = await db.query("select * from escrow_calls where session_id = $1", [sessionId.toLowerCase()]);
  return row === undefined ? null : readEscrowRow(row);
}

/** By the name that the contract is told for a call. */
export async function findByRequestId(db: Queryable, requestId: string): Promise<EscrowRow | null> {
  const [row] = await db.query("select * from escrow_calls where request_id = $1", [requestId.toLowerCase()]);
  return row === undefined ? null : readEscrowRow(row);
}

/** Who deposits and who is paid, of those of these calls that are paid on a chain. */
export async function readParties(
  db: Queryable,
  callIds: readonly string[],
): Promise<Map<string, { tutorAddress: string; studentAddress: string }>> {
  const rows = await db.query<{ call_id: string; tutor: string; student: string }>(
    "select call_id, tutor, student from escrow_calls where call_id = any($1)",
    [callIds],
  );
  return new Map(
    rows.map(({ call_id, tutor, student }) => [call_id, { tutorAddress: tutor, studentAddress: student }]),
  );
}

/** @returns at most `limit` rows that are due; nobody else gets them before `until` */
export async function takeDueCalls(db: Queryable, at: number, until: number, limit: number): Promise<EscrowRow[]> {
  const rows = await db.query(
    `with due as materialized (
       select call_id from escrow_calls where next_look_at <= $1 and next_look_at < ${NEVER}
        order by next_look_at limit $3 for update skip locked)
     update escrow_calls e set next_look_at = $2, looks = e.looks + 1 from due where e.call_id = due.call_id returning e.*`,
    [at, until, limit],
  );
  return rows.map(readEscrowRow);
}

/** What a look found. What it leaves out stays as it is. */
export interface Found {
  state: EscrowState;
  nextLookAt: number;
  waitsForBlock: number | null;
  voucher: EscrowRow["voucher"];
  applied: Applied | null;
  applications: number;
  sends: number;
  error: string | null;
}

/**
 * Writes what a look found, if the row is still the one that was taken. Its next look stands if somebody has woken it meanwhile.
 * @returns false when somebody else has taken it: then nothing may be written with it
 */
export async function giveBackCall(db: Queryable, row: EscrowRow, found: Found): Promise<boolean> {
  const rows = await db.query(
    `update escrow_calls set state = $3, waits_for_block = $4, voucher_seconds = $5, voucher_signature = $6, applied = $7::jsonb,
         applications = $8, sends = $9, last_error = $10, failures = case when $10::text is null then 0 else failures + 1 end,
         next_look_at = case when next_look_at = $11 then $12 else next_look_at end
       where call_id = $1 and looks = $2 returning call_id`,
    [
      row.callId,
      row.looks,
      found.state,
      found.waitsForBlock,
      found.voucher?.seconds ?? null,
      found.voucher?.signature ?? null,
      found.applied === null ? null : JSON.stringify(found.applied),
      found.applications,
      found.sends,
      found.error,
      row.takenUntil,
      found.nextLookAt,
    ],
  );
  return rows.length === 1;
}

/** The next look at a call is now. */
export async function wakeCall(db: Queryable, callId: string, at: number): Promise<void> {
  await db.query("update escrow_calls set next_look_at = least(next_look_at, $2) where call_id = $1", [callId, at]);
}

/** Something was read of these sessions, up to this block: whoever it is about is looked at now. */
export async function wakeRead(
  tx: Queryable,
  place: { chainId: number; escrow: string },
  read: { head: number; touched: string[]; requests: string[] },
  at: number,
): Promise<void> {
  if (read.touched.length > 0) {
    const sql = `update escrow_calls set next_look_at = least(next_look_at, $3) where session_id = any($1) or request_id = any($2)`;
    await tx.query(sql, [read.touched, read.requests, at]);
  }
  await tx.query(
    `update escrow_calls set next_look_at = least(next_look_at, $4)
      where chain_id = $1 and contract = $2 and waits_for_block <= $3`,
    [place.chainId, place.escrow, read.head, at],
  );
}

/** Wakes calls that were settled and of which no trigger told, and forgets agreements of calls that never opened. */
export async function repairCalls(db: Queryable, now: number): Promise<void> {
  await db.query(
    `update escrow_calls e set next_look_at = least(e.next_look_at, $1), state = 'closing'
      where e.state in ('awaiting_deposit', 'funded')
        and exists (select 1 from calls c where c.id = e.call_id and c.settled_at is not null)`,
    [now],
  );
  await db.query(
    "delete from escrow_calls e where e.created_at < $1 and e.session_id is null and not exists (select 1 from calls c where c.id = e.call_id)",
    [now - 86_400_000],
  );
}
