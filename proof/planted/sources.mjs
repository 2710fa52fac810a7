// The sources that a looker runs on, and one fingerprint of them: a kept result is good for as long as they stand as they are.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./rewrite.mjs";

/** What others name as seen from the workspace and not from where they stand: the one package they import, the one program they start. */
const named = {
  "@fairminute/core": join(root, "core/src/index.ts"),
  "server/src/cli.ts": join(root, "server/src/cli.ts"),
};

/** Any string that names a file, whether it is imported, read or started as a process. */
const mentions = new RegExp(`["'\`](\\.{1,2}/[^"'\`\\n]*|${Object.keys(named).join("|")})["'\`]`, "g");

const isCode = (path) => /\.(ts|mjs)$/.test(path);

function follow(from, mention) {
  const path = named[mention] ?? join(dirname(from), mention);
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  // A folder is named by those who read its SQL, or list it.
  return readdirSync(path)
    .filter((name) => name.endsWith(".sql"))
    .map((name) => join(path, name));
}

const texts = new Map();
function read(path) {
  if (!texts.has(path)) texts.set(path, readFileSync(path, "utf8"));
  return texts.get(path);
}

/** @returns every file that these ones name, directly or not, themselves included; sorted */
export function closureOf(files) {
  const known = new Set();
  const open = files.map((file) => join(root, file));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (known.has(path) || !existsSync(path)) continue;
    known.add(path);
    if (isCode(path)) for (const [, mention] of read(path).matchAll(mentions)) open.push(...follow(path, mention));
  }
  return [...known].sort();
}

/** A story may be named by its folder. */
export function filesOf(story) {
  const path = join(root, story);
  if (!statSync(path).isDirectory()) return [story];
  const names = readdirSync(path, { recursive: true }).filter((name) => name.endsWith(".test.ts"));
  return names.sort().map((name) => join(story, name));
}

const migrations = readdirSync(join(root, "server/migrations")).map((name) => join("server/migrations", name));
const hooks = ["proof/planted/plant-sql.mjs", "proof/planted/plant-first.mjs", "proof/planted/seek.mjs"];
const histories = ["proof/planted/histories.mjs", ...hooks];
const stories = ["proof/planted/vitest.config.mjs", "proof/planted/server-histories.mjs", ...hooks, ...migrations];

const hashes = new Map();
function hashOf(files) {
  const key = files.join();
  if (!hashes.has(key)) {
    const hash = createHash("sha256");
    for (const path of closureOf(files)) hash.update(`${relative(root, path)}\n${read(path)}\n`);
    hashes.set(key, hash.digest("hex"));
  }
  return hashes.get(key);
}

/** What a result depends on: the plant itself, how it was looked for, and every file that a looker loads. */
export function fingerprintOf(plant, { limit, server, seed }) {
  const { name, file, find, replace } = plant;
  const lookers = plant.stories === undefined ? histories : [...stories, ...plant.stories.flatMap(filesOf)];
  const how = plant.stories === undefined ? { limit, seed } : { server, seed };
  const asked = JSON.stringify({ name, file, find, replace, how });
  return createHash("sha256").update(asked).update(hashOf(lookers)).digest("hex");
}
