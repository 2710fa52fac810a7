// The command line as people and programs use it: what it prints, what it ends with, how it stops.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openFreshPostgres } from "../test/databases.ts";
import { type Ended, type Started, startProgram } from "../test/program.ts";

const folder = mkdtempSync(join(tmpdir(), "fairminute-cli-"));
/** Every step is a process of its own, and the machine may be busy. */
const patience = { timeout: 240_000 };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (args: string[], env: Record<string, string>): Started =>
  startProgram(args, { FAIRMINUTE_DATA_DIR: join(folder, "data"), ...env });
const run = (args: string[], env: Record<string, string> = {}): Promise<Ended> => start(args, env).ended;

describe("fairminute", patience, () => {
  it("explains itself, exit codes included", async () => {
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    for (const word of [
      "start",
      "migrate",
      "audit",
      "--json",
      "Exit codes",
      "0  done",
      "1  the audit",
      "2  wrong",
      "3  the database",
    ]) {
      expect(out).toContain(word);
    }
  });

  it("wrong usage ends with 2", async () => {
    for (const args of [["strat"], ["start", "now"], ["--jsn"], []])
      expect([args, (await run(args)).code]).toEqual([args, 2]);
  });

  it("presets: a table for people, JSON for programs, and a file checked before anybody runs on it", async () => {
    const [right, wrong] = [join(folder, "right.json"), join(folder, "wrong.json")];
    writeFileSync(
      right,
      '{ "presets": { "evening-lesson": { "from": "creator-call", "tariff": { "connectFee": 5 } } } }',
    );
    writeFileSync(
      wrong,
      '{ "presets": { "Evening": {}, "match": { "from": "match", "split": { "platformBasisPoints": -1 } } } }',
    );
    const table = await run(["presets"], { FAIRMINUTE_PRESETS: right });
    expect([table.code, table.err]).toEqual([0, ""]);
    expect(table.out).toMatch(/^evening-lesson +creator-call +10 +60\/60 up +5 /m);
    expect(table.out).toMatch(/^match +free .*early exit 1 under 60 s$/m);
    const checked = await run(["presets", "--check", right, "--json"]);
    const named = JSON.parse(checked.out).presets.map((preset: { name: string }) => preset.name);
    expect([checked.code, named.at(-1)]).toEqual([0, "evening-lesson"]);
    // The settings of the server are right, and the file that is to come is not.
    const refused = await run(["presets", "--check", wrong], { FAIRMINUTE_PRESETS: right });
    expect([refused.code, refused.out]).toEqual([2, ""]);
    for (const word of ["2 settings are wrong", 'presets is "Evening"', "match.split.platformBasisPoints is -1"])
      expect(refused.err).toContain(word);
    const gone = await run(["--json", "presets", "--check", join(folder, "gone.json")]);
    expect([gone.code, JSON.parse(gone.err).error.problems[0].setting]).toEqual([2, "FAIRMINUTE_PRESETS"]);
    const started = await run(["start"], { FAIRMINUTE_PRESETS: wrong });
    expect([started.code, started.err]).toEqual([2, expect.stringContaining("match.split.platformBasisPoints is -1")]);
  });

  it("wrong settings end with 2 and are all named, for people and for programs", async () => {
    const env = { PORT: "x", FAIRMINUTE_MODE: "production" };
    const forPeople = await run(["start"], env);
    expect([forPeople.code, forPeople.out]).toEqual([2, ""]);
    for (const name of ["PORT", "DATABASE_URL", "FAIRMINUTE_JWT_SECRET", "FAIRMINUTE_SECRET_KEY"])
      expect(forPeople.err).toContain(`  ${name} `);
    const forPrograms = await run(["--json", "start"], env);
    const { error } = JSON.parse(forPrograms.err);
    expect([forPrograms.code, error.code, error.problems.length]).toEqual([2, "configuration", 4]);
  });

  it("a database that is not there ends with 3", async () => {
    const free = await closedPort();
    const { code, err } = await run(["migrate"], { DATABASE_URL: `postgres://x:hunter2@127.0.0.1:${free}/none` });
    expect([code, /The database cannot be opened/.test(err), /hunter2/.test(err)]).toEqual([3, true, false]);
  });
});

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("fairminute start", patience, () => {
  it("prints address, mode, database, two people and what to do; stops on Ctrl-C; finds the same wallets again", async () => {
    const env = { PORT: "0" };
    const first = start(["start"], env);
    const banner = await first.said("Ctrl-C stops it.");
    for (const words of [
      "Address   http://127.0.0.1:",
      "Mode      sandbox",
      "Database  embedded, in ",
      "Mia Torres",
      "(mia)  creator, 10 coins a minute",
      "Leo Brandt",
      "(leo)  fan, 500 coins",
    ]) {
      expect(banner).toContain(words);
    }
    const url = /Address +(\S+)/.exec(banner)?.[1];
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const credit = { method: "POST", headers: { "content-type": "application/json" }, body: '{"amount":7}' };
    expect((await fetch(`${url}/api/sandbox/wallets/leo/credit`, credit)).status).toBe(200);

    const second = await run(["audit"], {});
    expect([second.code, /in use by process/.test(second.err)]).toEqual([3, true]);

    first.child.kill("SIGINT");
    expect((await first.ended).code).toBe(0);
    const again = start(["start"], env);
    expect(await again.said("Ctrl-C stops it.")).toContain("(leo)  fan, 507 coins");
    again.child.kill("SIGTERM");
    expect((await again.ended).code).toBe(0);

    const audited = await run(["audit"], {});
    expect([audited.code, audited.out.includes("Nothing is wrong")]).toEqual([0, true]);
    const json = JSON.parse((await run(["audit", "--json"], {})).out);
    expect([json.ok, json.transfers]).toEqual([true, 3]);
  });

  /** A started server, and a client whose request never ends: closing waits for it. */
  async function startWithSlowClient() {
    const server = start(["start"], { PORT: "0", DATABASE_URL: "memory:" });
    const port = Number(/Address +http:\/\/127\.0\.0\.1:(\d+)/.exec(await server.said("Ctrl-C stops it."))?.[1]);
    const slow = connect(port, "127.0.0.1");
    slow.on("error", () => {});
    await new Promise((resolve) => slow.write("GET /healthz HTTP/1.1\r\nhost: x\r\n", resolve));
    server.child.kill("SIGINT");
    await server.said("Stopping.");
    return { ...server, slow };
  }

  it("a client that never finishes does not keep it from stopping", async () => {
    const { ended, slow } = await startWithSlowClient();
    expect((await ended).code).toBe(0);
    slow.destroy();
  });

  it("a second Ctrl-C stops at once what the first one waits for", async () => {
    const { child, ended, slow } = await startWithSlowClient();
    // A signal that comes right after the first is taken for its echo: it is sent until it is believed.
    const again = setInterval(() => child.kill("SIGINT"), 200);
    expect((await ended).code).toBe(130);
    clearInterval(again);
    slow.destroy();
  });

  it("with --json says one line of JSON, and nothing more until it stops", async () => {
    const server = start(["start", "--json"], { PORT: "0", DATABASE_URL: "memory:" });
    await server.said("\n");
    server.child.kill("SIGINT");
    const { out, code } = await server.ended;
    expect(out.trim().split("\n")).toHaveLength(1);
    expect([code, JSON.parse(out)]).toMatchObject([
      0,
      {
        event: "started",
        mode: "sandbox",
        database: "embedded, in memory: forgotten at exit",
        people: [{ userId: "mia" }, { userId: "leo" }],
      },
    ]);
  });

  it("a port in use is said plainly", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const { code, err } = await run(["start"], { PORT: String(port), DATABASE_URL: "memory:" });
    await new Promise((resolve) => other.close(resolve));
    expect([code, err]).toEqual([
      1,
      `Port ${port} is in use already. Stop the other program, or choose another port: PORT=${port + 1} npm start\n`,
    ]);
  });
});

describe("fairminute migrate and audit on PostgreSQL", patience, () => {
  it("migrates once, audits, and finds what is wrong", async () => {
    const database = await openFreshPostgres();
    const env = { DATABASE_URL: database.url };
    const again = JSON.parse((await run(["migrate", "--json"], env)).out);
    expect([again.applied, again.total > 0]).toEqual([[], true]);
    expect((await run(["audit"], env)).code).toBe(0);
    // Money out of nowhere: the database refuses it, so its guards are taken down first.
    await database.db.query("alter table accounts disable trigger user");
    await database.db.query("update accounts set balance = balance + 1 where id = 'platform'");
    const { code, out } = await run(["audit"], env);
    expect([code, /FAIL +I1/.test(out), out.includes("Something is wrong")]).toEqual([1, true, true]);
    await database.close();
  });
});

describe("fairminute escrow", patience, () => {
  const escrow = `0x${"A1".repeat(20)}`;
  const settings = {
    CHAIN_RPC_URL: "http://127.0.0.1:9",
    CHAIN_ID: "31337",
    ESCROW_ADDRESS: escrow,
    ESCROW_TOKEN: "native",
    ESCROW_CURRENCY: "TEST",
    METER_PRIVATE_KEY: `0x${"5a".repeat(32)}`,
  };

  it("without a chain says which settings it lacks; with one, whose node need not answer, what was read of it", async () => {
    const database = await openFreshPostgres();
    const bare = await run(["escrow"], { DATABASE_URL: database.url });
    expect([bare.code, /CHAIN_RPC_URL is missing/.test(bare.err)]).toEqual([2, true]);
    const env = { DATABASE_URL: database.url, ...settings };
    const calm = await run(["escrow"], env);
    expect([calm.code, calm.out]).toEqual([0, expect.stringContaining("The chain was not read yet.")]);
    expect(calm.out).toContain("Nothing to see to.");

    const { getAddress } = await import("viem");
    const deposit = {
      student: `0x${"11".repeat(20)}`,
      tutor: `0x${"22".repeat(20)}`,
      requestId: `0x${"33".repeat(32)}`,
      token: `0x${"00".repeat(20)}`,
      languageId: "0",
      ratePerMinute: "600",
      maxSeconds: "600",
      deposit: "6000",
    };
    const place = [31_337, getAddress(escrow)];
    await database.db.query(
      "insert into chain_cursors (chain_id, contract, block_number, block_hash) values ($1, $2, 9, '0x9')",
      place,
    );
    await database.db.query(
      `insert into chain_logs (chain_id, contract, block_hash, log_index, block_number, transaction_hash, name, session_id, arguments, read_at)
         values ($1, $2, '0x7', 0, 7, '0x77', 'SessionStarted', '0xaa', $3::jsonb, 0)`,
      [...place, JSON.stringify(deposit)],
    );
    const found = await run(["escrow"], env);
    expect([found.code, /fund no call.*: 1\n {2}0xaa {2}0x1111/.test(found.out)]).toEqual([1, true]);
    expect(found.out).toContain("read up to block 9");
    const { code, out } = await run(["escrow", "--json", "--stuck-after", "60"], env);
    expect([code, JSON.parse(out)]).toMatchObject([
      1,
      { ok: false, head: 9, compared: 0, differences: [], stuckSends: [], strayDeposits: [{ depositAmount: "6000" }] },
    ]);
    await database.close();
  });
});

describe("fairminute simulate", patience, () => {
  it("one seed is one trace, however many workers there are", async () => {
    const hashes: string[] = [];
    for (const workers of ["1", "2"]) {
      const { code, out } = await run(["--json", "simulate", "--calls", "1000", "--workers", workers], {});
      const report = JSON.parse(out);
      expect([code, report.histories, report.violations]).toEqual([0, 1000, 0]);
      hashes.push(report.hash);
    }
    expect(hashes[1]).toBe(hashes[0]);
  });
});
