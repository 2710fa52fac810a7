// What the database knows of a call, as a history: the oracle judges it without having been there.
import { type CallEvent, readTerms, type TermsJson } from "@fairminute/core";
import { CALL_COLUMNS, factsOf, readRow } from "../../charging/stored.ts";
import type { Queryable } from "../../db/database.ts";
import type { Transfer } from "../../ledger/transfers.ts";
import type { CallHistory, HistoryBalance, HistoryWrite } from "../history.ts";
import { billOf } from "../history-bill.ts";

interface Moved {
  name: string;
  kind: Transfer["kind"];
  from_account: string;
  to_account: string;
  amount: bigint;
  posted_at: bigint;
}

/** The wallets after each movement, from all transfers there are of them. */
async function readBalances(db: Queryable, people: readonly string[]): Promise<HistoryBalance[]> {
  const balances: HistoryBalance[] = [];
  for (const userId of people) {
    const wallet = `wallet:${userId}`;
    const rows = await db.query<{ amount: bigint; to_account: string; posted_at: bigint }>(
      "select amount, to_account, posted_at from transfers where from_account = $1 or to_account = $1 order by seq",
      [wallet],
    );
    let balance = 0n;
    balances.push({ at: 0, on: 0, userId, balance });
    for (const { amount, to_account, posted_at } of rows) {
      balance += to_account === wallet ? amount : -amount;
      balances.push({ at: Number(posted_at), on: Number(posted_at), userId, balance });
    }
  }
  return balances;
}

/** Evidence and transfers in the order of the hall's writes: those of one instant are one. */
function writesOf(
  events: readonly CallEvent[],
  moved: readonly Moved[],
  callId: string,
  last: Omit<HistoryWrite, "at" | "on" | "version" | "evidence" | "transfers">,
): HistoryWrite[] {
  const settling = last.settledAt === null ? [] : [last.settledAt];
  const instants = [
    ...new Set([
      ...settling,
      ...events.map(({ receivedAt }) => receivedAt),
      ...moved.map(({ posted_at }) => Number(posted_at)),
    ]),
  ].sort((one, other) => one - other);
  return instants.map((at, index) => ({
    at,
    on: at,
    version: index + 1,
    evidence: events.filter(({ receivedAt }) => receivedAt === at),
    transfers: moved
      .filter(({ posted_at }) => Number(posted_at) === at)
      .map(({ name, kind, from_account: from, to_account: to, amount }) => ({
        subject: callId,
        name,
        kind,
        from,
        to,
        amount,
      })),
    ...last,
    settledAt: last.settledAt !== null && at >= last.settledAt ? last.settledAt : null,
  }));
}

/** @returns null for a call that is not over */
export async function readHistory(db: Queryable, callId: string): Promise<CallHistory | null> {
  const [row] = await db.query(
    `select ${CALL_COLUMNS} from calls c join terms t on t.id = c.terms_id where c.id = $1`,
    [callId],
  );
  if (row === undefined) return null;
  const call = readRow(row);
  if (call.settledAt === null) return null;
  const moved = await db.query<Moved>(
    "select name, kind, from_account, to_account, amount, posted_at from transfers where subject = $1 order by seq",
    [callId],
  );
  const { status, startedAt, endedAt, endReason, endedBy, settledAt } = call;
  const writes = writesOf(call.events, moved, callId, { status, startedAt, endedAt, endReason, endedBy, settledAt });
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
      db,
      parties.map(({ userId }) => userId),
    ),
    priorBreaks: [],
    endedAt: Math.max(settledAt, writes.at(-1)?.at ?? settledAt),
    bill: billOf(
      call,
      writes.flatMap(({ transfers }) => transfers),
    ),
  };
}
