// Fresh, migrated databases for tests: the embedded one, and one on the PostgreSQL server that the test run offers.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
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

/**
 * To initialise an embedded database takes seconds, to load one that is new a fraction of that: the first test of a run that needs one
 * keeps what it made in the run's folder. Migrations run on each.
 */
async function freshImage(): Promise<Blob | undefined> {
  const folder = process.env.FAIRMINUTE_TEST_FOLDER;
  if (folder === undefined) return undefined;
  const file = join(folder, "pglite.tar");
  if (!existsSync(file)) {
    const pglite = await PGlite.create();
    const image = await pglite.dumpDataDir("none");
    await pglite.close();
    const mine = `${file}.${process.pid}`;
    await writeFile(mine, Buffer.from(await image.arrayBuffer()));
    await rename(mine, file);
  }
  return new Blob([await readFile(file)]);
}

async function openEmbedded(): Promise<TestDatabase> {
  const db = await openPglite(null, await freshImage());
  await migrate(db);
  return { db, url: null, close: () => db.close() };
}

/** @throws Error when the test run offers no server: `npm test`, and vitest when it runs from the root, start one */
export async function openFreshPostgres(): Promise<TestDatabase & { url: string }> {
  const serverUrl = process.env.FAIRMINUTE_TEST_DATABASE_URL;
  if (serverUrl === undefined) throw new Error("FAIRMINUTE_TEST_DATABASE_URL names no PostgreSQL server");
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

/** Both databases; each story runs on both. */
export const databaseKinds: readonly DatabaseKind[] = [
  { name: "PGlite", open: openEmbedded },
  { name: "PostgreSQL", open: openFreshPostgres },
];
