// `npm run planted`: plants one bug after another, and says which were found, after how many histories, and by what.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "../../scripts/postgres.mjs";
import { plants } from "./all-plants.mjs";
import { root } from "./rewrite.mjs";
import { scoreOf, showScore } from "./score.mjs";
import { seekInHistories, seekInStories } from "./seek.mjs";

const usage = `npm run planted -- [options]
  --only <text>      plants whose name or file holds the text
  --kind <which>     histories, or stories: one of the two lanes alone
  --limit <number>   histories for each plant (20000)
  --seed <number>    of the histories (7)
  --json <file>      the result as JSON`;

/** What objects although nothing is planted would find everything. (A test that fails is asked again without the plant.) */
async function checkDetectors(options) {
  const found = await seekInHistories(null, { ...options, limit: Math.min(options.limit, 500) });
  if (found !== null)
    throw new Error(`without a plant, ${found.by} objects after ${found.after} histories: ${found.says}`);
}

async function seekAll(chosen, options, env) {
  const results = [];
  const seek = async (plant) => {
    const startedAt = performance.now();
    const found =
      plant.stories === undefined
        ? await seekInHistories(plant, options)
        : await seekInStories(plant, plant.stories, env);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const how = found === null ? "NOT FOUND" : found.by === "stories" ? "a test" : `${found.by} ${found.after}`;
    console.log(`${how.padEnd(20)} ${seconds.padStart(6)} s  ${plant.name}`);
    results.push({ ...plant, found });
  };
  // Two lanes: histories need no database, tests wait for theirs.
  const lane = async (list) => {
    for (const plant of list) await seek(plant);
  };
  await Promise.all([
    lane(chosen.filter(({ stories }) => stories === undefined)),
    lane(chosen.filter(({ stories }) => stories !== undefined)),
  ]);
  return results.sort(
    (a, b) => plants.findIndex(({ name }) => name === a.name) - plants.findIndex(({ name }) => name === b.name),
  );
}

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    kind: { type: "string" },
    limit: { type: "string", default: "20000" },
    seed: { type: "string", default: "7" },
    json: { type: "string" },
    help: { type: "boolean" },
  },
});
if (values.help === true) console.log(usage);
else {
  const options = { limit: Number(values.limit), seed: Number(values.seed) };
  const only = values.only ?? "";
  const kindOf = ({ stories }) => (stories === undefined ? "histories" : "stories");
  const isAsked = (plant) => values.kind === undefined || kindOf(plant) === values.kind;
  const chosen = plants.filter((plant) => isAsked(plant) && (plant.name.includes(only) || plant.file.includes(only)));
  const postgres = chosen.some(({ stories }) => stories !== undefined) ? await startPostgres() : null;
  try {
    const env = postgres === null ? {} : { FAIRMINUTE_TEST_DATABASE_URL: postgres.url };
    if (chosen.some(({ stories }) => stories === undefined)) await checkDetectors(options);
    const results = await seekAll(chosen, options, env);
    if (values.json !== undefined) writeFileSync(resolve(root, values.json), `${JSON.stringify(results, null, 1)}\n`);
    console.log(showScore(scoreOf(results)));
    process.exitCode = scoreOf(results).missed.every(({ missed }) => missed !== undefined) ? 0 : 1;
  } finally {
    await postgres?.stop();
  }
}
