// Brings the schema up to date from the numbered files in migrations/: append-only, each in its own transaction.
import { readdir, readFile } from "node:fs/promises";
import type { Database } from "./database.ts";

const FOLDER = new URL("../../migrations/", import.meta.url);
/** Any number will do, as long as every Fairminute server asks for the same advisory lock. */
const MIGRATION_LOCK = 4_210_077;

export interface MigrationReport {
  applied: string[];
  /** How many the schema has now. */
  total: number;
}

async function readMigrations(): Promise<{ name: string; sql: string }[]> {
  const files = (await readdir(FOLDER)).filter((name) => /^\d{4}_[a-z_]+\.sql$/.test(name)).sort();
  return Promise.all(files.map(async (name) => ({ name, sql: await readFile(new URL(name, FOLDER), "utf8") })));
}

/**
 * Applies what is missing. Safe when several servers start at once: one works, the others wait and find it done.
 * @throws Error when the schema knows a migration that this version does not: an older server must not run on a newer schema
 */
export async function migrate(db: Database): Promise<MigrationReport> {
  const migrations = await readMigrations();
  return db.transaction(async (tx) => {
    // Without a parameter, so without a limit of time: another server's migration may take long.
    await tx.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await tx.execute(
      "create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())",
    );
    const known = new Set((await tx.query<{ name: string }>("select name from migrations")).map((row) => row.name));
    const newer = [...known].filter((name) => !migrations.some((migration) => migration.name === name));
    if (newer.length > 0) {
      throw new Error(
        `the database was migrated by a newer Fairminute (${newer.join(", ")}): start that version instead`,
      );
    }
    const applied: string[] = [];
    for (const { name, sql } of migrations) {
      if (known.has(name)) continue;
      await tx.query("insert into migrations (name) values ($1)", [name]);
      await tx.execute(sql);
      applied.push(name);
    }
    return { applied, total: migrations.length };
  });
}

/** Whether every migration of this version has been applied. */
export async function isMigrated(db: Database): Promise<boolean> {
  const wanted = await readMigrations();
  const [row] = await db.query<{ there: boolean }>("select to_regclass('migrations') is not null as there");
  if (!row?.there) return false;
  const known = new Set((await db.query<{ name: string }>("select name from migrations")).map(({ name }) => name));
  return wanted.every(({ name }) => known.has(name));
}

/** Whether it may be written: not on a standby, and not where somebody forbade it. */
export async function takesWrites(db: Database): Promise<boolean> {
  const [row] = await db.query<{ answer: string }>("select current_setting('transaction_read_only') as answer");
  return row?.answer === "off";
}
