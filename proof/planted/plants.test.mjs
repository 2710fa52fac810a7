// The list of planted bugs does not rot: each still fits its file, exactly once, and names tests that are there.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { plants } from "./all-plants.mjs";
import { plantIn, root } from "./rewrite.mjs";

describe("planted bugs", () => {
  test("there are at least sixty, each with a name of its own", () => {
    expect(plants.length).toBeGreaterThanOrEqual(60);
    expect(new Set(plants.map(({ name }) => name)).size).toBe(plants.length);
  });

  test.each(plants)("$name: fits once", (plant) => {
    const text = readFileSync(join(root, plant.file), "utf8");
    expect(plantIn(text, plant)).not.toBe(text);
    expect(plant.breaks).not.toBe("");
    for (const story of plant.stories ?? []) expect(existsSync(join(root, story)), story).toBe(true);
  });

  test("a plant whose text is gone, or stands there twice, is refused", () => {
    const plant = { name: "x", file: "a.ts", find: "b", replace: "c" };
    expect(plantIn("abc", plant)).toBe("acc");
    expect(() => plantIn("ac", plant)).toThrow('the plant "x" fits 0 times into a.ts, not once');
    expect(() => plantIn("abab", plant)).toThrow("fits 2 times");
  });
});
