// Looks for one plant in processes of their own: histories in memory, or the tests that own the matter.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./rewrite.mjs";

/** A process that gets no further than this has been given away as well: it does not come to an end. */
const patienceMs = 30 * 60_000;

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

/** @returns what gave the plant away, null when nothing did within so many histories */
export async function seekInHistories(plant, { limit, seed }) {
  const hooks = ["--conditions=development", "--import", "./proof/planted/plant-first.mjs", "--import", "tsx"];
  const { code, out, err } = await run(
    [...hooks, "proof/planted/histories.mjs", String(limit), String(seed)],
    plant,
    {},
  );
  if (code === 0) return JSON.parse(lastLine(out));
  return { by: "start", after: 0, says: code === null ? "it does not come to an end" : lastLine(err) };
}

/** @returns the first test that failed although it passes without the plant; null when there is none */
export async function seekInStories(plant, stories, env) {
  const failed = await runStories(plant, stories, env, null);
  if (failed === null) return null;
  const alone = failed.test === null ? null : await runStories(null, [failed.file], env, failed.test);
  if (alone !== null) return null;
  return { by: "stories", after: 1, says: failed.test === null ? failed.says : `${failed.file}: ${failed.test}` };
}

const asPattern = (name) => `^${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`;

/** @returns the first failure, null when all passed */
async function runStories(plant, stories, env, name) {
  const folder = mkdtempSync(join(tmpdir(), "fairminute-planted-"));
  const report = join(folder, "report.json");
  try {
    const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
    const options = ["--config", "proof/planted/vitest.config.mjs", "--reporter=json", `--outputFile=${report}`];
    const only = name === null ? [] : ["-t", asPattern(name)];
    const { code, err } = await run([vitest, "run", ...options, ...only, ...stories], plant, env);
    if (code === 0) return null;
    return (
      readFailure(report) ?? {
        file: "",
        test: null,
        says: code === null ? "it does not come to an end" : lastLine(err),
      }
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readFailure(report) {
  try {
    const files = JSON.parse(readFileSync(report, "utf8")).testResults;
    const file = files.find(({ status }) => status === "failed");
    if (file === undefined) return null;
    const failed = file.assertionResults.find(({ status }) => status === "failed");
    const path = file.name.slice(root.length + 1);
    return { file: path, test: failed?.fullName ?? null, says: `${path}: ${file.message.split("\n")[0]}` };
  } catch {
    return null;
  }
}
