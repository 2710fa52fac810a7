// The closing line of `npm test` never says that all is well when something was not.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addResults, closingLine, readResults } from "./test-results.mjs";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairminute-results-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const clean = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 1, numTodoTests: 0, testResults: [] };
const unloaded = { status: "failed", assertionResults: [] };

test.each([
  ["a clean run", clean, "0", "5 passed, 0 failed, 1 skipped"],
  ["a failed test", { ...clean, numFailedTests: 2 }, "1", "5 passed, 2 failed, 1 skipped"],
  ["a file that could not be loaded", { ...clean, testResults: [unloaded] }, "1", "5 passed, 1 failed, 1 skipped"],
  ["an error outside of every test", clean, "1", "5 passed, 1 failed, 1 skipped"],
  ["a run that was killed", clean, "SIGKILL", "5 passed, 1 failed, 1 skipped"],
  ["a run without tests", { ...clean, numPassedTests: 0, numPendingTests: 0 }, "0", "0 passed, 1 failed, 0 skipped"],
  ["tests left for later", { ...clean, numTodoTests: 3 }, "0", "5 passed, 0 failed, 4 skipped"],
])("%s", (_what, report, end, line) => {
  const path = join(folder, "report.json");
  writeFileSync(path, JSON.stringify(report));
  expect(closingLine(readResults(path, end))).toBe(line);
});

test("a run that wrote no report has failed", () => {
  expect(closingLine(readResults(join(folder, "none.json"), "0"))).toBe("0 passed, 1 failed, 0 skipped");
});

test("several runs are summed", () => {
  const one = { passed: 1, failed: 2, skipped: 3 };
  expect(closingLine(addResults([one, one]))).toBe("2 passed, 4 failed, 6 skipped");
  expect(closingLine(addResults([]))).toBe("0 passed, 0 failed, 0 skipped");
});
