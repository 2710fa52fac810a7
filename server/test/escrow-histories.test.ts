// A few dozen random histories on both databases; thousands of them are a matter of a script (escrow-histories.ts).
import { expect, it } from "vitest";
import { databaseKinds } from "./databases.ts";
import { playHistories } from "./escrow-histories.ts";
import { raiseChain } from "./escrow-stage.ts";

for (const [index, kind] of databaseKinds.entries()) {
  it(`what the chain paid equals what the ledger says, on ${kind.name}`, async () => {
    const chain = await raiseChain();
    try {
      const report = await playHistories(kind, chain, { count: 32, seed: 20 + index, atOnce: 16 });
      expect(report.histories).toBe(32);
      expect(report.reorganisations).toBeGreaterThan(0);
      expect(Object.keys(report.endings).length).toBeGreaterThan(2);
    } finally {
      await chain.stop();
    }
  }, 300_000);
}
