// A throw-away PostgreSQL keeps what it acknowledged through a crash, and leaves nothing behind when it goes.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { createDatabase, dropDatabase, startPostgres } from "./postgres.mjs";
import { findEmbeddedFolder, findSystemBinaries, isReachable } from "./postgres-binaries.mjs";

const present = [findSystemBinaries() && "system", findEmbeddedFolder() && "embedded"].filter(Boolean);

async function ask(url, sql) {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("there is a PostgreSQL to test with", () => {
  expect(present).not.toEqual([]);
});

describe.each(present)("%s PostgreSQL", (binaries) => {
  test("starts with its settings, survives a crash, clones a database, and goes", async () => {
    const server = await startPostgres({ binaries, settings: { work_mem: "7MB" } });
    try {
      expect(server.binaries).toBe(binaries);
      const url = await server.createDatabase("first one");
      expect(
        await ask(url, "select current_setting('fsync') as fsync, current_setting('work_mem') as work_mem"),
      ).toEqual([{ fsync: "on", work_mem: "7MB" }]);
      await ask(url, "create table kept (n int); insert into kept select generate_series(1, 100)");
      const before = server.pid;
      await server.kill();
      await expect(ask(url, "select 1")).rejects.toThrow();
      await server.restart();
      expect(server.pid).not.toBe(before);
      expect(await ask(url, "select count(*)::int as n from kept")).toEqual([{ n: 100 }]);
      const copy = await server.createDatabase("copy", { template: "first one" });
      expect(await ask(copy, "select count(*)::int as n from kept")).toEqual([{ n: 100 }]);
      await dropDatabase(server.url, "copy");
      await expect(ask(copy, "select 1")).rejects.toThrow(/does not exist/);
    } finally {
      await server.stop();
    }
    expect(existsSync(server.dataDir)).toBe(false);
    await server.stop();
  });

  test("goes away with the process that started it, even if that one is killed", async () => {
    const module = join(dirname(fileURLToPath(import.meta.url)), "postgres.mjs");
    const script = `const { startPostgres } = await import(${JSON.stringify(module)});
      const server = await startPostgres({ binaries: "${binaries}" });
      console.log(server.dataDir);
      process.kill(process.pid, "SIGKILL");`;
    let output = "";
    try {
      execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    } catch (error) {
      output = error.stdout;
    }
    expect(output).toContain("fairminute-postgres-");
    await expect.poll(() => existsSync(dirname(output.trim())), { timeout: 20_000 }).toBe(false);
  });
});

test("a wrong choice and a missing server are said in words", async () => {
  await expect(startPostgres({ binaries: "oracle" })).rejects.toThrow(/system or embedded/);
  await expect(createDatabase(undefined, "x")).rejects.toThrow(/FAIRMINUTE_TEST_DATABASE_URL/);
});

test("a user reaches a file only through folders that let them pass", () => {
  const folder = mkdtempSync(join(tmpdir(), "fairminute-reach-"));
  const inner = join(folder, "inner");
  mkdirSync(inner);
  const stranger = { uid: 54321, gid: 54321 };
  try {
    chmodSync(inner, 0o755);
    chmodSync(folder, 0o711);
    expect(isReachable(inner, stranger)).toBe(true);
    chmodSync(folder, 0o700);
    expect(isReachable(inner, stranger)).toBe(false);
    chmodSync(folder, 0o711);
    chmodSync(inner, 0o750);
    expect(isReachable(inner, stranger)).toBe(false);
    expect(isReachable(join(folder, "missing"), stranger)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
