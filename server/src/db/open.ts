// Chooses the database from its address.
import type { Database } from "./database.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres } from "./postgres.ts";

/** Connections a server needs at once: its lanes, the clock, the courier, and reads. */
const CONNECTIONS = 10;

/**
 * @param url `postgres://…`, `memory:` for an embedded one that is forgotten at exit, or undefined for an embedded one on disk
 * @param folder where the embedded one on disk lives
 */
export function openDatabase(url: string | undefined, folder: string): Promise<Database> {
  if (url === undefined) return openPglite(folder);
  if (url === "memory:") return openPglite(null);
  return Promise.resolve(openPostgres(url, { connections: CONNECTIONS }));
}
