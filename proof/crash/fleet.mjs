// The server processes of a scenario: started, killed, stopped and woken, and watched for dying by themselves.
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { programArguments } from "../../scripts/program.mjs";
import { ask } from "./http-client.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const startTimeoutMs = 60_000;
/** Ends a server when we are gone, however we went: its input closes with us. */
const watch = 'cat >/dev/null; kill -KILL "$1" 2>/dev/null';

/**
 * Runs a command of the product.
 * @returns {Promise<{ code: number | null, out: string, err: string }>}
 */
export function runCommand({ folder = root, sources, env, args }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...programArguments(folder, !sources), ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (part) => {
      out += part;
    });
    child.stderr.on("data", (part) => {
      err += part;
    });
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

const hasEnded = (child) => child.exitCode !== null || child.signalCode !== null;

/** Resolves with the address, or null when the process ended before it listened. */
function launch({ folder, sources, env, onEnd, hear }) {
  const child = spawn(process.execPath, [...programArguments(folder, !sources), "start", "--json"], {
    cwd: folder,
    env: { ...process.env, FAIRMINUTE_LOG_LEVEL: "error", HOST: "127.0.0.1", PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const watcher = spawn("/bin/sh", ["-c", watch, "sh", String(child.pid)], { stdio: ["pipe", "ignore", "ignore"] });
  watcher.unref();
  watcher.stdin.unref();
  const ended = new Promise((resolve) => {
    child.on("exit", (code, signal) => {
      watcher.kill("SIGKILL");
      onEnd(child, signal ?? code);
      resolve(null);
    });
  });
  let said = "";
  const listening = new Promise((resolve) => {
    child.stdout.on("data", (part) => {
      said += part;
      const line = said.split("\n").find((text) => text.startsWith("{") && text.includes('"url"'));
      if (line !== undefined) resolve(JSON.parse(line).url);
    });
  });
  child.stderr.on("data", (part) => hear(String(part)));
  return { child, ended, url: Promise.race([listening, ended]) };
}

/** As many server processes as were asked for, by their numbers. */
export class Fleet {
  #options;
  #slots;
  #deaths = [];
  #said = [];

  /** @param {{ count: number, databaseUrl: string, sources: boolean, folder?: string, env?: Record<string, string> }} options */
  constructor({ count, folder = root, ...options }) {
    this.size = count;
    this.#options = { folder, ...options };
    this.#slots = Array.from({ length: count }, () => ({ running: null, url: null, wanted: false }));
  }

  #hear(text) {
    this.#said.push(text.trimEnd().slice(0, 600));
    if (this.#said.length > 40) this.#said.shift();
  }

  #lastWords() {
    return this.#said.at(-1) ?? "it said nothing";
  }

  #bury(index, child, how) {
    const slot = this.#slots[index];
    if (slot.running?.child !== child) return;
    if (slot.wanted && slot.url !== null)
      this.#deaths.push(`server ${index} ended by itself with ${how}: ${this.#lastWords()}`);
    slot.running = null;
    slot.url = null;
  }

  /**
   * Starts until it runs, as whoever watches over servers does: without its database it ends at once, and is started again.
   * @param {string} [folder] of another version
   */
  async start(index, folder = this.#options.folder) {
    const slot = this.#slots[index];
    const { sources, databaseUrl, env } = this.#options;
    const until = performance.now() + startTimeoutMs;
    slot.wanted = true;
    while (slot.wanted) {
      slot.running = launch({
        folder,
        sources,
        env: { DATABASE_URL: databaseUrl, ...env },
        onEnd: (child, how) => this.#bury(index, child, how),
        hear: (text) => this.#hear(text),
      });
      slot.url = await slot.running.url;
      if (slot.url !== null) return;
      if (performance.now() > until) throw new Error(`a server does not start: ${this.#lastWords()}`);
      await sleep(50);
    }
  }

  /** SIGKILL, as a machine that loses power. */
  async kill(index) {
    const slot = this.#slots[index];
    const { running } = slot;
    slot.wanted = false;
    if (running === null) return;
    running.child.kill("SIGKILL");
    await running.ended;
  }

  async killAll() {
    await Promise.all(this.#slots.map((_, index) => this.kill(index)));
  }

  /** SIGSTOP or SIGCONT. */
  signal(index, name) {
    const { running } = this.#slots[index];
    if (running !== null && !hasEnded(running.child)) running.child.kill(name);
  }

  /** Where the server is reached; null while it is not. */
  url(index) {
    return this.#slots[index].url;
  }

  pidOf(index) {
    return this.#slots[index].running?.child.pid;
  }

  /** Servers that ended and were not told to, in words. */
  deaths() {
    return this.#deaths;
  }

  /** Asks until the server says that it can serve. @returns {Promise<number>} milliseconds since `from` */
  async ready(index, from) {
    for (;;) {
      const url = this.url(index);
      const answer = url === null ? null : await ask(url, "GET", "/readyz", { timeoutMs: 1000 }).catch(() => null);
      if (answer?.status === 200) return performance.now() - from;
      if (performance.now() - from > startTimeoutMs)
        throw new Error(`server ${index} is not ready: ${this.#lastWords()}`);
      await sleep(5);
    }
  }
}
