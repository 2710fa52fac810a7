// The example in the README is short and uses only names that exist.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as face from "./index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const example = /```tsx\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";

test("a paid call takes at most 25 lines", () => {
  const lines = example.split("\n").filter((line) => line.trim() !== "");
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.length).toBeLessThanOrEqual(25);
});

test("every component and function that it imports is public", () => {
  const imports = [...example.matchAll(/import \{([^}]+)\} from "@fairminute\/react"/g)].flatMap((match) =>
    (match[1] ?? "").split(","),
  );
  const names = imports.map((name) => name.trim()).filter((name) => !name.startsWith("type "));
  expect(names).toContain("CallScreen");
  for (const name of names) expect(face).toHaveProperty(name);
});

test("the hooks and components that it lists are public", () => {
  const listed = [...readme.matchAll(/`((?:use|read|create)?[A-Z][A-Za-z]+|(?:use|read|create)[A-Z]\w+)`/g)].map(
    (match) => match[1] ?? "",
  );
  const types = new Set(["CallConnection", "StudyTracker"]);
  for (const name of listed.filter((one) => !types.has(one))) expect(face).toHaveProperty(name);
});
