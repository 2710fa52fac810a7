// The order in which a database's servers wrote, kept beside their tables: their clocks differ, so that no instant tells it.
import type { CallEvent } from "@fairminute/core";
import type { Database, Queryable } from "../../db/database.ts";

/** What one transaction wrote of one call. */
export interface Entry {
  /** Its place among all that was written. */
  on: number;
  /** The clock of the server that wrote, as far as what it wrote tells it. */
  at: number | null;
  /** The call's row after it, when the row was written. */
  row: Record<string, unknown> | null;
  /** New rows of the log, and those that have grown, as they stood then. */
  evidence: CallEvent[];
  /** The names of its transfers. */
  transfers: string[];
}

const OPEN = `
  create table journal (
    seq      bigint generated always as identity primary key,
    tx       text not null,
    written  text not null,
    subject  text not null,
    row      jsonb not null
  );
  create index journal_of_subject on journal (subject, seq);
  create index journal_of_tx on journal (tx);
  create function keep_journal() returns trigger language plpgsql as $$
  begin
    insert into journal (tx, written, subject, row)
      values (pg_current_xact_id()::text, tg_table_name, to_jsonb(new) ->> tg_argv[0], to_jsonb(new));
    return null;
  end $$;
  create trigger journal_calls after insert or update on calls for each row execute function keep_journal('id');
  create trigger journal_events after insert or update on call_events for each row execute function keep_journal('call_id');
  create trigger journal_transfers after insert on transfers for each row execute function keep_journal('subject');
  create trigger journal_notices after insert on notices for each row when (new.call_id is not null)
    execute function keep_journal('call_id');`;

/** Begins a journal: of a database with the product's tables, once, before anything is written. */
export async function openJournal(db: Database): Promise<void> {
  await db.execute(OPEN);
}

type Row = Record<string, string | number | null>;
type Line = { on: bigint; written: string; row: Row };

function eventOf(row: Row): CallEvent {
  return {
    id: row.id,
    type: row.type,
    source: row.source,
    userId: row.user_id,
    connectionId: row.connection_id,
    reason: row.reason,
    occurredAt: row.occurred_at,
    untilAt: row.until_at,
    receivedAt: row.received_at,
  } as CallEvent;
}

function entryOf(on: number, lines: readonly Line[], settledAt: unknown): Entry {
  const rows = (written: string) => lines.filter((line) => line.written === written).map(({ row }) => row);
  const row = rows("calls").at(-1) ?? null;
  // A log's row that is written twice in one transaction counts as it stands in the end.
  const events = new Map(rows("call_events").map((event) => [event.id, eventOf(event)]));
  const evidence = [...events.values()];
  const transfers = rows("transfers");
  const instants = [
    rows("notices")[0]?.written_at,
    transfers[0]?.posted_at,
    row !== null && row.settled_at !== settledAt ? row.settled_at : null,
    evidence.length === 0
      ? null
      : Math.max(...evidence.map(({ receivedAt, untilAt }) => Math.max(receivedAt, untilAt ?? receivedAt))),
  ];
  const at = instants.find((instant) => instant !== null && instant !== undefined) ?? null;
  return {
    on,
    at: at === null ? null : Number(at),
    row,
    evidence,
    transfers: transfers.map(({ name }) => String(name)),
  };
}

/** What was written of a call, in its order. */
export async function readJournal(db: Queryable, callId: string): Promise<Entry[]> {
  const lines = await db.query<Line>(
    `select (select min(first.seq) from journal first where first.tx = j.tx) as on, j.written, j.row
       from journal j where j.subject = $1 order by j.seq`,
    [callId],
  );
  const groups = new Map<number, Line[]>();
  for (const line of lines) {
    const on = Number(line.on);
    groups.set(on, [...(groups.get(on) ?? []), line]);
  }
  let settledAt: unknown = null;
  return [...groups].map(([on, group]) => {
    const entry = entryOf(on, group, settledAt);
    settledAt = entry.row?.settled_at ?? settledAt;
    return entry;
  });
}

export interface Movement {
  on: number;
  at: number;
  /** What came to the wallet; below zero: what left it. */
  amount: bigint;
}

/** What moved on a wallet, in its order. */
export async function readMovements(db: Queryable, wallet: string): Promise<Movement[]> {
  const rows = await db.query<{ on: bigint; amount: bigint; posted_at: bigint }>(
    `select (select min(first.seq) from journal j join journal first on first.tx = j.tx
              where j.subject = t.subject and j.written = 'transfers' and j.row ->> 'name' = t.name) as on,
            case when t.to_account = $1 then t.amount else -t.amount end as amount, t.posted_at
       from transfers t where t.from_account = $1 or t.to_account = $1 order by t.seq`,
    [wallet],
  );
  return rows.map(({ on, amount, posted_at: at }) => ({ on: Number(on), at: Number(at), amount }));
}
