// `npm run bench`: call lifecycles per second beside TPC-B and a naive version, on a PostgreSQL of its own, from one run.
import { totalmem } from "node:os";
import { chooseCandidates } from "../bench/candidates.mjs";
import { readOptions, usage } from "../bench/options.mjs";
import { summarise, writeReport } from "../bench/report.mjs";
import { runRound } from "../bench/round.mjs";
import { openTpcb, requirePgbench } from "../bench/tpcb.mjs";
import { startPostgres } from "./postgres.mjs";
import { secondsSince } from "./step.mjs";

const gigabyte = 1 << 30;

/** As a server is set up for this work. Durability is PostgreSQL's default: every commit is flushed. */
function postgresSettings(extra) {
  const buffers = Math.min(2 * gigabyte, Math.floor(totalmem() / 4));
  return {
    fsync: "on",
    shared_buffers: `${Math.floor(buffers / 1024 / 1024)}MB`,
    max_wal_size: "8GB",
    // A checkpoint inside one measurement and not in the next would decide the ratio.
    checkpoint_timeout: "1h",
    ...extra,
  };
}

async function runBench(options) {
  const startedAt = performance.now();
  const log = (text) => console.log(`  ${secondsSince(startedAt).padStart(8)}  ${text}`);
  const pgbench = options.only.includes("tpcb") ? await requirePgbench() : null;
  const postgres = await startPostgres({ settings: postgresSettings(options.settings) });
  try {
    const candidates = chooseCandidates(options);
    log("preparing databases");
    const tpcb = pgbench === null ? null : await openTpcb(postgres, pgbench, options.scale);
    const templates = new Map(candidates.map(({ template, prepare }) => [template, prepare]));
    for (const [name, prepare] of templates) await prepare(await postgres.createDatabase(name));
    const rounds = [];
    for (let number = 1; number <= options.rounds; number += 1) {
      log(`round ${number} of ${options.rounds}`);
      rounds.push(await runRound({ postgres, tpcb, candidates, options, log }, number));
    }
    const summary = summarise(rounds);
    console.log(`\n${writeReport(summary, rounds)}`);
    if (options.quick) console.log("\nA quick run says that everything works, not how fast it is.");
    if (options.json) console.log(JSON.stringify({ options, summary, rounds }));
  } finally {
    await postgres.stop();
  }
}

async function main(args) {
  let options;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  }
  if (options === null) {
    console.log(usage);
    return 0;
  }
  try {
    await runBench(options);
    return 0;
  } catch (error) {
    console.error(`\nnpm run bench failed: ${error.stack ?? error}`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
