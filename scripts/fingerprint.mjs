// Says in one hash whether the dependencies or the sources of the workspace changed since they were last taken in.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

export const packages = ["core", "contracts", "server", "react", "web"];

const skippedFolders = new Set(["node_modules", "dist", ".fairminute", ".test-output", "coverage"]);

/** Every file below `path`, or `path` itself, sorted, without what is generated. */
function listFiles(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  const found = [];
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory() && !skippedFolders.has(entry.name)) found.push(...listFiles(join(path, entry.name)));
    else if (entry.isFile()) found.push(join(path, entry.name));
  }
  return found.sort();
}

function hashFiles(root, paths, salt) {
  const hash = createHash("sha256").update(salt);
  for (const path of paths) {
    const name = relative(root, path).split(sep).join("/");
    hash.update(`\0${name}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
}

/** Hash of everything that decides what stands in node_modules: the lock, each package.json, the platform. */
export function hashDependencies(root) {
  const files = ["package-lock.json", "package.json", ...packages.map((name) => `${name}/package.json`)];
  const present = files.map((name) => join(root, name)).filter((path) => existsSync(path));
  return hashFiles(root, present, `${process.platform} ${process.arch}`);
}

/** Hash of everything the build reads. Tests and READMEs are not built: editing one must not cost a build. */
export function hashSources(root) {
  const whole = [...packages, "tsconfig.base.json", "package.json", "package-lock.json"];
  const files = whole.flatMap((name) => listFiles(join(root, name)));
  const built = files.filter((path) => !/\.test\.tsx?$|\.md$|\.tsbuildinfo$|\.log$/.test(path));
  return hashFiles(root, built, "build 1");
}

/**
 * Whether node_modules already holds exactly what the lock asks for, read from npm's own record of it
 * (node_modules/.package-lock.json). Somebody who ran `npm ci` by hand should not wait for it twice.
 */
export function isInstalled(root) {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  try {
    const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
    const present = JSON.parse(readFileSync(record, "utf8")).packages;
    return Object.entries(wanted).every(([path, entry]) => {
      if (!path.includes("node_modules/") || entry.link) return true;
      const found = present[path];
      if (!found) return entry.optional === true || entry.peer === true;
      return found.version === entry.version && existsSync(join(root, path, "package.json"));
    });
  } catch {
    return false;
  }
}

/** Whether each package that a workspace names itself can be found: catches a node_modules that was pruned or cut short. */
export function hasDirectDependencies(root) {
  return ["", ...packages].every((folder) => {
    const path = join(root, folder, "package.json");
    if (!existsSync(path)) return true;
    const { dependencies, devDependencies } = JSON.parse(readFileSync(path, "utf8"));
    const places = [join(root, "node_modules"), join(root, folder, "node_modules")];
    const names = Object.keys({ ...dependencies, ...devDependencies });
    return names.every((name) => places.some((place) => existsSync(join(place, name, "package.json"))));
  });
}
