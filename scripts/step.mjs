// Runs one step of a script: one line on the screen with its seconds, the child's own output only when it fails.
import { spawn } from "node:child_process";
import { basename } from "node:path";

/** A step that ended badly: `message` says where, `output` is the last of what the child printed. */
export class StepFailed extends Error {
  constructor(message, output) {
    super(message);
    this.output = output;
  }
}

/** A command as a person would type it: npm is run as a script of Node, and that is nobody's business. */
function typed(command, args) {
  return [basename(command), ...args].join(" ").replace(/^node\S* \S*npm-cli\.c?js/, "npm");
}

/** Seconds since `startedAt` (from performance.now()), as a person reads them. */
export function secondsSince(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

/**
 * Command and first arguments that run npm: the one that started us (`npm_execpath`), else the one in PATH.
 * Other package managers set the same variable, and must not be given npm's arguments.
 */
export function npmCommand() {
  const started = process.env.npm_execpath;
  if (started && /^npm-cli\.c?js$/.test(basename(started))) return { command: process.execPath, first: [started] };
  return { command: process.platform === "win32" ? "npm.cmd" : "npm", first: [], shell: process.platform === "win32" };
}

/**
 * Runs a command quietly and prints `<what> ... 1.2 s` around it; a dot every five seconds says that it still works.
 * Throws StepFailed with the child's output when it cannot start, exits with another code than 0, or is stopped.
 */
export async function runStep(what, command, args, options = {}) {
  const startedAt = performance.now();
  process.stdout.write(`${what} ...`);
  const dots = setInterval(() => process.stdout.write("."), 5000);
  try {
    const { end, output } = await runQuietly(command, args, options);
    if (end !== "0") throw new StepFailed(`${what}: \`${typed(command, args)}\` ended with ${end}`, output);
    process.stdout.write(` ${secondsSince(startedAt)}\n`);
    return output;
  } catch (error) {
    process.stdout.write(` failed after ${secondsSince(startedAt)}\n`);
    throw error;
  } finally {
    clearInterval(dots);
  }
}

/** Collects what the child prints, passes our own SIGTERM and SIGINT on to it, and tells how it ended. */
function runQuietly(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    const parts = [];
    const pass = (signal) => child.kill(signal);
    const finish = (settle, value) => {
      process.off("SIGTERM", pass).off("SIGINT", pass);
      settle(value);
    };
    process.on("SIGTERM", pass).on("SIGINT", pass);
    child.stdout.on("data", (part) => parts.push(part));
    child.stderr.on("data", (part) => parts.push(part));
    child.on("error", (error) => finish(reject, new StepFailed(`${command} cannot be started: ${error.message}`, "")));
    child.on("close", (code, signal) => {
      finish(resolve, { end: signal ?? String(code), output: Buffer.concat(parts).toString("utf8") });
    });
  });
}
