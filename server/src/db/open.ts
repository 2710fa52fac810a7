// Chooses the database from its address.
import type { Database } from "./database.ts";

/** Connections a server needs at once: its lanes, the clock, the courier, and reads. */
const CONNECTIONS = 10;

/**
 * @param url `postgres://…`, `memory:` for an embedded one that is forgotten at exit, or undefined for an embedded one on disk
 * @param folder where the embedded one on disk lives
 */
export async function openDatabase(url: string | undefined, folder: string): Promise<Database> {
  // Each loads its own: the embedded one is a whole database.
  if (url === undefined || url === "memory:") {
    const { openPglite } = await import("./pglite.ts");
    return openPglite(url === undefined ? folder : null);
  }
  const { openPostgres } = await import("./postgres.ts");
  return openPostgres(url, { connections: CONNECTIONS });
}
