// Gives a vitest run that was started by hand the PostgreSQL server that `npm test` would have given it.
import { startPostgres } from "./postgres.mjs";

/**
 * Called by vitest once, before its workers start: they inherit FAIRMINUTE_TEST_DATABASE_URL. Without a server the
 * tests that need one fail with a sentence, and all others still run.
 */
export async function setup() {
  if (process.env.FAIRMINUTE_TEST_DATABASE_URL) return undefined;
  try {
    const server = await startPostgres();
    process.env.FAIRMINUTE_TEST_DATABASE_URL = server.url;
    return () => server.stop();
  } catch (error) {
    console.error(`tests on PostgreSQL will fail: ${error.message}`);
    return undefined;
  }
}
