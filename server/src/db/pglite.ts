// The embedded database: PostgreSQL compiled to WebAssembly, one session, one process.
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { asDatabaseError, type Database, DatabaseError } from "./database.ts";

const INT8 = 20;
const parsers = { [INT8]: (text: string) => BigInt(text) };

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** PGlite has no lock of its own: two processes on one folder lose acknowledged rows without an error. */
async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, "lock");
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: "wx" });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const owner = Number(await readFile(file, "utf8").catch(() => "0"));
      if (owner > 0 && owner !== process.pid && isAlive(owner)) {
        throw new DatabaseError(
          `the embedded database in ${folder} is in use by process ${owner}; stop it first, or set DATABASE_URL to a PostgreSQL server to run several`,
          "55006",
          error,
        );
      }
      await rm(file, { force: true });
    }
  }
}

/** A first start that is killed half-way can leave a folder that never opens: initialise beside it, then rename. */
async function initialise(data: string): Promise<void> {
  const fresh = `${data}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(dirname(data), { recursive: true });
  const first = await PGlite.create({ dataDir: fresh });
  await first.close();
  await rename(fresh, data);
}

function wrap(pglite: PGlite, release: () => Promise<void>): Database {
  const on = (target: PGlite | Transaction) => ({
    async query<Row>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
      try {
        return (await target.query<Row>(sql, [...params])).rows;
      } catch (error) {
        throw asDatabaseError(error);
      }
    },
    async execute(sql: string): Promise<void> {
      try {
        await target.exec(sql);
      } catch (error) {
        throw asDatabaseError(error);
      }
    },
  });
  return {
    kind: "pglite",
    ...on(pglite),
    transaction: (work) => pglite.transaction((tx) => work(on(tx))),
    async close() {
      await pglite.close();
      await release();
    },
  };
}

/**
 * Opens the embedded database.
 * @param folder where it is kept; null keeps it in memory only
 * @param image what a database in memory begins with, as `dumpDataDir` gives it; a new one is initialised where there is none
 * @throws DatabaseError 55006 when another process has it open
 */
export async function openPglite(folder: string | null, image?: Blob): Promise<Database> {
  if (folder === null) {
    const from = image === undefined ? {} : { loadDataDir: image };
    return wrap(await PGlite.create({ parsers, ...from }), async () => {});
  }
  const home = resolve(folder);
  await mkdir(home, { recursive: true });
  const release = await lockFolder(home);
  try {
    const data = join(home, "data");
    if (!existsSync(data)) await initialise(data);
    return wrap(await PGlite.create({ dataDir: data, parsers }), release);
  } catch (error) {
    await release();
    throw error;
  }
}
