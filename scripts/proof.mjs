// `npm run proof`: a million histories in memory, twenty thousand through the whole server on PostgreSQL, the
// contract's own million, and ten thousand calls that are paid on a chain.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { hastySettings, startPostgres } from "./postgres.mjs";
import { npmCommand, secondsSince } from "./step.mjs";

const usage = `npm run proof -- [options]
  --seed <n>       the seed of all parts; the same one is the same run (7)
  --memory <n>     histories in memory (1000000); 0 leaves them out
  --http <n>       histories through HTTP on PostgreSQL (20000): one half with the seed, the other with the next one
  --contract <n>   calls through the escrow contract (1000000)
  --chain <n>      calls that are paid on a chain of this machine (10000)`;

/** Runs a command in sight, and ends with its code. */
function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit", ...options });
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

function simulate(...args) {
  return run(process.execPath, ["server/dist/cli.js", "simulate", ...args]);
}

/** In two halves at the same time, each a run of its own on a database of its own: a server fills one core, and its database half of one. */
async function throughHttp(seed, count) {
  const postgres = await startPostgres({ settings: hastySettings });
  try {
    const half = Math.ceil(count / 2);
    const parts = [half, count - half].filter((calls) => calls > 0);
    const codes = await Promise.all(
      parts.map(async (calls, index) => {
        const url = await postgres.createDatabase(`fairminute_proof_${index}`);
        const own = ["--seed", String(Number(seed) + index), "--calls", String(calls)];
        return simulate("--through", "http", ...own, "--database", url);
      }),
    );
    return Math.max(...codes);
  } finally {
    await postgres.stop();
  }
}

async function throughContract(seed, count) {
  const { command, first, shell } = npmCommand();
  return run(command, [...first, "run", "proof", "-w", "contracts", "--", count, seed], { shell });
}

/** What the contract paid against what the ledger says. It runs from the sources, like a test. */
function onChain(seed, count) {
  const sources = ["--conditions=development", "--import", "tsx"];
  return run(process.execPath, [...sources, "server/test/escrow-histories.ts", count, seed]);
}

async function main(args) {
  const text = (value) => ({ type: "string", default: value });
  const { values } = parseArgs({
    args,
    options: {
      seed: text("7"),
      memory: text("1000000"),
      http: text("20000"),
      contract: text("1000000"),
      chain: text("10000"),
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const startedAt = performance.now();
  const { seed, memory, http, contract, chain } = values;
  const parts = [
    [`${memory} histories in memory`, memory, () => simulate("--seed", seed, "--calls", memory)],
    [`${http} histories through the whole server`, http, () => throughHttp(seed, Number(http))],
    [`${contract} calls through the escrow contract`, contract, () => throughContract(seed, contract)],
    [`${chain} calls that are paid on a chain`, chain, () => onChain(seed, chain)],
  ];
  let failed = 0;
  for (const [title, count, work] of parts) {
    if (count === "0") continue;
    console.log(`\n${title}\n`);
    if ((await work()) !== 0) failed += 1;
  }
  console.log(
    `\n${failed === 0 ? "Everything held" : `${failed} of the parts found something`}, after ${secondsSince(startedAt)}.`,
  );
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
