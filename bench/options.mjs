// Reads the flags of `npm run bench`.
import { parseArgs } from "node:util";

export const candidateNames = ["tpcb", "in-process", "http", "naive"];

export const usage = `npm run bench -- [flags]

  --quick            a smoke run: one short round, small databases; says that it works, not how fast it is
  --seconds <n>      how long each measurement takes (10)
  --rounds <n>       how often every candidate is measured, in turns (3)
  --in-flight <list> how many lifecycles at once (1,16,64,256)
  --only <list>      of ${candidateNames.join(", ")} (all); without tpcb there are no ratios
  --lanes <n>        statements under way at once in the charging hall (2)
  --scale <n>        size of the TPC-B database (100)
  --people <n>       wallets of payers, and as many of payees (50000)
  --postgres <s>     more PostgreSQL settings, as name=value,name=value
  --json             the results as JSON on the last line`;

const flags = {
  quick: { type: "boolean" },
  seconds: { type: "string" },
  rounds: { type: "string" },
  "in-flight": { type: "string" },
  only: { type: "string" },
  lanes: { type: "string" },
  scale: { type: "string" },
  people: { type: "string" },
  postgres: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" },
};

const usual = { seconds: 10, rounds: 3, inFlight: [1, 16, 64, 256], lanes: 2, scale: 100, people: 50_000 };
const quick = { seconds: 2, rounds: 1, inFlight: [1, 16, 64], lanes: 2, scale: 5, people: 2_000 };

function readCount(text, name, fallback) {
  if (text === undefined) return fallback;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} is "${text}"; expected a whole number from 1`);
  return count;
}

function readNames(text) {
  if (text === undefined) return candidateNames;
  const names = text.split(",");
  const wrong = names.filter((name) => !candidateNames.includes(name));
  if (wrong.length > 0) throw new Error(`--only names ${wrong.join(", ")}; there are ${candidateNames.join(", ")}`);
  return names;
}

function readSettings(text) {
  return Object.fromEntries((text ?? "").split(",").flatMap((pair) => (pair === "" ? [] : [pair.split("=")])));
}

/**
 * @param {string[]} args without `node` and the script
 * @returns the options, or null when help was asked for; throws a sentence for the first wrong flag
 */
export function readOptions(args) {
  const { values } = parseArgs({ args, options: flags, strict: true });
  if (values.help) return null;
  const base = values.quick ? quick : usual;
  return {
    seconds: readCount(values.seconds, "seconds", base.seconds),
    rounds: readCount(values.rounds, "rounds", base.rounds),
    inFlight: values["in-flight"]?.split(",").map((text) => readCount(text, "in-flight")) ?? base.inFlight,
    only: readNames(values.only),
    lanes: readCount(values.lanes, "lanes", base.lanes),
    scale: readCount(values.scale, "scale", base.scale),
    people: readCount(values.people, "people", base.people),
    settings: readSettings(values.postgres),
    json: values.json ?? false,
    quick: values.quick ?? false,
  };
}
