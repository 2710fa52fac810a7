// What a run keeps, what it asks again, and the tables it makes of it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKept } from "./kept.mjs";
import { root } from "./rewrite.mjs";
import { scoreOf, showScore, withScore } from "./score.mjs";
import { closureOf, filesOf, fingerprintOf } from "./sources.mjs";

const simulator = (after) => ({ by: "simulator", after, says: "" });
const results = [
  { name: "one", file: "a.ts", found: simulator(3) },
  { name: "two", file: "a.ts", found: simulator(1500) },
  { name: "three", file: "b.ts", found: { by: "stories", after: 1, says: "" } },
  { name: "four", file: "b.ts", found: null, missed: "nobody asks" },
  { name: "five", file: "b.ts", found: undefined },
];

describe("the score", () => {
  test("counts what was found of what was looked for, and names what was not", () => {
    const { planted, tried, found, missed, untried } = scoreOf(results);
    expect([planted, tried, found]).toEqual([5, 4, 3]);
    expect([...missed, ...untried].map(({ name }) => name)).toEqual(["four", "five"]);
    const shown = showScore(results);
    for (const line of ["3 of 4 planted bugs found (75.0 %)", "missed: four (nobody asks)", "not looked for yet: 1"])
      expect(shown.split("\n")).toContain(line);
  });

  test("takes its place in the page, and nothing else of it", () => {
    const page = "a\n<!-- score: npm run planted -- --write -->\nold\n<!-- end of score -->\nz\n";
    const written = withScore(page, results);
    expect(written).toMatch(/^a\n<!-- score.*\n\*\*3 of 4 found, 75\.0 %\.\*\* Not looked for yet: 1\.\n/);
    for (const row of ["| simulator | 2 | 1,500 | 1,500 |", "| tests | 1 |  |  |", "| `a.ts` | 2 | 2 | simulator 2 |"])
      expect(written.split("\n")).toContain(row);
    expect(written.endsWith("\n<!-- end of score -->\nz\n")).toBe(true);
    expect(withScore(written, results)).toBe(written);
    expect(() => withScore("no place", results)).toThrow("the page has no");
  });
});

describe("what is kept", () => {
  let folder;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fairminute-kept-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is known as long as the sources stand, and unknown when they moved on", () => {
    const plant = { name: "a mistake, once" };
    const kept = openKept(folder, () => "these");
    expect(kept.read(plant)).toBeNull();
    kept.write(plant, { found: null });
    expect(kept.read(plant)).toMatchObject({ found: null });
    expect(openKept(folder, () => "others").read(plant)).toBeNull();
  });

  test("a fingerprint is of the plant, of how it is looked for, and of all that the looker loads", () => {
    const plant = { name: "x", file: "core/src/fold.ts", find: "a", replace: "b", breaks: "" };
    const how = { limit: 10, seed: 7 };
    const story = { ...plant, stories: ["core/src/fold.test.ts"] };
    const prints = [
      fingerprintOf(plant, how),
      fingerprintOf({ ...plant, replace: "c" }, how),
      fingerprintOf(plant, { ...how, seed: 8 }),
      fingerprintOf(story, how),
    ];
    expect(new Set(prints).size).toBe(4);
    expect(fingerprintOf({ ...plant, breaks: "other words" }, how)).toBe(prints[0]);
    expect(fingerprintOf(story, { ...how, limit: 20 })).toBe(prints[3]);
  });

  test("the sources of a looker: what it imports, what it starts, and the SQL that is read", () => {
    const of = (...files) => closureOf(files).map((path) => relative(root, path));
    expect(of("proof/planted/histories.mjs")).toEqual(
      expect.arrayContaining(["core/src/fold.ts", "server/src/charging/advance.ts", "server/src/simulator/draw.ts"]),
    );
    expect(of("server/test/races.test.ts")).toEqual(
      expect.arrayContaining(["server/src/cli.ts", "server/src/http/app.ts", "server/migrations/0002_calls.sql"]),
    );
    expect(of("core/src/money.test.ts")).not.toContain("core/src/fold.ts");
    expect(filesOf("server/src/providers/stream")).toContain("server/src/providers/stream/webhook.test.ts");
  });
});
