// Every command that a page of this project shows is run, as it stands there.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../scripts/free-port.mjs";
import { openFreshPostgres } from "../server/test/databases.ts";
import { interrupt, readBlocks, root, run, start } from "./pages.ts";

describe("the commands of the pages", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fairminute-commands-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("every one of them is run by a test below", async () => {
    const known = [
      /^npm start$/,
      /^npm start -- --chain$/,
      /^npm test$/,
      /^api=/,
      /^FAIRMINUTE_MODE=production /,
      /^LIVEKIT_URL=.* npm start$/,
      /^STREAM_API_URL=.* npm start$/,
      /^node server\/dist\/cli\.js fake (livekit|stream) --scenario [a-z-]+$/,
      /^curl -s http:\/\/127\.0\.0\.1:4000\/api\/(calls|operator\/escrow|wallets\/leo\/top-ups) /,
      /^node server\/dist\/cli\.js escrow --stuck-after 600$/,
      /^node server\/dist\/cli\.js --help\n/,
      /^node server\/dist\/cli\.js presets --check docs\/presets\.json$/,
      /^npx vite build web/,
      /^npm run planted .*\nnpm run planted -- --kind histories --only early_exit /,
      /^npm run mutants .*\nnpm run mutants -- --mutate core\/src\/settlement\.ts /,
    ];
    const unknown = (await readBlocks()).filter(({ text }) => !known.some((block) => block.test(text)));
    expect(unknown).toEqual([]);
  });

  it("npm start serves app and API, stops cleanly at Ctrl-C, and finds the same wallets when it starts again; then the tour", async () => {
    const port = await freePort();
    const api = `http://127.0.0.1:${port}/api`;
    const env = {
      PORT: String(port),
      FAIRMINUTE_DATA_DIR: join(folder, "data"),
      DATABASE_URL: "",
      FAIRMINUTE_MODE: "",
    };
    const wallet = async () => {
      const made = await fetch(`${api}/sandbox/tokens`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"userId":"leo"}',
      });
      const { token } = (await made.json()) as { token: string };
      return (await fetch(`${api}/wallet`, { headers: { authorization: `Bearer ${token}` } })).json();
    };
    const first = await start("npm start", env, /Ctrl-C/);
    expect(first.said()).toContain(`http://127.0.0.1:${port}`);
    for (const word of ["sandbox", "embedded", "Mia Torres", "Leo Brandt"]) expect(first.said()).toContain(word);
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, expect.stringContaining("text/html")]);
    const before = await wallet();
    expect(before).toMatchObject({ available: 500, held: 0 });
    await interrupt(first.child);
    // Stopped cleanly: it said so, and gave the folder of the database back.
    expect(first.said()).toContain("Stopping.");
    expect(await readdir(join(folder, "data"))).toEqual(["data"]);

    const second = await start("npm start", env, /Ctrl-C/);
    expect(await wallet()).toEqual(before);
    const tour = (await readBlocks()).find(({ text }) => text.startsWith("api="));
    const { stdout } = await run("bash", ["-c", (tour?.text ?? "").replace("127.0.0.1:4000", `127.0.0.1:${port}`)], {
      cwd: root,
    });
    const receipt = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    expect(receipt).toMatchObject({ status: "completed", total: 180, durationSeconds: 1080 });
    expect(receipt.payers[0].hold).toMatchObject({ placed: 300, released: 120 });
    await interrupt(second.child);
  });

  it("npm start -- --chain: the sandbox with a chain of its own, which goes when it goes", async () => {
    const shown = (await readBlocks()).find(({ text }) => text === "npm start -- --chain")?.text ?? "";
    const port = await freePort();
    const server = await start(shown, { PORT: String(port), DATABASE_URL: "memory:", FAIRMINUTE_MODE: "" }, /Ctrl-C/);
    expect(server.said()).toMatch(/Chain +31337 at 127\.0\.0\.1:\d+, escrow 0x/);
    const url = `http://127.0.0.1:${port}/api`;
    const config = (await (await fetch(`${url}/config`)).json()) as { presets: string[] };
    expect(config.presets).toContain("tutoring-onchain");
    expect(await (await fetch(`${url}/sandbox/chain`)).json()).toMatchObject({
      chainId: 31_337,
      decimals: 6,
      events: [],
    });
    const asked = (await readBlocks()).find(({ text }) => text.includes("/api/operator/escrow"))?.text ?? "";
    const { stdout } = await run("bash", ["-c", asked.replace(":4000", `:${port}`)], { cwd: root });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, differences: [], stuckSends: [], strayDeposits: [] });
    await interrupt(server.child);
  });

  it("npm start in production: refuses without secrets and names them all; with them it serves, without a sandbox", async () => {
    const fresh = await openFreshPostgres();
    try {
      const port = await freePort();
      const env = { PORT: String(port), HOST: "127.0.0.1" };
      const bare = await run("npm", ["start"], {
        cwd: root,
        env: { ...process.env, ...env, FAIRMINUTE_MODE: "production", DATABASE_URL: "" },
      }).catch((error) => error);
      expect(bare.code).toBe(2);
      for (const name of ["DATABASE_URL", "FAIRMINUTE_JWT_SECRET", "FAIRMINUTE_SECRET_KEY"])
        expect(`${bare.stdout}${bare.stderr}`).toContain(name);
      const shownBlock =
        (await readBlocks()).find(({ text }) => text.startsWith("FAIRMINUTE_MODE=production "))?.text ?? "";
      const command = shownBlock
        .replace("postgres://…", fresh.url)
        .replace("FAIRMINUTE_JWT_SECRET=…", `FAIRMINUTE_JWT_SECRET=${"s".repeat(40)}`)
        .replace("fm_live_sk_…", `fm_live_sk_${"k".repeat(40)}`);
      const server = await start(
        command.replace(/npm start$/, "bash -c 'exec npm start'").replace(/^/, "env "),
        env,
        /Address|Ctrl-C/,
      );
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
      const sandbox = await fetch(`http://127.0.0.1:${port}/api/sandbox/tokens`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"userId":"leo"}',
      });
      expect(sandbox.status).toBe(404);
      await interrupt(server.child);
    } finally {
      await fresh.close();
    }
  });

  it.each([
    ["LIVEKIT_URL=", "livekit", 7880, /hung_up(?: by leo-\w+)?: \d\d s together, 10 coins, on the word of webhook\.\n/],
    [
      "STREAM_API_URL=",
      "stream",
      7890,
      /by (leo-\w+): .* \1 pays 1 coin under early_exit: .* after 3\d s, before 60 s\.\n/,
    ],
  ])("%s… npm start, and the stand-in beside it: a metered call", async (begins, provider, fakePort, outcome) => {
    const [port, elsewhere] = [await freePort(), await freePort()];
    const find = async (beginning: string) =>
      (await readBlocks())
        .find(({ text }) => text.startsWith(beginning))
        ?.text.replace(String(fakePort), String(elsewhere));
    const env = { PORT: String(port), DATABASE_URL: "memory:" };
    const shown = (await find(begins)) ?? "";
    const server = await start(`env ${shown.replace(/npm start$/, "bash -c 'exec npm start'")}`, env, /Ctrl-C/);
    const fake = `${(await find(`node server/dist/cli.js fake ${provider}`)) ?? ""} --port ${elsewhere}`;
    const play = await run("bash", ["-c", fake], { cwd: root, env: { ...process.env, ...env } });
    expect(play.stdout).toContain("The call is completed, payer_hung_up");
    expect(play.stdout).toMatch(outcome);
    if (provider === "livekit") {
      const register = (await find("curl -s http://127.0.0.1:4000/api/calls "))?.replace(":4000", `:${port}`) ?? "";
      const { stdout } = await run("bash", ["-c", register], { cwd: root });
      const { call } = JSON.parse(stdout);
      expect(call).toMatchObject({ status: "accepted", provider: "livekit", roomName: "your-room-42", heldCoins: 300 });
      const topUp = (await find("curl -s http://127.0.0.1:4000/api/wallets/"))?.replace(":4000", `:${port}`) ?? "";
      for (const told of ["once", "twice"]) {
        const { wallet } = JSON.parse((await run("bash", ["-c", topUp], { cwd: root })).stdout);
        expect([told, wallet]).toEqual([told, expect.objectContaining({ available: 700, held: 300 })]);
      }
    }
    await interrupt(server.child);
  });

  it("the command line: help, migrate, audit, and what stands wrong on a chain, whose node need not answer", async () => {
    const env = { ...process.env, FAIRMINUTE_DATA_DIR: join(folder, "cli"), DATABASE_URL: "" };
    const block = (await readBlocks()).find(({ text }) => text.startsWith("node server/dist/cli.js --help"));
    const { stdout } = await run("bash", ["-e", "-c", block?.text ?? ""], { cwd: root, env });
    expect(stdout).toContain("Exit codes:");
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ ok: true });
    const escrow =
      (await readBlocks()).find(({ text }) => text.startsWith("node server/dist/cli.js escrow"))?.text ?? "";
    const chain = {
      CHAIN_RPC_URL: "http://127.0.0.1:9",
      CHAIN_ID: "31337",
      ESCROW_ADDRESS: `0x${"a1".repeat(20)}`,
      ESCROW_TOKEN: "native",
      ESCROW_CURRENCY: "TEST",
      METER_PRIVATE_KEY: `0x${"5a".repeat(32)}`,
    };
    const examined = await run("bash", ["-c", escrow], { cwd: root, env: { ...env, ...chain } });
    expect(examined.stdout).toContain("Nothing to see to.");
  });

  it("a file of presets is checked, and printed with those that ship", async () => {
    const block = (await readBlocks()).find(({ text }) => text.includes(" presets --check "))?.text ?? "";
    const { stdout } = await run("bash", ["-c", block], { cwd: root });
    for (const word of ["tutoring-onchain", "evening-lesson", "Nothing is wrong with docs/presets.json."])
      expect(stdout).toContain(word);
  });

  it("the web app alone: built, and in development", async () => {
    const block = (await readBlocks()).find(({ text }) => text.startsWith("npx vite build web"))?.text ?? "";
    const [build, develop] = block.split("\n").map((line) => line.replace(/\s*#.*$/, ""));
    await run("bash", ["-c", build ?? ""], { cwd: root });
    expect(await readdir(join(root, "web/dist"))).toContain("index.html");
    const port = await freePort();
    const server = await start(`${develop} --port ${port} --strictPort`, { NO_COLOR: "1" }, /Local:/);
    const page = await fetch(`http://localhost:${port}/`);
    expect(await page.text()).toContain("Fairminute");
    process.kill(-(server.child.pid as number), "SIGTERM");
  });

  it("the contributor's table: every command in it is known here, and the short ones run", async () => {
    const source = await readFile(join(root, "CONTRIBUTING.md"), "utf8");
    const commands = [...source.matchAll(/^\| `((?:npm|npx) [^`]*)` \|/gm)].map(([, command]) => command as string);
    expect(new Set(commands)).toEqual(
      new Set([
        ...runElsewhere,
        "npm run dev",
        "npx vitest run core/src/rate.test.ts",
        "npx biome check --write <path>",
      ]),
    );
    await run("bash", ["-c", "npx vitest run core/src/rate.test.ts"], { cwd: root });
    await run("bash", ["-c", "npx biome check --write e2e/commands.e2e.ts"], { cwd: root });
    const port = await freePort();
    const server = await start("npm run dev", { PORT: String(port), DATABASE_URL: "memory:" }, /Ctrl-C/);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    await interrupt(server.child);
  });

  it("npm run planted, for the plants of one file: each is found", async () => {
    const { stdout } = await run("bash", ["-c", "npm run planted -- --kind histories --only early_exit"], {
      cwd: root,
    });
    expect(stdout).toContain("4 of 4 planted bugs found");
  });

  it("npm run mutants, for one file: its stories notice every one", async () => {
    const command = "npm run mutants -- --mutate core/src/settlement.ts";
    const { stdout } = await run("bash", ["-c", command], { cwd: root, maxBuffer: 1 << 24 });
    expect(stdout).toMatch(/^ *settlement\.ts +\| +100\.00 \|/m);
  });

  it("npm run proof, in small: all four parts hold", async () => {
    const command = "npm run proof -- --memory 200 --http 4 --contract 400 --chain 8";
    const { stdout } = await run("bash", ["-c", command], { cwd: root, maxBuffer: 1 << 24 });
    expect(stdout).toContain("Everything held");
  });

  it("npm test is what runs this", async () => {
    const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    expect(scripts.test).toContain("scripts/test.mjs");
    expect(await readFile(join(root, "scripts/test.mjs"), "utf8")).toContain("vitest.e2e.config.ts");
  });
});

/**
 * Start, tests, benchmark and crash rig: run above, by `npm test` itself, and by the own tests of bench/ and proof/crash/. Planted
 * bugs and mutants are hours of work: above they run for one file each.
 */
const runElsewhere = [
  "npm start",
  "npm test",
  "npx vitest run --config vitest.e2e.config.ts",
  "npm run bench",
  "npm run planted",
  "npm run mutants",
  "npm run proof",
  "npm run crash",
];
