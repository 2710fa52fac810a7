// Holds the ledger against the chain, call by call: what the contract paid must be what left the claims, to the unit.
import { readCursor, readStandingLogs } from "../chain/cursor.ts";
import { readCalls } from "../charging/write.ts";
import { agree } from "./agreement.ts";
import { readOwed, sumOf } from "./owed.ts";
import { readEscrowCall } from "./rows.ts";
import { confirmationsOf, type Division, inUnits, tellStory } from "./story.ts";
import type { EscrowWorld } from "./world.ts";

/** One thing that is not as it should be. */
export interface Difference {
  callId: string;
  what: string;
  chain: string;
  ledger: string;
}

const say = ({ toTutor, fee, toStudent }: Division): string => `${toTutor} + ${fee} + ${toStudent}`;
const none: Division = { toTutor: 0n, fee: 0n, toStudent: 0n };

/** What left the claims of a call for the contract, and did not come back. */
async function readPaid(
  { db, currency }: EscrowWorld,
  callId: string,
  payerId: string,
  payeeId: string,
): Promise<Division> {
  const rows = await db.query<{ account: string; amount: string }>(
    `select account, sum(amount)::text as amount from (
         select from_account as account, amount from transfers where subject = $1 and to_account = $2
         union all
         select to_account, -amount from transfers where subject = $1 and from_account = $2) moved
      where account like 'claim:%' group by account`,
    [callId, `escrow:${currency}`],
  );
  const of = (owner: string) =>
    BigInt(rows.find(({ account }) => account === `claim:${currency}:${owner}`)?.amount ?? 0);
  return { toTutor: of(payeeId), fee: of("platform"), toStudent: of(payerId) };
}

async function compare(world: EscrowWorld, callId: string, head: number): Promise<Difference[]> {
  const { db, chain, unit, currency } = world;
  const row = await readEscrowCall(db, callId);
  const [call] = await readCalls(db, [callId]);
  if (row === null || call === undefined || call.settledAt === null) return [];
  const agreement = agree(chain, row, call, unit);
  const story = tellStory(await readStandingLogs(db, chain, [agreement.sessionId]), row.student, agreement);
  const { payment } = story;
  const counts = payment !== null && confirmationsOf(payment, head) >= chain.confirmations;
  const expected = counts ? inUnits(payment, unit) : none;
  const paid = await readPaid(world, callId, row.payerId, row.payeeId);
  const differences: Difference[] = [];
  const owed = await readOwed(db, { callId, currency, payerId: row.payerId, payeeId: row.payeeId });
  const isLost = row.applied?.kind === "gone";
  if (!isLost && say(paid) !== say(expected)) {
    differences.push({ callId, what: "what was paid", chain: say(expected), ledger: say(paid) });
  }
  const open = counts || isLost || story.deposit === null ? 0n : agreement.deposit / unit;
  const isBelieved = call.placed > 0n;
  if (isBelieved && sumOf(owed) !== open) {
    differences.push({ callId, what: "what is owed", chain: String(open), ledger: say(owed) });
  }
  return differences;
}

/** Some of the calls, compared. */
export interface Comparison {
  differences: Difference[];
  /** How many calls were compared. */
  compared: number;
  /** The last of them; null when there are no more behind it. */
  nextAfter: string | null;
}

/** Compares the next calls behind `after`, in the order of their ids. */
export async function compareSome(world: EscrowWorld, after: string, limit: number): Promise<Comparison> {
  const head = (await readCursor(world.db, world.chain))?.blockNumber ?? -1;
  const rows = await world.db.query<{ call_id: string }>(
    "select call_id from escrow_calls where call_id > $1 order by call_id limit $2",
    [after, limit + 1],
  );
  const some = rows.slice(0, limit);
  const differences: Difference[] = [];
  for (const { call_id } of some) differences.push(...(await compare(world, call_id, head)));
  const nextAfter = rows.length > limit ? (some.at(-1)?.call_id ?? null) : null;
  return { differences, compared: some.length, nextAfter };
}

const PAGE = 1000;

/** Every call that differs. It reads call by call: meant for the operator and for tests, not for a round. */
export async function findDifferences(world: EscrowWorld): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (let after: string | null = ""; after !== null; ) {
    const some: Comparison = await compareSome(world, after, PAGE);
    differences.push(...some.differences);
    after = some.nextAfter;
  }
  return differences;
}
