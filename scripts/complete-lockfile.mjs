// Completes package-lock.json with the optional platform packages that the machine which wrote it could not see.
//
// Why: npm writes a lock entry only for packages its registry shows. A mirror that carries no macOS or Windows
// builds therefore leaves holes, and `npm ci` of npm 11 then refuses the whole file ("Missing ... from lock file").
// An entry of version, os, cpu and libc is enough: npm skips it on other platforms, and on its own platform fetches
// exactly that version. Run it after every `npm install`:  node scripts/complete-lockfile.mjs [--check]
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const systems = "aix android darwin freebsd linux netbsd openbsd openharmony sunos win32 windows".split(" ");
const processors = ["arm64", "x64", "ia32", "arm", "ppc64", "riscv64", "s390x", "loong64", "mips64el", "wasm32"];

/**
 * The os, cpu and libc that a platform package declares, read from its name: `@biomejs/cli-linux-x64-musl` is
 * linux, x64, musl. Returns null when the name tells no system: then guessing would be worse than a hole.
 */
export function readPlatform(name) {
  const words = name.slice(name.lastIndexOf("/") + 1).split(/[-_]/);
  const system = words.find((word) => systems.includes(word));
  const cpu = words.find((word) => processors.includes(word));
  if (!system) return null;
  const libraries = { musl: "musl", gnu: "glibc", glibc: "glibc" };
  const libc = words.map((word) => libraries[word]).find(Boolean);
  return { os: system === "windows" ? "win32" : system, cpu: cpu ?? null, libc: libc ?? null };
}

/** The lowest version that a range of package.json allows: `^18.4.0-beta.17` gives `18.4.0-beta.17`; null if unclear. */
export function lowestVersion(range) {
  return /^[\^~]?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/.exec(range)?.[1] ?? null;
}

/** Whether a package of this name is found in the lock from the folder of `parent`, as Node would look it up. */
function isLocked(packages, parent, name) {
  for (
    let folder = parent;
    folder !== "";
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))
  ) {
    if (packages[`${folder}/node_modules/${name}`]) return true;
  }
  return Boolean(packages[`node_modules/${name}`]);
}

/**
 * Every optional platform package that the lock promises and does not list, as `[path, entry]` ready to be put in.
 * `unclear` are names whose version or system cannot be told: these need `npm install` on a machine that sees them.
 * @param {{ packages: Record<string, any> }} lock
 * @returns {{ holes: [path: string, entry: object][], unclear: string[] }}
 */
export function findHoles(lock) {
  const holes = [];
  const unclear = [];
  for (const [parent, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isLocked(lock.packages, parent, name)) continue;
      const version = lowestVersion(range);
      const platform = readPlatform(name);
      if (!version || !platform) {
        unclear.push(`${name}@${range}`);
        continue;
      }
      const hole = { version, ...(platform.cpu ? { cpu: [platform.cpu] } : {}) };
      if (entry.dev) hole.dev = true;
      if (platform.libc) hole.libc = [platform.libc];
      holes.push([`node_modules/${name}`, { ...hole, optional: true, os: [platform.os] }]);
    }
  }
  return { holes, unclear };
}

/**
 * A copy of the lock with the holes filled, its packages in npm's own order so that the next install moves nothing.
 * @param {{ packages: Record<string, any> }} lock
 * @param {[path: string, entry: object][]} holes
 */
export function fillHoles(lock, holes) {
  const entries = [...Object.entries(lock.packages), ...holes];
  entries.sort(([a], [b]) => a.localeCompare(b, "en"));
  return { ...lock, packages: Object.fromEntries(entries) };
}

function run(checkOnly) {
  const path = join(dirname(fileURLToPath(import.meta.url)), "..", "package-lock.json");
  const lock = JSON.parse(readFileSync(path, "utf8"));
  const { holes, unclear } = findHoles(lock);
  for (const name of unclear) console.error(`cannot tell version or platform of ${name}: add it by hand`);
  for (const [name, entry] of holes) console.log(`${checkOnly ? "missing" : "added"} ${name}@${entry.version}`);
  if (!checkOnly && holes.length > 0) writeFileSync(path, `${JSON.stringify(fillHoles(lock, holes), null, 2)}\n`);
  if (holes.length === 0 && unclear.length === 0) console.log("package-lock.json lists every platform package");
  process.exitCode = unclear.length > 0 || (checkOnly && holes.length > 0) ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) run(process.argv.includes("--check"));
