// Servers of an old and a new schema together: a newer server expands the schema while older ones are at work.
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runCommand } from "./fleet.mjs";
import { openStage } from "./stage.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const migration = "9999_expand.sql";

/** What a next version may do to a schema that older servers use: add, never take away. */
const expand = `-- A schema as the next version may have it: more columns, another table, another index.
alter table calls add column mood text;
alter table call_events add column grade int;
alter table users add column nickname text;
alter table accounts add column label text;
alter table transfers add column note text;
alter table notices add column weight int not null default 1;
alter table idempotency_keys add column seen int not null default 0;
alter table call_deadlines add column reason text;
create table moods (call_id text primary key, mood text);
create index transfers_by_note on transfers (note) where note is not null;
`;

/** The next version: this one, with one migration more. It lives beside the clone and uses its packages. */
function makeNextVersion(sources) {
  const folder = mkdtempSync(join(tmpdir(), "fairminute-next-"));
  const code = sources ? "src" : "dist";
  for (const path of ["server/package.json", "server/migrations", `server/${code}`, "package.json"])
    cpSync(join(root, path), join(folder, path), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  symlinkSync(join(root, "docs"), join(folder, "docs"));
  writeFileSync(join(folder, "server/migrations", migration), expand);
  return folder;
}

/** Three servers: two old ones at work, the new one comes, migrates, and works beside them. */
export async function expandSchema(context, times) {
  const { postgres, random, sources, isOver, tick, onBook } = context;
  const folder = makeNextVersion(sources);
  const figures = { calls: 0, answers: 0, unavailable: 0, lost: 0 };
  let done = 0;
  try {
    for (; done < times && !isOver(); done += 1) {
      const databaseUrl = await postgres.createDatabase(`schemas_${done}`);
      const round = await expandOnce({ databaseUrl, name: `schemas_${done}`, folder, random, sources, onBook });
      for (const key of Object.keys(figures)) figures[key] += round[key];
      tick(done + 1);
    }
    return { done, ...figures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function expandOnce({ databaseUrl, name, folder, random, sources, onBook }) {
  const stage = await openStage({ name, databaseUrl, random, sources, onBook, servers: 3, started: 2 });
  const { book, fleet, load } = stage;
  try {
    load.start();
    await stage.warmUp(10);
    await fleet.start(2, folder);
    await stage.warmUp(20);
    await sleep(random.between(200, 800));
    // An old server that would start now must not: it says which version is wanted.
    const env = { DATABASE_URL: databaseUrl, PORT: "0", HOST: "127.0.0.1" };
    const refused = await runCommand({ sources, env, args: ["start", "--json"] });
    if (refused.code === 0 || !/newer Fairminute/.test(refused.err))
      book.accuse("an old server that starts on a newer schema", `exit ${refused.code} ${refused.err}`);
    // The old ones go one after the other, as in a rolling update.
    await fleet.kill(0);
    await stage.warmUp(5);
    return await stage.finish();
  } finally {
    await stage.stop();
  }
}
