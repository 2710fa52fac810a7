// Some thousand random calls, each foretold by a model and checked after: the short form of `npm run proof -w contracts`.
import { describe, expect, it } from "vitest";
import { runGauntlet } from "./gauntlet.ts";

const options = { calls: 5000, callsPerTransaction: 25, transactionsPerSeason: 50 };

describe("random calls by three students, three tutors, the meter, the platform and a stranger, in three tokens", () => {
  it("move exactly the money that the model says, and leave nothing behind without the meter", async () => {
    const result = await runGauntlet({ seed: 20_261_124, ...options });
    expect(result.calls).toBeGreaterThanOrEqual(options.calls);
    expect(result.seasons).toBeGreaterThanOrEqual(4);
    // A run that does not reach a verb or a refusal proves nothing about it.
    const idle = Object.entries(result.verbs).filter(([, { tried, passed }]) => passed === 0 || passed === tried);
    expect(idle).toEqual([]);
    expect(Object.entries(result.refusals).filter(([, count]) => count === 0)).toEqual([]);
  });

  it("are the same again with the same seed, and others with another", async () => {
    const small = { calls: 200, callsPerTransaction: 25, transactionsPerSeason: 4 };
    const [first, again, other] = [
      await runGauntlet({ seed: 7, ...small }),
      await runGauntlet({ seed: 7, ...small }),
      await runGauntlet({ seed: 8, ...small }),
    ];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});
