// Fresh, migrated databases for tests: the embedded one always, PostgreSQL when the test run offers a server.
import { randomBytes } from "node:crypto";
import type { Database } from "../src/db/database.ts";
import { migrate } from "../src/db/migrate.ts";
import { openPglite } from "../src/db/pglite.ts";
import { openPostgres } from "../src/db/postgres.ts";

export interface TestDatabase {
  db: Database;
  /** For another server process on the same database; null for the embedded one. */
  url: string | null;
  /** Closes it, and drops it. */
  close(): Promise<void>;
}

export interface DatabaseKind {
  name: "PGlite" | "PostgreSQL";
  open(): Promise<TestDatabase>;
}

const serverUrl = process.env.FAIRMINUTE_TEST_DATABASE_URL;

/** Why stories that need several sessions are left out, or null when they run. */
export const postgresMissing =
  serverUrl === undefined ? "FAIRMINUTE_TEST_DATABASE_URL is not set (npm test sets it)" : null;

async function openEmbedded(): Promise<TestDatabase> {
  const db = await openPglite(null);
  await migrate(db);
  return { db, url: null, close: () => db.close() };
}

/** @throws Error when the test run offers no server */
export async function openFreshPostgres(): Promise<TestDatabase & { url: string }> {
  if (serverUrl === undefined) throw new Error(postgresMissing ?? "");
  const name = `fairminute_${randomBytes(6).toString("hex")}`;
  const admin = openPostgres(serverUrl, { connections: 1 });
  await admin.query(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const db = openPostgres(url.href, { connections: 10 });
  await migrate(db);
  return {
    db,
    url: url.href,
    async close() {
      await db.close();
      await admin.query(`drop database ${name} with (force)`);
      await admin.close();
    },
  };
}

const kinds: DatabaseKind[] = [{ name: "PGlite", open: openEmbedded }];
if (serverUrl !== undefined) kinds.push({ name: "PostgreSQL", open: openFreshPostgres });
else console.warn(`stories on PostgreSQL are left out: ${postgresMissing}`);

/** Every database this run can offer; each story runs on all of them. */
export const databaseKinds: readonly DatabaseKind[] = kinds;
