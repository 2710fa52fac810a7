// Chooses the user under whom a PostgreSQL server runs: the programs refuse to run as root.
import { chmodSync, chownSync, lchownSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isReachable } from "./postgres-binaries.mjs";

/**
 * Null when we are an ordinary user and the server simply runs as us; as root the user `postgres`, else `nobody`,
 * else any other user of the machine. They must stand in /etc/passwd: initdb asks there for its own name.
 */
export function chooseUser() {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .filter((fields) => fields.length > 3 && fields[2] !== "0")
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  const chosen =
    ["postgres", "nobody"].map((name) => users.find((user) => user.name === name)).find(Boolean) ?? users[0];
  if (!chosen) throw new Error("PostgreSQL cannot run as root, and /etc/passwd names no other user");
  return chosen;
}

/** Gives a path and everything in it to the user; nothing to do when the server runs as us. */
export function giveTo(user, path) {
  if (!user) return;
  lchownSync(path, user.uid, user.gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveTo(user, join(path, name));
}

/** A new private folder that the user can enter, `inside` another where one is named: not every TMPDIR of root can be entered by somebody else. */
export function makeFolder(user, inside) {
  const places = inside === undefined ? [tmpdir(), "/tmp", "/var/tmp", "/dev/shm"] : [inside];
  for (const place of places) {
    let folder;
    try {
      folder = mkdtempSync(join(place, "fairminute-postgres-"));
    } catch {
      continue;
    }
    chmodSync(folder, 0o700);
    if (user) chownSync(folder, user.uid, user.gid);
    if (!user || isReachable(folder, user)) return folder;
    rmSync(folder, { recursive: true, force: true });
  }
  throw new Error(`none of ${places.join(", ")} can hold a database of the user ${user?.name ?? "that runs this"}`);
}
