// A few dozen random histories on both databases; thousands of them are a matter of a script (escrow-histories.ts).
import { expect, it } from "vitest";
import { databaseKinds } from "./databases.ts";
import { openHistoriesStage, playHistories } from "./escrow-histories.ts";
import { raiseChain } from "./escrow-stage.ts";

for (const [index, kind] of databaseKinds.entries()) {
  it(`what the chain paid equals what the ledger says, on ${kind.name}`, async () => {
    const chain = await raiseChain();
    const stage = await openHistoriesStage(kind, chain);
    try {
      const report = await playHistories(stage, { count: 16, seed: 20 + index });
      expect(report.histories).toBe(16);
      expect(report.reorganisations).toBeGreaterThan(0);
    } finally {
      await stage.close();
      await chain.stop();
    }
  }, 300_000);
}
