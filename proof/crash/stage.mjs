// One scenario's world: a database, two servers on it, people who use them, and the verdict at the end.
import { setTimeout as sleep } from "node:timers/promises";
import { createBook } from "./book.mjs";
import { Fleet } from "./fleet.mjs";
import { Load } from "./load.mjs";
import { beginJournal } from "./oracle.mjs";
import { openProxy } from "./proxy.mjs";
import { judge } from "./verdict.mjs";

/**
 * @param {{ name: string, databaseUrl: string, directUrl?: string, random: any, clients?: number, sources: boolean, servers?: number,
 *   started?: number, env?: Record<string, string>, onBook?: (book: any) => void }} options `directUrl`: the database without the proxy
 *   that `databaseUrl` may lead through; `started`: so many of the servers run from the beginning
 */
export async function openStage({
  name,
  databaseUrl,
  directUrl = databaseUrl,
  random,
  clients = 12,
  sources,
  servers = 2,
  started = servers,
  env,
  onBook,
}) {
  const book = createBook();
  onBook?.(book);
  const fleet = new Fleet({ count: servers, databaseUrl, sources, env });
  await Promise.all(Array.from({ length: started }, (_, index) => fleet.start(index)));
  await beginJournal(directUrl, sources);
  const load = new Load({ fleet, random: random.fork(name), book, clients, name });
  return {
    book,
    fleet,
    load,
    directUrl,
    /** Waits until some stories are over, so that there is something to break. */
    async warmUp(stories = 5) {
      const from = load.finished.stories;
      const until = performance.now() + 30_000;
      while (load.finished.stories < from + stories && performance.now() < until) await sleep(10);
    },
    /** Everybody finishes, every deadline passes, everything is looked at. */
    async finish(where = directUrl) {
      await load.stop();
      const calls = await judge({ databaseUrl: where, fleet, load, book, sources });
      return { calls, ...book.figures };
    },
    stop: () => fleet.killAll(),
  };
}

/**
 * A stage on a database of its own, by way of a proxy where one is wanted.
 * @param {{ postgres: any, random: any, sources: boolean, onBook: (book: any) => void }} world
 * @param {{ clients?: number, isProxied?: boolean }} [options]
 */
async function openAlone({ postgres, random, sources, onBook }, name, { clients, isProxied = false } = {}) {
  const directUrl = await postgres.createDatabase(name);
  const proxy = isProxied ? await openProxy({ port: postgres.port }) : null;
  const databaseUrl = proxy?.through(directUrl) ?? directUrl;
  const stage = await openStage({ name, databaseUrl, directUrl, random, sources, clients, onBook });
  const stop = async () => {
    await stage.stop();
    await proxy?.close();
  };
  return { ...stage, proxy, stop };
}

/**
 * Where the scenarios get their stages from: each one of its own, or, in a small round, all the same one, whose verdict is
 * given once at the end.
 * @returns `open(name, options)`, and `close()`, which gives the figures of the shared stage
 */
export function createStages(world, { isShared }) {
  let shared = null;

  async function openShared({ clients } = {}) {
    shared ??= await openAlone(world, "shared", { isProxied: true });
    // Races are run by people of their own, while nobody else is at work.
    if (clients === 0) await shared.load.stop();
    return { ...shared, finish: async () => ({}), stop: async () => {} };
  }

  return {
    open: (name, options) => (isShared ? openShared(options) : openAlone(world, name, options)),
    async close() {
      if (shared === null) return null;
      try {
        return await shared.finish();
      } finally {
        await shared.stop();
      }
    },
  };
}
