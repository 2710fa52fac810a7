// `npm run planted`: plants one bug after another, and says which were found, after how many histories, and by what.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { hastySettings, startPostgres } from "../../scripts/postgres.mjs";
import { plants } from "./all-plants.mjs";
import { openKept } from "./kept.mjs";
import { root } from "./rewrite.mjs";
import { scoreOf, showScore, withScore } from "./score.mjs";
import { seekInHistories, seekInServer, seekInStories } from "./seek.mjs";
import { fingerprintOf } from "./sources.mjs";

const usage = `npm run planted -- [options]
  --only <text>      plants whose name or file holds the text; may be given several times
  --kind <which>     histories, or stories: what is looked for in memory, or in the server and by tests
  --again <which>    missed, or all: plants that were looked for in these very sources, and are otherwise not asked again
  --show             nothing is looked for: the score of what is kept
  --kept <folder>    where results are kept (node_modules/.cache/fairminute-planted)
  --workers <number> plants looked for at once (2)
  --limit <number>   histories for each plant (20000)
  --server <number>  histories through the whole server, for plants that memory does not meet (30); 0 leaves them out
  --seed <number>    of the histories (7)
  --json <file>      the result as JSON
  --write            the tables of docs/proof-planted.md anew`;

/** For so many plants the lookers are not asked about all their histories first. */
const FEW = 20;

/** What objects although nothing is planted would find everything. (A test that fails is asked again without the plant.) */
async function checkDetectors(open, { limit, server, seed, env }) {
  const isWhole = open.length > FEW;
  const lookers = [];
  if (open.some((plant) => kindOf(plant) === "histories"))
    lookers.push(seekInHistories(null, { limit: isWhole ? limit : Math.min(limit, 500), seed }));
  if (server > 0 && open.some((plant) => kindOf(plant) === "stories"))
    lookers.push(seekInServer(null, { limit: server, seed }, env));
  for (const found of await Promise.all(lookers)) {
    if (found !== null)
      throw new Error(`without a plant, ${found.by} objects after ${found.after} histories: ${found.says}`);
  }
}

const kindOf = ({ stories }) => (stories === undefined ? "histories" : "stories");

/** Those to look for now. What is known of these very sources is not asked again, unless `again` wants it. */
function choose(kept, { only = [""], kind, again }) {
  const isAsked = (plant) =>
    (kind === undefined || kindOf(plant) === kind) &&
    only.some((text) => plant.name.includes(text) || plant.file.includes(text));
  const chosen = plants.filter(isAsked);
  return {
    chosen,
    open: chosen.filter((plant) => {
      const known = kept.read(plant);
      return known === null || again === "all" || (again === "missed" && known.found === null);
    }),
  };
}

/** What memory never meets is looked for in the whole server, and where that does not find it by the tests of its room. */
async function seekOne(plant, { limit, server, seed, env }) {
  if (plant.stories === undefined) return seekInHistories(plant, { limit, seed });
  const found = server > 0 ? await seekInServer(plant, { limit: server, seed }, env) : null;
  return found ?? seekInStories(plant, plant.stories, env);
}

async function seekAll(open, { kept, workers, ...options }) {
  const seek = async (plant) => {
    const startedAt = performance.now();
    const found = await seekOne(plant, options);
    const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(1));
    kept.write(plant, { name: plant.name, found, seconds });
    const how = found === null ? "NOT FOUND" : found.by === "stories" ? "a test" : `${found.by} ${found.after}`;
    console.log(`${how.padEnd(20)} ${seconds.toFixed(1).padStart(6)} s  ${plant.name}`);
  };
  // Tests first: they take the longest, and both workers should end together.
  const queue = [...open].sort((a, b) => Number(b.stories !== undefined) - Number(a.stories !== undefined));
  const work = async () => {
    for (let plant = queue.shift(); plant !== undefined; plant = queue.shift()) await seek(plant);
  };
  await Promise.all(Array.from({ length: workers }, work));
}

async function main(values) {
  const options = { limit: Number(values.limit), server: Number(values.server), seed: Number(values.seed) };
  const kept = openKept(resolve(root, values.kept), (plant) => fingerprintOf(plant, options));
  const { chosen, open } = choose(kept, values);
  if (values.show === true) open.length = 0;
  else if (open.length < chosen.length)
    console.log(`${chosen.length - open.length} were looked for in these sources before`);
  const postgres = open.some(({ stories }) => stories !== undefined)
    ? await startPostgres({ settings: hastySettings })
    : null;
  try {
    const env = postgres === null ? {} : { FAIRMINUTE_TEST_DATABASE_URL: postgres.url };
    await checkDetectors(open, { ...options, env });
    await seekAll(open, { ...options, kept, workers: Number(values.workers), env });
  } finally {
    await postgres?.stop();
  }
  const results = (list) => list.map((plant) => ({ ...plant, found: kept.read(plant)?.found }));
  if (values.json !== undefined)
    writeFileSync(resolve(root, values.json), `${JSON.stringify(results(chosen), null, 1)}\n`);
  if (values.write === true) {
    const page = join(root, "docs/proof-planted.md");
    writeFileSync(page, withScore(readFileSync(page, "utf8"), results(plants)));
  }
  console.log(showScore(results(chosen)));
  return scoreOf(results(chosen)).missed.every(({ missed }) => missed !== undefined) ? 0 : 1;
}

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    kind: { type: "string" },
    again: { type: "string" },
    show: { type: "boolean" },
    kept: { type: "string", default: "node_modules/.cache/fairminute-planted" },
    workers: { type: "string", default: "2" },
    limit: { type: "string", default: "20000" },
    server: { type: "string", default: "30" },
    seed: { type: "string", default: "7" },
    json: { type: "string" },
    write: { type: "boolean" },
    help: { type: "boolean" },
  },
});
if (values.help === true) console.log(usage);
else process.exitCode = await main(values);
