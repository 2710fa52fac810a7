// A long run in parts: each book has a chain, a database and a seed of its own, and two of them are played at once.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hastySettings, startPostgres } from "../../../scripts/postgres.mjs";
import { type DatabaseKind, databaseKinds } from "../databases.ts";
import { type ChainStage, raiseChain } from "../escrow-stage.ts";
import { addReport, findMissing, type HistoriesOptions, type HistoriesReport, newReport } from "./report.ts";

export type Play = (kind: DatabaseKind, chain: ChainStage, options: HistoriesOptions) => Promise<HistoriesReport>;

/** Histories of one book: a longer one would only make a chain longer that everything is read from. */
const BOOK = 250;
/** From here on a run is a full one, and has to have met everything. */
const FULL = 1000;

const command = "node --conditions=development --import tsx server/test/escrow-histories.ts";

/** A seed for each book, far from those of its neighbours. */
const seedOf = (seed: number, book: number): number => (seed + Math.imul(book, 0x9e3779b1)) >>> 0;

interface Told {
  done?: number;
  report?: HistoriesReport;
}

async function playBook(play: Play, count: number, seed: number, onProgress: (done: number) => void) {
  const kind = databaseKinds.find(({ name }) => name === "PostgreSQL") as DatabaseKind;
  const chain = await raiseChain();
  try {
    return await play(kind, chain, { count, seed, onProgress });
  } finally {
    await chain.stop();
  }
}

/** Begins a process that plays one book. @returns its report, or null when it found something: then it has said what */
async function playApart(args: string[], url: string, onDone: (done: number) => void): Promise<HistoriesReport | null> {
  const file = fileURLToPath(new URL("../escrow-histories.ts", import.meta.url));
  // It ends with us, however we go: then it is disconnected.
  const child: ChildProcess = fork(file, args, { env: { ...process.env, FAIRMINUTE_TEST_DATABASE_URL: url } });
  let report: HistoriesReport | null = null;
  child.on("message", (told: Told) => {
    if (told.done !== undefined) onDone(told.done);
    report = told.report ?? report;
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code === 0 ? report : null;
}

interface Run {
  count: number;
  seed: number;
  workers: number;
}

/** Plays every book. @returns the sum, and the books that found something */
async function playAll({ count, seed, workers }: Run, url: string) {
  const total = newReport();
  const failed: number[] = [];
  const books = Array.from({ length: Math.ceil(count / BOOK) }, (_, book) => book);
  const doneOf = new Map<number, number>();
  const startedAt = performance.now();
  const tell = (book: number, done: number) => {
    doneOf.set(book, done);
    const all = [...doneOf.values()].reduce((sum, one) => sum + one, 0);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    process.stderr.write(`\r${all} of ${count} histories after ${seconds} s`);
  };
  const work = async () => {
    for (let book = books.shift(); book !== undefined; book = books.shift()) {
      const own = book;
      const args = [String(count), String(seed), "--book", String(own)];
      const report = await playApart(args, url, (done) => tell(own, done));
      if (report === null) failed.push(own);
      else addReport(total, report);
      if (report !== null) process.stdout.write(`\nbook ${own}: ${JSON.stringify(report)}\n`);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return { total, failed, seconds: Math.round((performance.now() - startedAt) / 1000) };
}

/** @returns the exit code */
async function playRun(run: Run): Promise<number> {
  const server = process.env.FAIRMINUTE_TEST_DATABASE_URL ? null : await startPostgres({ settings: hastySettings });
  const url = server?.url ?? (process.env.FAIRMINUTE_TEST_DATABASE_URL as string);
  try {
    const { total, failed, seconds } = await playAll(run, url);
    process.stdout.write(`\n${JSON.stringify({ seed: run.seed, seconds, ...total })}\n`);
    for (const book of failed) {
      process.stdout.write(`found something: ${command} ${run.count} ${run.seed} --book ${book}\n`);
    }
    const missing = run.count >= FULL ? findMissing(total) : [];
    if (missing.length > 0) process.stdout.write(`the run did not meet ${missing.join(", ")}\n`);
    return failed.length + missing.length === 0 ? 0 : 1;
  } finally {
    await server?.stop();
  }
}

/** One book of a run, in this process. */
async function playOne(play: Play, { count, seed }: Run, book: number): Promise<number> {
  const leave = () => process.exit(1);
  if (process.send) process.once("disconnect", leave);
  const server = process.env.FAIRMINUTE_TEST_DATABASE_URL ? null : await startPostgres({ settings: hastySettings });
  if (server !== null) process.env.FAIRMINUTE_TEST_DATABASE_URL = server.url;
  try {
    const onProgress = (done: number) => process.send?.({ done } satisfies Told);
    const histories = Math.min(BOOK, count - book * BOOK);
    const report = await playBook(play, histories, seedOf(seed, book), onProgress);
    if (process.send) process.send({ report } satisfies Told);
    else process.stdout.write(`${JSON.stringify(report)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`\nbook ${book}: ${error instanceof Error ? error.stack : error}\n`);
    return 1;
  } finally {
    process.removeListener("disconnect", leave);
    await server?.stop();
  }
}

/**
 * The command: so many histories of a seed, or one book of them.
 * @returns the exit code: 0 when everything held, and a full run has met everything
 */
export async function playBooks(args: string[], play: Play): Promise<number> {
  const options = { book: { type: "string" }, workers: { type: "string", default: "2" } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [count = "1000", seed = "1"] = positionals;
  const run = { count: Number(count), seed: Number(seed), workers: Number(values.workers) };
  return values.book === undefined ? playRun(run) : playOne(play, run, Number(values.book));
}
