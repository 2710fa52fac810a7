// A database that is there and cannot help: no connection left, everything locked, the disk full, nothing may be written.
import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres } from "../../scripts/postgres.mjs";
import { connectTo, quietSettings, runSql } from "./database.mjs";
import { ask } from "./http-client.mjs";
import { repeat } from "./kills.mjs";
import { openStage } from "./stage.mjs";

/** All servers say again that they can serve, and people get on. */
async function recover({ fleet, warmUp }, ready) {
  const from = performance.now();
  ready.push(...(await Promise.all([0, 1].map((index) => fleet.ready(index, from)))));
  await warmUp(2);
}

/** Takes every connection that the database has, and throws the servers out. */
async function takeAllConnections(url, ms) {
  const taken = [];
  try {
    const first = await connectTo(url);
    taken.push(first);
    const fill = async () => {
      for (;;) {
        const client = await connectTo(url).catch(() => null);
        if (client === null) return;
        taken.push(client);
      }
    };
    await fill();
    const until = performance.now() + ms;
    while (performance.now() < until) {
      await first.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'fairminute'");
      await fill();
      await sleep(100);
    }
  } finally {
    await Promise.all(taken.map((client) => client.end().catch(() => {})));
  }
}

/** Locks the calls away, so that every connection of every server waits. */
async function lockCalls(url, ms) {
  const client = await connectTo(url);
  try {
    await client.query("begin");
    await client.query("lock table calls in access exclusive mode");
    await sleep(ms);
    await client.query("rollback");
  } finally {
    await client.end();
  }
}

/** No connection is left at the database, or none in the servers' own pools. */
export async function exhaustPool(context, times) {
  const { random, ready } = context;
  const stage = await context.open("pool");
  try {
    stage.load.start();
    await stage.warmUp();
    const done = await repeat(times, context, async (number) => {
      // Every tenth time longer than a request waits for a connection (10 s).
      const ms = number % 10 === 9 ? 12_000 : random.between(300, 1500);
      if (number % 2 === 0) await takeAllConnections(stage.directUrl, ms);
      else await lockCalls(stage.directUrl, ms);
      await recover(stage, ready);
    });
    return { done, ...(await stage.finish()) };
  } finally {
    await stage.stop();
  }
}

const allowWrites = "-c default_transaction_read_only=off";

/** Every transaction may only read, as an operator or a managed database that fills up decides. */
export async function forbidWrites(context, times) {
  const { postgres, random, ready } = context;
  const stage = await context.open("read_only");
  const setReadOnly = (value) =>
    runSql(
      postgres.url,
      [`alter system set default_transaction_read_only = ${value}`, "select pg_reload_conf()"],
      allowWrites,
    );
  try {
    stage.load.start();
    await stage.warmUp();
    const done = await repeat(times, context, async () => {
      await setReadOnly("on");
      await sleep(random.between(400, 1200));
      const answer = await ask(stage.fleet.url(0), "GET", "/readyz").catch(() => null);
      if (answer?.status === 200)
        stage.book.accuse("a server that says it is ready and can write nothing", answer.text);
      await setReadOnly("off");
      await recover(stage, ready);
    });
    return { done, ...(await stage.finish()) };
  } finally {
    await setReadOnly("off").catch(() => {});
    await stage.stop();
  }
}

const diskMegabytes = 220;
const smallLog = { ...quietSettings, max_wal_size: "48MB", min_wal_size: "32MB", shared_buffers: "16MB" };

/** A small disk of its own: a tmpfs of limited size. @returns the folder, or the reason why there is none */
function mountDisk() {
  const folder = mkdtempSync(join(tmpdir(), "fairminute-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${diskMegabytes}m`, "fairminute", folder], { stdio: "pipe" });
    chmodSync(folder, 0o755);
    return { folder };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    return { reason: `no small disk can be mounted here: ${`${error.stderr ?? error.message}`.trim()}` };
  }
}

/** Writes until nothing more fits. */
function fillDisk(folder) {
  const file = openSync(join(folder, "ballast"), "a");
  try {
    for (const size of [1 << 20, 1 << 12]) {
      const block = Buffer.alloc(size, 1);
      try {
        for (;;) if (writeSync(file, block) < size) break;
      } catch (error) {
        if (error.code !== "ENOSPC") throw error;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Begins new files of the log until there is no room for one. */
async function exhaustLog(url) {
  const again = Array.from({ length: 12 }, () => [
    "select pg_logical_emit_message(false, 'rig', 'x')",
    "select pg_switch_wal()",
  ]).flat();
  await runSql(url, again).catch(() => {});
}

/** Whether the database answers by itself; one that lost its disk ends, and somebody starts it again. */
async function bringBack(postgres) {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if (await runSql(postgres.url, ["select 1"]).catch(() => null)) return;
    await sleep(100);
  }
  await postgres.restart();
}

/** The disk of the database is full, and later is not. */
export async function fillTheDisk(context, times) {
  const { random, sources, ready, onBook } = context;
  const disk = mountDisk();
  if (disk.reason !== undefined) return { done: 0, impossible: disk.reason };
  let postgres = null;
  let stage = null;
  try {
    postgres = await startPostgres({ settings: smallLog, inside: disk.folder });
    const databaseUrl = await postgres.createDatabase("disk");
    stage = await openStage({ name: "disk", databaseUrl, random, sources, onBook });
    stage.load.start();
    await stage.warmUp();
    let crashes = 0;
    const done = await repeat(times, context, async (number) => {
      const { pid } = postgres;
      fillDisk(disk.folder);
      // Every other time the log needs room too: then PostgreSQL does not refuse, it falls.
      if (number % 2 === 1) await exhaustLog(databaseUrl);
      await sleep(random.between(1500, 4000));
      rmSync(join(disk.folder, "ballast"));
      await bringBack(postgres);
      if (postgres.pid !== pid) crashes += 1;
      await recover(stage, ready);
    });
    return { done, databaseEnded: crashes, ...(await stage.finish()) };
  } finally {
    await stage?.stop();
    await postgres?.stop();
    execFileSync("umount", ["-l", disk.folder], { stdio: "ignore" });
    rmSync(disk.folder, { recursive: true, force: true });
  }
}
