// The whole server, twice on one PostgreSQL, under everything that can go wrong: 500 histories and not one coin astray.
import { expect, test } from "vitest";
import { openFreshPostgres } from "../../../test/databases.ts";
import { faultNames } from "../faults.ts";
import { simulateThroughHttp } from "./run.ts";

test("I1 to I12 hold and the oracle agrees in 500 histories through HTTP on PostgreSQL, with all operators", async () => {
  const { url, close } = await openFreshPostgres();
  try {
    const run = { seed: 7, histories: 500, history: null, faults: faultNames, database: url };
    const { tally, failures } = await simulateThroughHttp(run, () => {});
    expect(failures).toEqual([]);
    expect(tally.histories).toBe(run.histories);
    // Only where the money was not there no call was opened; all that were have been settled and judged.
    expect(tally.calls).toBeGreaterThan(0.8 * run.histories);
    for (const name of faultNames) expect(tally.operators[name], name).toBeGreaterThan(0);
  } finally {
    await close();
  }
}, 900_000);
