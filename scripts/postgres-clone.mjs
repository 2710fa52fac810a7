// Copies a running PostgreSQL server's data into a new folder, from which a hot standby of it can start.
import { appendFileSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

/** Folders whose content belongs to the running server alone. */
const emptyFolders = new Set([
  "pg_wal",
  "pg_replslot",
  "pg_dynshmem",
  "pg_notify",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
]);
const leftOut = /^(postmaster\.(pid|opts)|pgsql_tmp.*|pg_internal\.init.*)$/;
/** Read last: it says how far the copy must be rolled forward. */
const control = join("global", "pg_control");

function copyFolder(from, to, path) {
  mkdirSync(join(to, path), { recursive: true, mode: 0o700 });
  for (const entry of readdirSync(join(from, path), { withFileTypes: true })) {
    const name = join(path, entry.name);
    if (entry.isDirectory()) {
      if (!emptyFolders.has(path)) copyFolder(from, to, name);
      else if (path === "pg_wal") mkdirSync(join(to, name), { mode: 0o700 });
    } else if (!leftOut.test(entry.name) && !emptyFolders.has(path) && name !== control) copyOne(from, to, name);
  }
}

function copyOne(from, to, name) {
  try {
    copyFileSync(join(from, name), join(to, name));
  } catch (error) {
    // A table that is dropped meanwhile: the log that the standby reads says so too.
    if (error.code !== "ENOENT") throw error;
  }
}

/**
 * Takes a base backup by PostgreSQL's own low-level interface, which needs no program beside the server. The copy starts
 * as a standby that streams from the source; the source must keep the log that it needs (wal_keep_size).
 * @param {{ url: string, dataDir: string }} source a running server, 15 or newer
 * @param {string} dataDir where the copy goes; must not exist
 */
export async function copyCluster(source, dataDir) {
  const client = new pg.Client({ connectionString: source.url });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("select pg_backup_start('standby', true)");
    copyFolder(source.dataDir, dataDir, "");
    copyOne(source.dataDir, dataDir, control);
    const { rows } = await client.query("select labelfile from pg_backup_stop(false)");
    writeFileSync(join(dataDir, "backup_label"), rows[0].labelfile, { mode: 0o600 });
  } finally {
    await client.end();
  }
  const { username, password, hostname, port } = new URL(source.url);
  const login = `user=${username} password=${decodeURIComponent(password)} host=${hostname} port=${port}`;
  writeFileSync(join(dataDir, "standby.signal"), "", { mode: 0o600 });
  appendFileSync(
    join(dataDir, "postgresql.auto.conf"),
    `primary_conninfo = '${login} application_name=standby'\nsynchronous_standby_names = ''\n`,
  );
}
