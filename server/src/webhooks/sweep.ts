// The loop that carries out webhooks whose server died between keeping and recording them, and forgets those that are long done.
// It only wakes; what is done is read from the database.
import type { Webhooks } from "./webhooks.ts";

export interface Sweep {
  start(): void;
  /** Stops the loop and waits for the round under way. */
  stop(): Promise<void>;
}

/** A webhook that waits is rare, and the provider's next one for its room brings it along. */
const INTERVAL_MS = 2000;
/** Webhooks are kept for days: it is enough to look now and then for those that are older. */
const FORGET_EVERY_MS = 3_600_000;

/** @param world.onFault told of a failed round; the next round tries again */
export function createSweep(world: {
  webhooks: Pick<Webhooks, "applyPending" | "forgetOld">;
  now: () => number;
  /** How long the loop rests; a test's own otherwise. */
  everyMs?: number;
  onFault: (error: unknown) => void;
}): Sweep {
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<unknown> | undefined;
  let forgottenAt = Number.NEGATIVE_INFINITY;

  async function sweep(): Promise<void> {
    await world.webhooks.applyPending();
    if (Math.abs(world.now() - forgottenAt) < FORGET_EVERY_MS) return;
    // What was left behind for long is forgotten a batch a round, so that nothing else has to wait for it.
    if (!(await world.webhooks.forgetOld())) forgottenAt = world.now();
  }

  function tick(): void {
    round = sweep()
      .catch(world.onFault)
      .then(() => {
        if (timer !== undefined) timer = setTimeout(tick, world.everyMs ?? INTERVAL_MS);
      });
  }

  return {
    start() {
      timer ??= setTimeout(tick, 0);
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await round;
    },
  };
}
