// A small round of the crash rig: every scenario a few times, with nothing lost, doubled, below zero or left behind.
import { expect, test } from "vitest";
import { smallCounts } from "./options.mjs";
import { countFindings, unfinishedOf, writeReport } from "./report.mjs";
import { runRig } from "./rig.mjs";

test("a few of each: servers and databases killed, links lost, disks full, standbys promoted, races", async () => {
  const results = await runRig({
    counts: smallCounts,
    minutes: 10,
    seed: 1,
    sources: process.env.FAIRMINUTE_TEST_PROGRAM !== "built",
    isShared: true,
    log: () => {},
  });
  expect(countFindings(results), writeReport(results)).toBe(0);
  expect(unfinishedOf(results)).toEqual([]);
  for (const { title, impossible, done, wanted, calls } of results) {
    if (impossible !== undefined) continue;
    expect(done, title).toBe(wanted);
    // Those that share a stage are counted together, in a row of their own.
    expect(calls ?? 1, `${title}: nobody called anybody`).toBeGreaterThan(0);
  }
}, 600_000);
