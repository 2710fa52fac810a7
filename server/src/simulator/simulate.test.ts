// What the simulator promises of itself: it is the same in every run, it finds what is wrong, and it tells it shortly.
import { describe, expect, it } from "vitest";
import { runBlocks } from "./blocks.ts";
import { faultNames, readFaults } from "./faults.ts";
import { Violation } from "./invariants.ts";
import { mixSeeds, Random } from "./random.ts";
import { shrink } from "./shrink.ts";
import { playScript, scriptOf, simulateBlock } from "./simulate.ts";
import { tellStory } from "./story.ts";
import { createAdapters } from "./words.ts";

const block = { seed: 7, from: 0, count: 10, faults: faultNames };

describe("one seed", () => {
  it("is one trace, run a hundred times", async () => {
    const hashes = new Set<string>();
    for (let time = 0; time < 100; time++) hashes.add((await simulateBlock(block)).hash);
    expect(hashes.size).toBe(1);
  });

  it("and another seed is another trace", async () => {
    const other = await simulateBlock({ ...block, seed: 8 });
    expect(other.hash).not.toBe((await simulateBlock(block)).hash);
  });

  it("says the same in blocks as at once", async () => {
    const run = { seed: 7, histories: 10, faults: faultNames, workers: 1 };
    const { tally } = await runBlocks(run, () => {});
    const plain = await simulateBlock(block);
    expect(tally.toJSON()).toEqual({ ...plain.tally.toJSON(), minutes: tally.toJSON().minutes });
  });
});

describe("a history that breaks something", () => {
  /** Breaks the rules for whoever reads the story: a call that completes is taken for a violation. */
  const broken = async (history: number) => {
    const adapters = createAdapters();
    const { script, seed } = scriptOf(7, history, faultNames);
    const attempt = async (candidate: typeof script) => {
      const played = await playScript(candidate, seed, adapters);
      const isPaid = played.histories.some(({ bill }) => bill.charged > 0n);
      return isPaid ? new Violation("I9", "somebody paid") : null;
    };
    const violation = await attempt(script);
    return violation === null ? null : shrink(script, violation, attempt);
  };

  it("is told as a short story", async () => {
    for (let history = 0; history < 40; history++) {
      const shrunk = await broken(history);
      if (shrunk === null) continue;
      const { script } = shrunk;
      expect(script.acts.length).toBeLessThanOrEqual(8);
      const story = tellStory(script);
      expect(story).toMatch(/^terms /m);
      expect(story).toMatch(/^\d\d:\d\d:\d\d requested/m);
      expect(story).toMatch(/ accepted /);
      return;
    }
    throw new Error("nobody paid in forty histories");
  });
});

describe("the operators", () => {
  it("are chosen by name, all but some, or not at all", () => {
    expect(readFaults("all")).toEqual(faultNames);
    expect(readFaults("none")).toEqual([]);
    expect(readFaults("drop,duplicate")).toEqual(["duplicate", "drop"]);
    expect(readFaults("all,-drop")).toEqual(faultNames.filter((name) => name !== "drop"));
    expect(readFaults("drop,thunder")).toEqual({ unknown: "thunder" });
  });

  it("that are left out do not happen", async () => {
    const { tally } = await simulateBlock({ ...block, count: 60, faults: [] });
    expect(Object.keys(tally.operators)).toEqual([]);
    expect(tally.violations).toBe(0);
  });
});

describe("chance", () => {
  it("is even, and the same for the same seed", () => {
    const random = new Random(mixSeeds(1, 2));
    const again = new Random(mixSeeds(1, 2));
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 40_000; n++) {
      const number = random.whole(0, 3);
      expect(again.whole(0, 3)).toBe(number);
      counts[number] = (counts[number] as number) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});
