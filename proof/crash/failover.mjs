// A primary is killed and its synchronous standby takes its place, again and again; between them the address stays the same.
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres } from "../../scripts/postgres.mjs";
import { quietSettings, runSql } from "./database.mjs";
import { ask } from "./http-client.mjs";
import { repeat } from "./kills.mjs";
import { openProxy } from "./proxy.mjs";
import { openStage } from "./stage.mjs";

const settings = {
  ...quietSettings,
  wal_level: "replica",
  max_wal_senders: 10,
  wal_keep_size: "1GB",
  hot_standby: "on",
  // A commit is answered when the standby shows it: whatever was answered survives the primary.
  synchronous_commit: "remote_apply",
};

const waitMs = 60_000;

/** A standby of the primary that every commit from now on waits for. */
async function addStandby(primary) {
  const standby = await startPostgres({ settings, cloneOf: primary });
  await runSql(primary.url, ["alter system set synchronous_standby_names = '*'", "select pg_reload_conf()"]);
  for (const until = performance.now() + waitMs; performance.now() < until; await sleep(20)) {
    const [row] = await runSql(primary.url, ["select sync_state from pg_stat_replication where state = 'streaming'"]);
    if (row?.sync_state === "sync") return standby;
  }
  throw new Error("the standby does not follow");
}

const databaseAt = (postgres, name) => {
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  return url.href;
};

/** The servers are led to the standby while it only reads, as a proxy that chose wrongly would: they say so, and write nothing. */
async function visitStandby({ proxy, stage, primary, standby }) {
  proxy.leadTo(standby.port);
  proxy.cutAll();
  await sleep(700);
  const answer = await ask(stage.fleet.url(0), "GET", "/readyz").catch(() => null);
  if (answer?.status === 200)
    stage.book.accuse("a server that says it is ready and can write nothing", "on a hot standby");
  proxy.leadTo(primary.port);
  proxy.cutAll();
}

/** Kills the primary under load; its standby is promoted, and a new standby follows that. */
export async function failOver(context, times) {
  const { random, sources, ready, onBook } = context;
  const name = "failover";
  let primary = await startPostgres({ settings });
  let standby = null;
  let proxy = null;
  let stage = null;
  try {
    const directUrl = await primary.createDatabase(name);
    proxy = await openProxy({ port: primary.port });
    stage = await openStage({ name, databaseUrl: proxy.through(directUrl), random, sources, onBook });
    stage.load.start();
    await stage.warmUp();
    const done = await repeat(times, context, async (number) => {
      standby = await addStandby(primary);
      await stage.warmUp(3);
      if (number % 5 === 1) {
        await visitStandby({ proxy, stage, primary, standby });
        await stage.warmUp(2);
      }
      await sleep(random.between(0, 500));
      await primary.kill();
      await runSql(standby.url, ["select pg_promote(true, 60)"]);
      proxy.leadTo(standby.port);
      proxy.cutAll();
      const from = performance.now();
      ready.push(...(await Promise.all([0, 1].map((index) => stage.fleet.ready(index, from)))));
      await primary.stop();
      primary = standby;
      standby = null;
      await stage.warmUp(2);
    });
    return { done, ...(await stage.finish(databaseAt(primary, name))) };
  } finally {
    await stage?.stop();
    await proxy?.close();
    await standby?.stop();
    await primary.stop();
  }
}
