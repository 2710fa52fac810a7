// The link to the database lost between a commit and its answer, before a request arrives, or without a word.
import { setTimeout as sleep } from "node:timers/promises";

const reportEvery = 250;

/** Of the commits that move money so many answers are lost, of others so many; and of requests so many do not arrive. */
const shareOfMoney = 0.35;
const shareOfOthers = 0.05;
const shareOfRequests = 0.03;

/** Commits whose answer was lost: the work is done, nobody knows, everybody asks again. */
export async function loseCommits(context, times) {
  const { random, isOver, tick } = context;
  const stage = await context.open("lost_commits", { isProxied: true, clients: 24 });
  const { proxy } = stage;
  try {
    stage.load.start();
    await stage.warmUp();
    // Commits of money are counted; what else is lost comes on top.
    const lost = () => (proxy.counts.byKind.hall ?? 0) + (proxy.counts.byKind.ledger ?? 0);
    proxy.loseAnswers((kind) => lost() < times && random.chance(kind === "other" ? shareOfOthers : shareOfMoney));
    proxy.loseRequests(() => random.chance(shareOfRequests));
    let told = 0;
    while (lost() < times && !isOver()) {
      await sleep(20);
      const steps = Math.floor(lost() / reportEvery);
      if (steps > told) tick(lost());
      told = steps;
    }
    proxy.loseAnswers(() => false);
    proxy.loseRequests(() => false);
    const { requestsLost, byKind } = proxy.counts;
    return { done: lost(), requestsLost, byKind, ...(await stage.finish()) };
  } finally {
    await stage.stop();
  }
}

/** How long a server may take to find out that nobody is there any more, and what the rig allows it. */
const forsakenMs = 45_000;

/** All links fall silent for ever: whoever waits on them must give up by itself. */
async function forsake({ proxy, fleet, book }) {
  proxy.forsake();
  const until = performance.now() + forsakenMs;
  await Promise.all(
    [0, 1].map(async (index) => {
      await fleet.ready(index, performance.now());
      if (performance.now() > until) book.accuse("a server that waits for a machine that is gone", `server ${index}`);
    }),
  );
}

/** The way to the database swallows everything, then comes back with new links. */
export async function fallSilent(context, times) {
  const { random, isOver, tick, ready } = context;
  const stage = await context.open("fall_silent", { isProxied: true });
  const { proxy } = stage;
  try {
    stage.load.start();
    await stage.warmUp();
    let done = 0;
    for (; done < times && !isOver(); done += 1) {
      if (done % 4 === 3) await forsake(stage);
      proxy.beSilent(true);
      await sleep(random.between(200, 1500));
      proxy.beSilent(false);
      proxy.cutAll();
      const from = performance.now();
      ready.push(...(await Promise.all([0, 1].map((index) => stage.fleet.ready(index, from)))));
      await stage.warmUp(2);
      tick(done + 1);
    }
    return { done, ...(await stage.finish()) };
  } finally {
    await stage.stop();
  }
}
