// What a vitest run has for itself: a folder, and the PostgreSQL server that `npm test` would have given it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hastySettings, startPostgres } from "./postgres.mjs";
import { isBuilt } from "./stamp.mjs";

/**
 * Called by vitest once, before its workers start: they inherit FAIRMINUTE_TEST_FOLDER, FAIRMINUTE_TEST_DATABASE_URL, and
 * FAIRMINUTE_TEST_PROGRAM, which is `built` when what was built is of these sources. Without a server the tests that need one fail
 * with a sentence, and all others still run.
 */
export async function setup() {
  const folder = mkdtempSync(join(tmpdir(), "fairminute-test-"));
  process.env.FAIRMINUTE_TEST_FOLDER = folder;
  process.env.FAIRMINUTE_TEST_PROGRAM = isBuilt(fileURLToPath(new URL("..", import.meta.url))) ? "built" : "sources";
  const server = process.env.FAIRMINUTE_TEST_DATABASE_URL ? null : await startOrSay();
  if (server !== null) process.env.FAIRMINUTE_TEST_DATABASE_URL = server.url;
  return async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function startOrSay() {
  try {
    return await startPostgres({ settings: hastySettings });
  } catch (error) {
    console.error(`tests on PostgreSQL will fail: ${error.message}`);
    return null;
  }
}
