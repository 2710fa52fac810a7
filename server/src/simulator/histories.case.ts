// A share of the histories that every test run plays, as a test.
import { expect, test } from "vitest";
import { faultNames, signedFaults } from "./faults.ts";
import { simulateBlock } from "./simulate.ts";

const SEED = 7;
/** Operators that need signed bodies are rare, and pairs of them rarer. */
const isRare = (name: string): boolean => (signedFaults as readonly string[]).includes(name);

export function expectSoundHistories({ from, count }: { from: number; count: number }): void {
  test(`I1 to I12 hold and the oracle agrees in the histories from ${from} to ${from + count - 1}`, async () => {
    const { tally, failures } = await simulateBlock({ seed: SEED, from, count, faults: faultNames });
    expect(failures.slice(0, 5)).toEqual([]);
    expect(tally.histories).toBe(count);
    // A generator that is too tame would prove nothing, so it is measured too.
    for (const name of faultNames) {
      expect(tally.operators[name] ?? 0, name).toBeGreaterThan(count / 100);
      for (const other of faultNames.slice(faultNames.indexOf(name) + 1)) {
        const least = isRare(name) && isRare(other) ? 1 : 10;
        expect(tally.pairs[`${name}+${other}`] ?? 0, `${name}+${other}`).toBeGreaterThanOrEqual(least);
      }
    }
    for (const arrow of ["pending → accepted", "pending → rejected", "pending → cancelled", "pending → missed"]) {
      expect(tally.arrows[arrow] ?? 0, arrow).toBeGreaterThan(20);
    }
    for (const arrow of ["accepted → active", "accepted → cancelled", "accepted → missed", "active → completed"]) {
      expect(tally.arrows[arrow] ?? 0, arrow).toBeGreaterThan(20);
    }
  }, 600_000);
}
