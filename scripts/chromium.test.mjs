// The search for a browser takes what it was told, and says in words what it could not find.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findChromium } from "./chromium.mjs";

let folder = "";

/** A program that answers like a browser, or like the ones that only pretend. */
function writeProgram(name, answer) {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "${answer}"\n`);
  chmodSync(path, 0o755);
  return path;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairminute-chromium-"));
  vi.stubEnv("PATH", folder);
  vi.stubEnv("CHROMIUM_PATH", "");
  vi.stubEnv("FAIRMINUTE_TEST_CHROMIUM_SOURCE", "installed");
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test("CHROMIUM_PATH comes before PATH", async () => {
  writeProgram("chromium", "Chromium 1.0");
  const path = writeProgram("mine", "Google Chrome 2.0");
  vi.stubEnv("CHROMIUM_PATH", path);
  expect(await findChromium()).toEqual({ path, version: "Chrome 2.0", source: "CHROMIUM_PATH" });
});

test("a program that is no browser is passed over", async () => {
  writeProgram("chromium", "please install the snap");
  const path = writeProgram("google-chrome", "Google Chrome 3.1");
  expect(await findChromium()).toEqual({ path, version: "Chrome 3.1", source: "installed" });
});

test("a wrong CHROMIUM_PATH is an error, not a reason to take another one", async () => {
  writeProgram("chromium", "Chromium 1.0");
  vi.stubEnv("CHROMIUM_PATH", writeProgram("broken", "no"));
  await expect(findChromium()).rejects.toThrow(/CHROMIUM_PATH is .*broken/);
});

test("without any the sentence says what was tried and what to do", async () => {
  await expect(findChromium({ install: false })).rejects.toThrow(/no chromium or google-chrome in PATH.*CHROMIUM_PATH/);
});
