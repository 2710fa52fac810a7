// Makes a fresh clone ready before `npm start`, `npm test` and `npm run bench`: installs what is missing, builds what changed.
import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { hasDirectDependencies, hashDependencies, hashSources, isInstalled, packages } from "./fingerprint.mjs";
import { isBuilt, readStamp, writeStamp } from "./stamp.mjs";
import { npmCommand, runStep, StepFailed } from "./step.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const goals = {
  start: "npm start",
  test: "npm test",
  bench: "npm run bench",
  crash: "npm run crash",
  proof: "npm run proof",
};

/** The first reason in words that a person can act on, for the failures that are not the project's fault. */
const causes = [
  [
    /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|network/i,
    "The package registry cannot be reached: check the network or the proxy.",
  ],
  [/ENOSPC/, "The disk is full."],
  [/EACCES|EPERM|EROFS/, "This folder may not be written by the present user."],
  [/EINTEGRITY/, "A downloaded package differs from the lock file: `npm cache verify` and try again."],
];

/** Null when this Node can run the project, else the sentence that says what to do. */
export function refuseNode(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return null;
  return `Fairminute needs Node 20.19 or newer; this is Node ${version}. Install a newer one from nodejs.org and run the command again.`;
}

function npm(what, args) {
  const { command, first, shell } = npmCommand();
  return runStep(what, command, [...first, ...args], { cwd: root, shell: shell ?? false });
}

/**
 * `npm ci` first, because it gives exactly what was tested. Where it refuses the lock (a registry that shows other
 * platform packages than the one that wrote it), `npm install --no-save` still gets the named versions.
 * Development packages are always asked for: the build needs them, also where NODE_ENV says production.
 */
async function installDependencies() {
  const flags = ["--include=dev", "--no-audit", "--no-fund"];
  try {
    await npm("installing dependencies (npm ci, up to a minute)", ["ci", ...flags]);
  } catch (error) {
    if (!(error instanceof StepFailed) || !/EUSAGE|lock file|EBADPLATFORM|ETARGET|E404/.test(error.output)) throw error;
    const reason = /npm error (?!code)`?([^.\n]+)/.exec(error.output)?.[1] ?? "it gives no reason";
    console.log(
      `npm ci refuses the lock file here (${reason.trim()}): falling back to npm install, the lock stays as it is`,
    );
    await npm("installing dependencies (npm install --no-save)", ["install", "--no-save", ...flags]);
  }
}

/** The compiler believes its own record even when its output was deleted, so the record goes with the output. */
function forgetMissingOutput() {
  for (const name of packages) {
    if (!existsSync(join(root, name, "dist"))) rmSync(join(root, name, "tsconfig.tsbuildinfo"), { force: true });
  }
}

async function prepare() {
  const dependencies = hashDependencies(root);
  let stamp = readStamp(root);
  if (stamp.dependencies !== dependencies || !hasDirectDependencies(root)) {
    if (!isInstalled(root)) await installDependencies();
    stamp = { dependencies };
    writeStamp(root, stamp);
  }
  const sources = hashSources(root);
  if (isBuilt(root, sources)) return;
  writeStamp(root, { dependencies });
  forgetMissingOutput();
  await npm("building", ["run", "--silent", "build"]);
  writeStamp(root, { dependencies, sources });
}

function explain(error, goal) {
  const output = error instanceof StepFailed ? error.output.trimEnd() : "";
  if (output !== "") console.error(`\n${output.split("\n").slice(-60).join("\n")}\n`);
  console.error(`${goal} stopped before it began. ${error.message}.`);
  const cause = causes.find(([pattern]) => pattern.test(output));
  if (cause) console.error(cause[1]);
}

async function main(goalName) {
  const goal = goals[goalName];
  if (!goal) {
    console.error(`usage: node scripts/bootstrap.mjs <${Object.keys(goals).join("|")}>`);
    return 2;
  }
  const refusal = refuseNode(process.versions.node);
  if (refusal) {
    console.error(refusal);
    return 1;
  }
  try {
    await prepare();
    return 0;
  } catch (error) {
    explain(error, goal);
    return 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv[2] ?? "");
