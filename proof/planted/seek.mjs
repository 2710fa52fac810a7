// Looks for one plant in processes of their own: histories in memory, histories through the whole server, or the tests that own the matter.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./rewrite.mjs";
import { filesOf } from "./sources.mjs";

/** A process that gets no further than this has been given away as well: it does not come to an end. */
const patienceMs = 6 * 60_000;

function run(args, plant, env) {
  const given = plant === null ? "" : JSON.stringify(plant);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env, FAIRMINUTE_PLANT: given },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: patienceMs,
      killSignal: "SIGKILL",
    });
    const said = { out: "", err: "" };
    child.stdout.on("data", (text) => {
      said.out += text;
    });
    child.stderr.on("data", (text) => {
      said.err += text;
    });
    child.on("close", (code) => resolve({ code, ...said }));
  });
}

const lastLine = (text) => text.trimEnd().split("\n").at(-1) ?? "";

const imports = ["plant-sql.mjs", "plant-first.mjs"].flatMap((name) => ["--import", `./proof/planted/${name}`]);

/** Runs a looker over the sources with the plant in them. */
async function look(plant, looker, { limit, seed }, env) {
  const hooks = ["--conditions=development", ...imports, "--import", "tsx"];
  const { code, out, err } = await run([...hooks, looker, String(limit), String(seed)], plant, env);
  if (code === 0) return JSON.parse(lastLine(out));
  return { by: "start", after: 0, says: code === null ? "it does not come to an end" : lastLine(err) };
}

/** @returns what gave the plant away, null when nothing did within so many histories */
export const seekInHistories = (plant, options) => look(plant, "proof/planted/histories.mjs", options, {});

/** The same through the whole server. @param env names the PostgreSQL */
export const seekInServer = (plant, options, env) => look(plant, "proof/planted/server-histories.mjs", options, env);

/** What fails in a file although nothing is planted, asked once a file. */
const failing = new Map();
async function failuresOf(file, env) {
  if (!failing.has(file)) failing.set(file, runStories(null, file, env));
  const tests = (await failing.get(file)).map(({ test }) => test);
  // A file that cannot be run at all (its database is gone) says nothing about any plant.
  if (tests.includes("")) throw new Error(`without a plant, ${file} cannot be run`);
  return new Set(tests);
}

/** The first failure in a file that the plant made: one that comes without the plant too is none. */
async function failureBy(plant, file, env) {
  const [first] = await runStories(plant, file, env, "--bail=1");
  if (first === undefined) return null;
  if (!(await failuresOf(file, env)).has(first.test)) return first;
  // It hid what came after it.
  for (const failure of await runStories(plant, file, env)) {
    if (!(await failuresOf(file, env)).has(failure.test)) return failure;
  }
  return null;
}

/**
 * One file after another, as the plant names them: the cheap ones stand first.
 * @returns the first test that failed although it passes without the plant; null when there is none
 */
export async function seekInStories(plant, stories, env) {
  for (const file of stories.flatMap(filesOf)) {
    const failure = await failureBy(plant, file, env);
    if (failure !== null) return { by: "stories", after: 1, says: failure.says ?? `${file}: ${failure.test}` };
  }
  return null;
}

/** @returns the tests that failed; a file that could not even be read has one without a name */
async function runStories(plant, file, env, ...more) {
  const folder = mkdtempSync(join(tmpdir(), "fairminute-planted-"));
  const report = join(folder, "report.json");
  try {
    const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
    const options = ["--config", "proof/planted/vitest.config.mjs", "--reporter=json", `--outputFile=${report}`];
    const { code } = await run([vitest, "run", ...options, ...more, file], plant, env);
    return code === 0 ? [] : readFailures(report, file, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readFailures(report, story, code) {
  try {
    const files = JSON.parse(readFileSync(report, "utf8")).testResults.filter(({ status }) => status === "failed");
    return files.flatMap(({ name, message, assertionResults }) => {
      const file = name.slice(root.length + 1);
      const failed = assertionResults.filter(({ status }) => status === "failed");
      if (failed.length > 0) return failed.map(({ fullName: test }) => ({ file, test }));
      return [{ file, test: "", says: `${file}: ${message.split("\n")[0]}` }];
    });
  } catch {
    const says = code === null ? "it does not come to an end" : "the tests could not be run";
    return [{ file: story, test: "", says }];
  }
}
