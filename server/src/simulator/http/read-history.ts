// What the database knows of a call, as a history: the oracle judges it without having been there.
import { type CallStatus, type EndReason, readTerms, type TermsJson } from "@fairminute/core";
import { CALL_COLUMNS, factsOf, readRow } from "../../charging/stored.ts";
import type { Queryable } from "../../db/database.ts";
import type { Transfer } from "../../ledger/transfers.ts";
import type { CallHistory, HistoryBalance, HistoryWrite } from "../history.ts";
import { billOf } from "../history-bill.ts";
import { type Entry, type Movement, readJournal, readMovements } from "./journal.ts";

interface Moved {
  name: string;
  kind: Transfer["kind"];
  from_account: string;
  to_account: string;
  amount: bigint;
}

type MovementsOf = (wallet: string) => Promise<readonly Movement[]>;

/** The wallets after each movement, from all transfers there are of them. */
async function readBalances(movementsOf: MovementsOf, people: readonly string[]): Promise<HistoryBalance[]> {
  const balances: HistoryBalance[] = [];
  for (const userId of people) {
    let balance = 0n;
    balances.push({ at: 0, on: 0, userId, balance });
    for (const { on, at, amount } of await movementsOf(`wallet:${userId}`)) {
      balance += amount;
      balances.push({ at, on, userId, balance });
    }
  }
  return balances;
}

const instant = (value: unknown): number | null => (value === null ? null : Number(value));

/** The hall's writes. One that brought nothing and moved nothing does not tell its instant: nothing was learnt by it. */
function writesOf(entries: readonly Entry[], moved: readonly Moved[], callId: string): HistoryWrite[] {
  const writes: HistoryWrite[] = [];
  let row: Record<string, unknown> = {};
  for (const entry of entries) {
    row = entry.row ?? row;
    if (entry.at === null) continue;
    writes.push({
      at: entry.at,
      on: entry.on,
      version: Number(row.version),
      evidence: entry.evidence,
      transfers: moved
        .filter(({ name }) => entry.transfers.includes(name))
        .map(({ name, kind, from_account: from, to_account: to, amount }) => ({
          subject: callId,
          name,
          kind,
          from,
          to,
          amount,
        })),
      status: row.status as CallStatus,
      startedAt: instant(row.started_at),
      endedAt: instant(row.ended_at),
      endReason: row.end_reason as EndReason | null,
      endedBy: row.ended_by as string | null,
      settledAt: instant(row.settled_at),
    });
  }
  return writes;
}

/**
 * @param db with a journal since before the call
 * @param movementsOf what moved on a wallet, where somebody has read it already
 * @returns null for a call that is not over
 */
export async function readHistory(
  db: Queryable,
  callId: string,
  movementsOf: MovementsOf = (wallet) => readMovements(db, wallet),
): Promise<CallHistory | null> {
  const [row] = await db.query(
    `select ${CALL_COLUMNS} from calls c join terms t on t.id = c.terms_id where c.id = $1`,
    [callId],
  );
  if (row === undefined) return null;
  const call = readRow(row);
  if (call.settledAt === null) return null;
  const moved = await db.query<Moved>(
    "select name, kind, from_account, to_account, amount from transfers where subject = $1 order by seq",
    [callId],
  );
  const { settledAt } = call;
  const writes = writesOf(await readJournal(db, callId), moved, callId);
  const { parties, terms, requestedAt, estimatedSeconds } = factsOf(call);
  return {
    callId,
    terms: readTerms(row.terms_body as TermsJson) ?? terms,
    parties,
    requestedAt,
    estimatedSeconds,
    writes,
    commands: [],
    balances: await readBalances(
      movementsOf,
      parties.map(({ userId }) => userId),
    ),
    priorBreaks: [],
    endedAt: Math.max(settledAt, ...writes.map(({ at }) => at)),
    bill: billOf(
      call,
      writes.flatMap(({ transfers }) => transfers),
    ),
  };
}
