// Recomputes every balance from the transfers and checks the invariants that the ledger can see by itself.
import type { Queryable } from "../db/database.ts";

export interface AuditCheck {
  /** The invariant's number in ARCHITECTURE.md. */
  id: string;
  title: string;
  ok: boolean;
  /** How many rows violate it. */
  found: number;
  /** At most five of them. */
  examples: unknown[];
}

export interface AuditReport {
  ok: boolean;
  checks: AuditCheck[];
  accounts: number;
  transfers: number;
}

/** A question whose every row is a violation. */
export interface AuditQuestion {
  id: string;
  title: string;
  sql: string;
}

const ledgerQuestions: AuditQuestion[] = [
  {
    id: "I1",
    title: "all accounts of a currency sum to zero",
    sql: "select currency, sum(balance)::text as sum from accounts group by currency having sum(balance) <> 0",
  },
  {
    id: "I1",
    title: "every balance is the sum of its account's transfers",
    sql: `select a.id, a.balance::text as balance, coalesce(s.sum, 0)::text as transfers
            from accounts a
            full join (select account, sum(amount) as sum
                         from (select from_account as account, -amount as amount from transfers
                               union all select to_account, amount from transfers) side
                        group by account) s on s.account = a.id
           where a.balance is distinct from coalesce(s.sum, 0)`,
  },
  {
    id: "I1",
    title: "every transfer moves between two accounts of its own currency",
    sql: `select t.subject, t.name, t.currency from transfers t
           where (select count(*) from accounts a where a.id in (t.from_account, t.to_account) and a.currency = t.currency) <> 2`,
  },
  {
    id: "I2",
    title: "no wallet, call, platform account or claim stands below zero",
    sql: "select id, balance::text as balance from accounts where kind not in ('external', 'escrow') and balance < 0",
  },
];

/** Asks one question. @returns the check with at most five examples */
async function ask(db: Queryable, question: AuditQuestion): Promise<AuditCheck> {
  const rows = await db.query<{ row: unknown; total: bigint }>(
    `select to_json(v) as row, count(*) over () as total from (${question.sql}) v limit 5`,
  );
  return {
    id: question.id,
    title: question.title,
    ok: rows.length === 0,
    found: Number(rows[0]?.total ?? 0n),
    examples: rows.map(({ row }) => row),
  };
}

/**
 * Reads one consistent picture of the whole ledger and reports what is wrong with it. Changes nothing.
 * @param more questions of other rooms (those about calls), asked in the same picture
 */
export async function auditLedger(
  db: { transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> },
  more: AuditQuestion[],
): Promise<AuditReport> {
  return db.transaction(async (tx) => {
    await tx.query("set transaction isolation level repeatable read, read only");
    const checks: AuditCheck[] = [];
    for (const question of [...ledgerQuestions, ...more]) checks.push(await ask(tx, question));
    const [size] = await tx.query<{ accounts: bigint; transfers: bigint }>(
      "select (select count(*) from accounts) as accounts, (select count(*) from transfers) as transfers",
    );
    return {
      ok: checks.every(({ ok }) => ok),
      checks,
      accounts: Number(size?.accounts ?? 0n),
      transfers: Number(size?.transfers ?? 0n),
    };
  });
}
