// Reads the flags of `npm run crash`.
import { parseArgs } from "node:util";

/** What a full run does; the small one is part of `npm test`. */
export const fullCounts = {
  kills: 500,
  postgres: 200,
  both: 50,
  stops: 50,
  "lost-commits": 10_000,
  silences: 40,
  pool: 30,
  disk: 20,
  "read-only": 30,
  failovers: 50,
  schemas: 5,
  races: 10_000,
};
export const smallCounts = {
  kills: 2,
  postgres: 2,
  both: 1,
  stops: 1,
  "lost-commits": 60,
  silences: 1,
  pool: 2,
  disk: 1,
  "read-only": 1,
  failovers: 1,
  schemas: 1,
  races: 60,
};

const count = (name) => String(fullCounts[name]);

export const usage = `npm run crash -- [flags]

  --kills <n>         SIGKILL of a server (${count("kills")})
  --postgres <n>      PostgreSQL killed, or stopped as by pg_ctl stop -m immediate (${count("postgres")})
  --both <n>          both at once (${count("both")})
  --stops <n>         SIGSTOP and SIGCONT of a server or of PostgreSQL (${count("stops")})
  --lost-commits <n>  commits of money whose answer is lost on the way (${count("lost-commits")})
  --silences <n>      the way to the database falls silent (${count("silences")})
  --pool <n>          no connection is left (${count("pool")})
  --disk <n>          the database's disk is full (${count("disk")})
  --read-only <n>     the database takes no writes (${count("read-only")})
  --failovers <n>     the primary is killed, its synchronous standby promoted (${count("failovers")})
  --schemas <n>       a newer server expands the schema under older ones (${count("schemas")})
  --races <n>         of two servers on one call, and as many of two calls on one balance (${count("races")})
  --only <list>       these alone, such as kills,races
  --small             a few of each, as in npm test
  --minutes <n>       begins nothing new after so long, and says what was reached (150)
  --seed <n>          of the rig's choices; what real programs do meanwhile stays their own (1)
  --json              the results as JSON on the last line`;

const names = Object.keys(fullCounts);
const numbers = [...names, "minutes", "seed"];

function readNumber(text, name, fallback) {
  if (text === undefined) return fallback;
  const number = Number(text);
  if (/^\d{1,7}$/.test(text) && number >= 0) return number;
  throw new Error(`--${name} is "${text}"; expected a whole number from 0`);
}

function readNames(text) {
  if (text === undefined) return names;
  const chosen = text.split(",");
  const wrong = chosen.filter((name) => !names.includes(name));
  if (wrong.length > 0) throw new Error(`--only names ${wrong.join(", ")}; there are ${names.join(", ")}`);
  return chosen;
}

/**
 * @param {string[]} args without `node` and the script
 * @returns the options, or null when help was asked for; throws a sentence for the first wrong flag
 */
export function readOptions(args) {
  const flags = Object.fromEntries(numbers.map((name) => [name, { type: "string" }]));
  const more = {
    only: { type: "string" },
    small: { type: "boolean" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  };
  const { values } = parseArgs({ args, options: { ...flags, ...more }, strict: true });
  if (values.help) return null;
  const base = values.small ? smallCounts : fullCounts;
  const only = readNames(values.only);
  const counts = names.map((name) => [name, only.includes(name) ? readNumber(values[name], name, base[name]) : 0]);
  return {
    counts: Object.fromEntries(counts),
    minutes: readNumber(values.minutes, "minutes", 150),
    seed: readNumber(values.seed, "seed", 1),
    isShared: values.small ?? false,
    json: values.json ?? false,
  };
}
