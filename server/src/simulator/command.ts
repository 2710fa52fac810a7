// `fairminute simulate`: thousands of calls, everything that can go wrong, and whether the money came out right.
import { availableParallelism } from "node:os";
import { runBlocks } from "./blocks.ts";
import { type FaultName, faultNames } from "./faults.ts";
import { findTooRare } from "./least.ts";
import { type Report, reportJson, type ToldFailure, writeReport } from "./report.ts";
import { shrink } from "./shrink.ts";
import { type Block, type Failure, playScript, scriptOf, simulateBlock } from "./simulate.ts";
import { tellStory } from "./story.ts";
import { createAdapters } from "./words.ts";

/** What the command was called with. */
export interface SimulateOptions {
  seed: number;
  calls: number;
  faults: readonly FaultName[];
  /** Only this history of the run. */
  history?: number | undefined;
  through: "memory" | "http";
  /** Where the server of `--through http` keeps its data; the embedded database in memory when absent. */
  database?: string | undefined;
  workers?: number | undefined;
}

/** Where it speaks, and by which clock it says how long it took. */
export interface SimulateWorld {
  json: boolean;
  isTerminal: boolean;
  out(text: string): void;
  err(text: string): void;
  trueNow(): number;
}

/** Plays histories through the whole server; given by whoever knows how. */
export type SimulateHttp = (
  run: {
    seed: number;
    histories: number;
    /** Only the batch that this one is lived through in; null: all of them. */
    history: number | null;
    faults: readonly FaultName[];
    database: string | null;
  },
  onProgress: (done: number, failed: number) => void,
) => Promise<Block>;

/** More stories than this nobody reads. */
const TOLD_MOST = 3;
const BAR = 32;
/** Without a terminal a line is written this often, in ms. */
const LINE_EVERY_MS = 10_000;

function createProgress({ json, isTerminal, err, trueNow }: SimulateWorld, total: number) {
  const startedAt = trueNow();
  let saidAt = startedAt;
  return (done: number, failed: number): void => {
    if (json) return;
    const now = trueNow();
    const speed = Math.round((done * 1000) / Math.max(1, now - startedAt));
    const said = `${done} of ${total} histories, ${speed} a second, ${failed} violations`;
    if (isTerminal) {
      const full = Math.round((BAR * done) / total);
      err(`\r  ${"█".repeat(full)}${"░".repeat(BAR - full)} ${said} `);
      if (done >= total) err("\n");
    } else if (now - saidAt >= LINE_EVERY_MS) {
      saidAt = now;
      err(`  ${said}\n`);
    }
  };
}

function repeatCommand({ seed, faults, through, database }: SimulateOptions, { history }: Failure): string {
  const chosen =
    faults.length === faultNames.length ? "" : ` --faults ${faults.length === 0 ? "none" : faults.join(",")}`;
  const way = through === "http" ? " --through http" : "";
  const where = database === undefined ? "" : " --database <an empty one>";
  return `fairminute simulate --seed ${seed}${way} --history ${history}${chosen}${where}`;
}

async function tellFailure(options: SimulateOptions, failure: Failure): Promise<ToldFailure> {
  const repeat = repeatCommand(options, failure);
  if (options.through === "http") return { ...failure, repeat, story: "" };
  const adapters = createAdapters();
  const { script, seed } = scriptOf(options.seed, failure.history, options.faults);
  const { violation } = await playScript(script, seed, adapters);
  if (violation === null) return { ...failure, repeat, story: tellStory(script) };
  const shrunk = await shrink(
    script,
    violation,
    async (shorter) => (await playScript(shorter, seed, adapters)).violation,
  );
  return { ...failure, message: shrunk.violation.message, repeat, story: tellStory(shrunk.script) };
}

/** Whether nothing was violated; of a full run in memory also, whether its generator met everything often enough. */
export function isSound({ tally, faults, through }: Report): boolean {
  return tally.violations === 0 && (through === "http" || findTooRare(tally, faults).length === 0);
}

/**
 * Runs it, and tells.
 * @returns the report; `isSound` says whether it failed
 */
export async function runSimulate(
  options: SimulateOptions,
  world: SimulateWorld,
  throughHttp: SimulateHttp,
): Promise<Report> {
  const { seed, faults, through, history, calls } = options;
  const startedAt = world.trueNow();
  const total = history === undefined ? calls : 1;
  const progress = createProgress(world, total);
  let block: Block;
  if (through === "http") {
    block = await throughHttp(
      { seed, histories: calls, history: history ?? null, faults, database: options.database ?? null },
      progress,
    );
  } else if (history === undefined) {
    const workers = options.workers ?? Math.min(8, availableParallelism());
    block = await runBlocks({ seed, histories: calls, faults, workers }, progress);
  } else block = await simulateBlock({ seed, from: history, count: 1, faults });
  const failures: ToldFailure[] = [];
  for (const failure of block.failures.slice(0, TOLD_MOST)) failures.push(await tellFailure(options, failure));
  const { tally, hash } = block;
  const seconds = (world.trueNow() - startedAt) / 1000;
  const report: Report = { seed, through, faults, seconds, tally, hash, failures };
  world.out(world.json ? `${JSON.stringify(reportJson(report))}\n` : writeReport(report));
  return report;
}
