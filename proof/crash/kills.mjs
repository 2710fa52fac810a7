// Servers and databases killed, stopped and woken at random moments while people talk.
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Where it is asked how soon a server is ready: people, servers and the database share one small machine, and a server that starts would
 * wait for a core behind more of them.
 */
const fewClients = 4;

/** Runs `round` so often, and no longer than the run may last. */
export async function repeat(times, { isOver, tick }, round) {
  for (let done = 0; done < times; done += 1) {
    if (isOver()) return done;
    await round(done);
    tick(done + 1);
  }
  return times;
}

/** SIGKILL of one server or of both, and started again at once. */
export async function killServers(context, times) {
  const { random, ready } = context;
  const stage = await context.open("kill_servers", { clients: fewClients });
  const { fleet } = stage;
  try {
    stage.load.start();
    await stage.warmUp();
    const killAndStart = async (index) => {
      await fleet.kill(index);
      const from = performance.now();
      await fleet.start(index);
      ready.push(await fleet.ready(index, from));
    };
    let kills = 0;
    await repeat(times, context, async () => {
      if (kills >= times) return;
      await sleep(random.between(0, 400));
      const both = random.chance(0.15) && kills + 2 <= times;
      const indexes = both ? [0, 1] : [random.below(2)];
      kills += indexes.length;
      await Promise.all(indexes.map(killAndStart));
    });
    return { done: kills, ...(await stage.finish()) };
  } finally {
    await stage.stop();
  }
}

/** The database leaves at once (`pg_ctl stop -m immediate`, or SIGKILL of all its processes), and starts again. */
async function crashDatabase({ postgres, random }) {
  if (random.chance(0.7)) await postgres.stopImmediately();
  else await postgres.kill();
  await sleep(random.between(0, 300));
  await postgres.restart();
  return performance.now();
}

/** Only the database falls: the servers outlive it without a restart. */
export async function killPostgres(context, times) {
  const { random, ready } = context;
  const stage = await context.open("kill_postgres");
  const { fleet } = stage;
  try {
    stage.load.start();
    await stage.warmUp();
    const pids = [fleet.pidOf(0), fleet.pidOf(1)];
    const done = await repeat(times, context, async () => {
      await sleep(random.between(0, 600));
      const back = await crashDatabase(context);
      ready.push(...(await Promise.all([0, 1].map((index) => fleet.ready(index, back)))));
      await stage.warmUp(2);
    });
    if (fleet.pidOf(0) !== pids[0] || fleet.pidOf(1) !== pids[1])
      stage.book.accuse("a server that ended by itself", "with its database");
    return { done, ...(await stage.finish()) };
  } finally {
    await stage.stop();
  }
}

/** Servers and database at once, in any order. */
export async function killBoth(context, times) {
  const { random, ready } = context;
  const stage = await context.open("kill_both", { clients: fewClients });
  const { fleet } = stage;
  try {
    stage.load.start();
    await stage.warmUp();
    const done = await repeat(times, context, async () => {
      await sleep(random.between(0, 500));
      const indexes = random.pick([[0], [1], [0, 1]]);
      const database = crashDatabase(context);
      const killAndStart = async (index) => {
        await sleep(random.between(0, 100));
        await fleet.kill(index);
        const from = performance.now();
        await fleet.start(index);
        // A server without its database cannot be ready: the later of the two counts.
        return fleet.ready(index, Math.max(from, await database));
      };
      ready.push(...(await Promise.all(indexes.map(killAndStart))));
      await stage.warmUp(2);
    });
    return { done, ...(await stage.finish()) };
  } finally {
    await stage.stop();
  }
}

/** SIGSTOP and SIGCONT: a server, or the whole database, sleeps in the middle of whatever it is at. */
export async function stopAndWake(context, times) {
  const { postgres, random } = context;
  const stage = await context.open("stop_and_wake");
  const { fleet } = stage;
  try {
    stage.load.start();
    await stage.warmUp();
    const done = await repeat(times, context, async (index) => {
      await sleep(random.between(0, 300));
      // Now and then longer than a client waits, and than another server waits for a key.
      const ms = index % 10 === 9 ? 11_000 : random.between(50, 1500);
      if (random.chance(0.25)) {
        postgres.signalAll("SIGSTOP");
        await sleep(Math.min(ms, 2000));
        postgres.signalAll("SIGCONT");
      } else {
        const chosen = random.below(2);
        fleet.signal(chosen, "SIGSTOP");
        await sleep(ms);
        fleet.signal(chosen, "SIGCONT");
      }
      await stage.warmUp(2);
    });
    return { done, ...(await stage.finish()) };
  } finally {
    postgres.signalAll("SIGCONT");
    await stage.stop();
  }
}
