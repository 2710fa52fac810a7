// Runs histories through the whole server, on a PostgreSQL database of its own, and says which of them gave the plant away.
import { createDatabase, dropDatabase } from "../../scripts/postgres.mjs";
import { faultNames } from "../../server/src/simulator/faults.ts";
import { simulateThroughHttp } from "../../server/src/simulator/http/run.ts";

const [histories = 30, seed = 7] = process.argv.slice(2).map(Number);

async function detect() {
  const server = process.env.FAIRMINUTE_TEST_DATABASE_URL;
  const name = `planted_${process.pid}`;
  const database = await createDatabase(server, name);
  try {
    const run = { seed, histories, history: null, faults: faultNames, database };
    const { failures } = await simulateThroughHttp(run, () => {});
    const [first] = failures;
    return first === undefined ? null : { by: "whole server", after: first.history + 1, says: first.message };
  } catch (error) {
    // It did not even come to its verdict.
    return { by: "whole server", after: 1, says: error instanceof Error ? error.message : String(error) };
  } finally {
    await dropDatabase(server, name).catch(() => {});
  }
}

console.log(JSON.stringify(await detect()));
process.exit();
