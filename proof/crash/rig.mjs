// Runs the scenarios one after the other and gathers what each of them found.
import { startPostgres } from "../../scripts/postgres.mjs";
import { quietSettings } from "./database.mjs";
import { failOver } from "./failover.mjs";
import { killBoth, killPostgres, killServers, stopAndWake } from "./kills.mjs";
import { fallSilent, loseCommits } from "./link.mjs";
import { raceOnOneBalance, raceOnOneCall } from "./races.mjs";
import { createRandom } from "./random.mjs";
import { expandSchema } from "./schemas.mjs";
import { createStages } from "./stage.mjs";
import { exhaustPool, fillTheDisk, forbidWrites } from "./troubles.mjs";

/** In the order in which they run: title, the flag that says how often, and what is done. */
const scenarios = [
  ["servers killed", "kills", killServers],
  ["PostgreSQL killed or stopped at once", "postgres", killPostgres],
  ["both killed", "both", killBoth],
  ["stopped and woken", "stops", stopAndWake],
  ["commits whose answer was lost", "lost-commits", loseCommits],
  ["the way to the database silent", "silences", fallSilent],
  ["no connection left", "pool", exhaustPool],
  ["disk full", "disk", fillTheDisk],
  ["database read-only", "read-only", forbidWrites],
  ["primary killed, standby promoted", "failovers", failOver],
  ["old and new schema together", "schemas", expandSchema],
  ["two servers race on one call", "races", raceOnOneCall],
  ["two calls race on one balance", "races", raceOnOneBalance],
];

/** Runs one scenario. One that cannot go on is a finding too. */
async function runScenario([title, flag, run], { counts, seed, sources, isShared, postgres, stages, isOver, log }) {
  const wanted = counts[flag];
  const books = [];
  const random = createRandom(seed).fork(title);
  const onBook = (book) => books.push(book);
  const ready = [];
  const startedAt = performance.now();
  log(`${title}: ${wanted}`);
  let toldAt = startedAt;
  const tick = (done) => {
    if (performance.now() - toldAt < 10_000 || done === wanted) return;
    toldAt = performance.now();
    log(`${title}: ${done} of ${wanted}`);
  };
  const open = isShared ? stages.open : createStages({ postgres, random, sources, onBook }, { isShared }).open;
  const context = { postgres, random, sources, ready, isOver, tick, onBook, open };
  let figures;
  try {
    figures = await run(context, wanted);
  } catch (error) {
    figures = { done: 0, failure: error.stack ?? String(error) };
  }
  const accusations = books.flatMap((book) => book.accusations());
  if (figures.failure !== undefined)
    accusations.push({ what: "a scenario that could not go on", times: 1, examples: [figures.failure] });
  const seconds = (performance.now() - startedAt) / 1000;
  log(`${title}: ${figures.done} of ${wanted} in ${seconds.toFixed(0)} s, ${accusations.length} kinds of findings`);
  return { title, wanted, seconds, ready, accusations, ...figures };
}

/** The verdict on the stage that scenarios shared. */
async function judgeShared(stages, books) {
  const startedAt = performance.now();
  const figures = await stages.close().catch((error) => ({ failure: error.stack }));
  if (figures === null) return [];
  const accusations = books.flatMap((book) => book.accusations());
  if (figures.failure !== undefined)
    accusations.push({ what: "a verdict that could not be given", times: 1, examples: [figures.failure] });
  const seconds = (performance.now() - startedAt) / 1000;
  return [{ title: "all that shared one stage", wanted: 1, done: 1, seconds, ready: [], accusations, ...figures }];
}

/**
 * Runs what is wanted, on a PostgreSQL of its own.
 * @param {{ counts: Record<string, number>, minutes: number, seed: number, sources: boolean, isShared?: boolean,
 *   log: (text: string) => void }} options `sources`: servers run from the TypeScript sources, as tests do, instead of the build;
 *   `isShared`: scenarios that can use the same database and servers do, which saves their starts and verdicts
 * @returns one result per scenario that was asked for, and one for the shared stage
 */
export async function runRig({ counts, minutes, seed, sources, isShared = false, log }) {
  const endsAt = performance.now() + minutes * 60_000;
  const isOver = () => performance.now() > endsAt;
  const postgres = await startPostgres({ settings: quietSettings });
  const books = [];
  const onBook = (book) => books.push(book);
  const stages = createStages({ postgres, random: createRandom(seed), sources, onBook }, { isShared });
  const results = [];
  try {
    for (const scenario of scenarios) {
      if (counts[scenario[1]] === 0) continue;
      results.push(await runScenario(scenario, { counts, seed, sources, isShared, postgres, stages, isOver, log }));
    }
    results.push(...(await judgeShared(stages, books)));
  } finally {
    await postgres.stop();
  }
  return results;
}
