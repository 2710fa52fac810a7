// The reference: pgbench's own TPC-B-like transaction on the same server, which every rate is put beside.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { runStep } from "../scripts/step.mjs";

const run = promisify(execFile);
/** The plateau of the curve on small machines: with fewer or more clients TPC-B is slower. */
const clients = 16;

/** Newest first, so that an older pgbench is only taken when there is no other. */
function findPgbench() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((name) => join(debian, name, "bin")), ...(process.env.PATH ?? "").split(delimiter)];
  return folders.map((folder) => join(folder, "pgbench")).find((path) => existsSync(path)) ?? null;
}

function isDebianRoot() {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get") || !existsSync("/etc/os-release")) return false;
  return /^ID(_LIKE)?=.*debian/m.test(readFileSync("/etc/os-release", "utf8"));
}

/**
 * The pgbench program. It comes with the system's PostgreSQL only, so as root on Debian that is installed when missing.
 * @returns {Promise<string>} its path; throws a sentence where there is none
 */
export async function requirePgbench() {
  const found = findPgbench();
  if (found !== null) return found;
  if (isDebianRoot()) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const wait = ["-o", "DPkg::Lock::Timeout=120"];
    await runStep("no pgbench here; as root on Debian: apt-get update", "apt-get", [...wait, "update"], { env });
    const install = [...wait, "install", "-y", "--no-install-recommends", "postgresql", "postgresql-contrib"];
    await runStep("apt-get install postgresql", "apt-get", install, { env });
  }
  const path = findPgbench();
  if (path !== null) return path;
  throw new Error(
    "pgbench is missing: it comes with the system's PostgreSQL (apt-get install postgresql postgresql-contrib)",
  );
}

async function pgbench(path, url, args) {
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = ["-h", hostname, "-p", port, "-U", username, pathname.slice(1)];
  const env = { ...process.env, PGPASSWORD: decodeURIComponent(password) };
  return run(path, [...args, ...connection], { env, maxBuffer: 1 << 24 });
}

/** Fills the reference's own database once; `scale` times 100,000 accounts. */
export async function openTpcb(postgres, path, scale) {
  const url = await postgres.createDatabase("tpcb");
  await pgbench(path, url, ["-i", "-q", "-s", String(scale)]);
  return {
    clients,
    /** @returns transactions per second and the mean latency in ms */
    async run(seconds) {
      const { stdout } = await pgbench(path, url, [
        "-M",
        "prepared",
        "-c",
        String(clients),
        "-j",
        "2",
        "-T",
        String(seconds),
      ]);
      const perSecond = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]);
      if (!(perSecond > 0)) throw new Error(`pgbench gave no rate:\n${stdout}`);
      return { perSecond, latencyMean: Number(/latency average = ([\d.]+)/.exec(stdout)?.[1]) };
    },
  };
}
