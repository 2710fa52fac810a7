// Deposits that fund no call: on other terms than were agreed, or for nobody that we know. They are their student's, who must be told.

import type { EscrowLog } from "../chain/chain.ts";
import { readStandingLogs } from "../chain/cursor.ts";
import { readCalls } from "../charging/write.ts";
import type { Queryable } from "../db/database.ts";
import { agree } from "./agreement.ts";
import { type EscrowRow, findByContractId, findByRequestId } from "./rows.ts";
import { type ContractStandingJson, standingJson } from "./standing.ts";
import { findMisfit, type Misfit, tellAlone } from "./story.ts";
import type { EscrowWorld } from "./world.ts";

/** A deposit that is not closed and that another deposit, or somebody, has to be told apart from. Amounts in the token's smallest units. */
export interface StrayDepositJson {
  sessionId: string;
  /** The call that it was meant for, by its request id; or that it funds, where `misfit` is null. Null: no call of ours. */
  callId: string | null;
  /** The first field that is not what was agreed for that call. */
  misfit: Misfit | null;
  student: string;
  /** Whose wallet that is, where it is linked. */
  studentId: string | null;
  tutor: string;
  tutorId: string | null;
  token: string;
  ratePerMinute: string;
  maxSeconds: string;
  depositAmount: string;
  transactionHash: string;
  blockNumber: number;
  inContract: ContractStandingJson;
}

/** Deposits whose session is not over. */
const openDeposits = `select l.session_id from chain_logs l
  where l.name = 'SessionStarted' and l.gone_at is null and l.chain_id = $1 and l.contract = $2
    and not exists (select 1 from chain_logs d where d.session_id = l.session_id and d.name = 'SessionEnded'
                       and d.gone_at is null and d.chain_id = $1 and d.contract = $2)`;
const inOrder = "order by l.block_number, l.log_index";

async function readOwners(db: Queryable, addresses: readonly string[]): Promise<Map<string, string>> {
  const sql = "select address, user_id from linked_wallets where address = any($1)";
  const rows = await db.query<{ address: string; user_id: string }>(sql, [addresses]);
  return new Map(rows.map(({ address, user_id }) => [address, user_id]));
}

/** The call of a deposit, and whether it fits: by the session's id, or by the name of the call that it carries. */
async function findCall(world: EscrowWorld, log: EscrowLog): Promise<Pick<StrayDepositJson, "callId" | "misfit">> {
  const { db, chain, unit } = world;
  const own = await findByContractId(db, log.sessionId);
  if (own !== null) return { callId: own.callId, misfit: null };
  const meant: EscrowRow | null = await findByRequestId(db, log.arguments.requestId ?? "");
  const [call] = meant === null ? [] : await readCalls(db, [meant.callId]);
  if (meant === null || call === undefined) return { callId: null, misfit: null };
  return { callId: meant.callId, misfit: findMisfit(log, meant.student, agree(chain, meant, call, unit)) };
}

/** @returns null when the chain has taken the deposit back meanwhile */
async function readStray(world: EscrowWorld, sessionId: string): Promise<StrayDepositJson | null> {
  const logs = await readStandingLogs(world.db, world.chain, [sessionId]);
  const log = logs.find(({ name }) => name === "SessionStarted");
  if (log === undefined) return null;
  const { student = "", tutor = "", token = "", ratePerMinute = "", maxSeconds = "", deposit = "" } = log.arguments;
  const owners = await readOwners(world.db, [student, tutor]);
  return {
    sessionId: log.sessionId,
    ...(await findCall(world, log)),
    student,
    studentId: owners.get(student) ?? null,
    tutor,
    tutorId: owners.get(tutor) ?? null,
    token,
    ratePerMinute,
    maxSeconds,
    depositAmount: deposit,
    transactionHash: log.transactionHash,
    blockNumber: log.blockNumber,
    inContract: await standingJson(world, tellAlone(logs), Number(maxSeconds)),
  };
}

async function readStrays(world: EscrowWorld, ids: readonly string[]): Promise<StrayDepositJson[]> {
  const strays = await Promise.all(ids.map((id) => readStray(world, id)));
  return strays.filter((stray) => stray !== null);
}

/**
 * Deposits that are not closed and fund no call, the oldest first.
 * @param limit at most so many; each costs a few questions
 */
export async function listStrayDeposits(world: EscrowWorld, limit: number): Promise<StrayDepositJson[]> {
  const { db, chain } = world;
  const rows = await db.query<{ session_id: string }>(
    `${openDeposits} and not exists (select 1 from escrow_calls e where e.session_id = l.session_id) ${inOrder} limit $3`,
    [chain.chainId, chain.escrow, limit],
  );
  const strays = await readStrays(
    world,
    rows.map(({ session_id }) => session_id),
  );
  // Of a call that was opened a moment ago the id is not written yet: its deposit fits all the same.
  return strays.filter(({ callId, misfit }) => callId === null || misfit !== null);
}

/** So many deposits of one student beside the right one are shown; the contract lets one run with each tutor. */
const BESIDE_MAX = 5;

/**
 * What a student's wallet has deposited beside what a call asks for: for the same call on other terms, or with the same tutor for
 * whatever else, which stands in the way as long as it runs.
 */
export async function listDepositsBeside(
  world: EscrowWorld,
  row: Pick<EscrowRow, "student" | "tutor" | "requestId">,
  sessionId: string,
): Promise<StrayDepositJson[]> {
  const { db, chain } = world;
  const rows = await db.query<{ session_id: string }>(
    `${openDeposits} and l.arguments ->> 'student' = $3 and l.session_id <> $4
       and (l.arguments ->> 'tutor' = $5 or l.arguments ->> 'requestId' = $6) ${inOrder} limit ${BESIDE_MAX}`,
    [chain.chainId, chain.escrow, row.student, sessionId, row.tutor, row.requestId],
  );
  return readStrays(
    world,
    rows.map(({ session_id }) => session_id),
  );
}
