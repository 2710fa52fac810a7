// Runs everything that proves the project: lint, types, all tests on PGlite and PostgreSQL, then real browsers. This is `npm test`.
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findChromium } from "./chromium.mjs";
import { hastySettings, startPostgres } from "./postgres.mjs";
import { npmCommand, runStep, StepFailed, secondsSince } from "./step.mjs";
import { addResults, closingLine, readResults } from "./test-results.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const outputFolder = join(root, ".test-output");
const none = { passed: 0, failed: 0, skipped: 0 };
const graceMs = 5000;

/** The child that runs now, the signal that was asked of us, and the server that has to go at the end. */
const running = { child: null, stopped: null, postgres: null };

/** A child leads its own process group, so that what it started itself (workers, servers, browsers) goes with it. */
function signalGroup(child, name) {
  try {
    process.kill(process.platform === "win32" ? child.pid : -child.pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

function stopOn(name) {
  process.on(name, () => {
    running.stopped = name;
    const { child } = running;
    if (!child) return;
    signalGroup(child, name);
    setTimeout(() => signalGroup(child, "SIGKILL"), graceMs).unref();
  });
}

/** Runs a command with its output on the screen; gives its exit code or the signal that ended it, as text. */
function runLoudly(command, args, env) {
  return new Promise((resolve) => {
    const detached = process.platform !== "win32";
    const child = spawn(command, args, { cwd: root, env, detached, stdio: ["ignore", "inherit", "inherit"] });
    running.child = child;
    const finish = (end) => {
      running.child = null;
      resolve(end);
    };
    child.on("error", (error) => finish(error.message));
    child.on("exit", (code, signal) => finish(signal ?? String(code)));
  });
}

/** One vitest run as a phase: its own report on the screen, its numbers from the JSON beside it. */
async function runVitest(title, name, args, env) {
  console.log(`\n${title}`);
  const startedAt = performance.now();
  const report = join(outputFolder, `${name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const end = await runLoudly(process.execPath, [vitest, "run", ...args, ...reporters], { ...process.env, ...env });
  const results = readResults(report, end);
  console.log(`${title}: ${closingLine(results)} in ${secondsSince(startedAt)}`);
  return results;
}

/** A step that has no tests of its own: nothing when it is well, one failure with its output when it is not. */
async function runCheck(title, command, args) {
  try {
    await runStep(title, command, args, { cwd: root });
    return none;
  } catch (error) {
    console.error(error instanceof StepFailed ? `${error.output.trimEnd()}\n${error.message}` : error.message);
    return { ...none, failed: 1 };
  }
}

/** Does something that gives a value to the tests after it; null and one failure when it cannot be done. */
async function prepare(title, work) {
  const startedAt = performance.now();
  console.log(`\n${title} ...`);
  try {
    const value = await work();
    return { value, results: none, seconds: secondsSince(startedAt) };
  } catch (error) {
    console.error(error.message);
    return { value: null, results: { ...none, failed: 1 }, seconds: secondsSince(startedAt) };
  }
}

function npmRun(title, script) {
  const { command, first } = npmCommand();
  return runCheck(title, command, [...first, "run", "--silent", script]);
}

async function checkTestTypes() {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  return runCheck("types of the tests (tsc)", process.execPath, [tsc, "-p", "tsconfig.test.json"]);
}

async function runUnit() {
  const title = "unit, stories, properties, API (PGlite and PostgreSQL)";
  if (process.env.FAIRMINUTE_TEST_DATABASE_URL) return runVitest(`${title}, on the server you named`, "unit", [], {});
  const { value, results, seconds } = await prepare("PostgreSQL for the tests", () =>
    startPostgres({ settings: hastySettings }),
  );
  running.postgres = value;
  if (value) console.log(`PostgreSQL (${value.binaries}, ${value.binDir}) on port ${value.port} after ${seconds}`);
  const env = value ? { FAIRMINUTE_TEST_DATABASE_URL: value.url } : {};
  const unit = await runVitest(title, "unit", [], env);
  return addResults([results, unit]);
}

async function runBrowser() {
  const { value, results, seconds } = await prepare("Chromium for the browser tests", () => findChromium());
  if (!value) return results;
  console.log(`${value.version} (${value.source}, ${value.path}) after ${seconds}`);
  const url = running.postgres ? { FAIRMINUTE_TEST_DATABASE_URL: running.postgres.url } : {};
  const env = { FAIRMINUTE_TEST_CHROMIUM: value.path, ...url };
  return runVitest("calls in real browsers (e2e)", "e2e", ["--config", "vitest.e2e.config.ts"], env);
}

async function main() {
  stopOn("SIGINT");
  stopOn("SIGTERM");
  rmSync(outputFolder, { recursive: true, force: true });
  mkdirSync(outputFolder, { recursive: true });
  const phases = [
    () => npmRun("lint (biome)", "lint"),
    () => npmRun("types (tsc)", "typecheck"),
    checkTestTypes,
    runUnit,
    runBrowser,
  ];
  const all = [];
  try {
    for (const phase of phases) {
      if (!running.stopped) all.push(await phase());
    }
  } finally {
    await running.postgres?.stop();
  }
  const sum = addResults(all);
  if (running.stopped) console.error(`\nstopped by ${running.stopped} before the end`);
  console.log(`\n${closingLine(sum)}`);
  if (running.stopped) return running.stopped === "SIGINT" ? 130 : 143;
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

process.exitCode = await main();
