// The loop that carries out webhooks whose server died between keeping and recording them. It only wakes; what is done is read from the database.
import type { Webhooks } from "./webhooks.ts";

export interface Sweep {
  start(): void;
  /** Stops the loop and waits for the round under way. */
  stop(): Promise<void>;
}

/** A webhook that waits is rare, and the provider's next one for its room brings it along. */
const INTERVAL_MS = 2000;

/** @param world.onFault told of a failed round; the next round tries again */
export function createSweep(world: {
  webhooks: Pick<Webhooks, "applyPending">;
  onFault: (error: unknown) => void;
}): Sweep {
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<unknown> | undefined;

  function tick(): void {
    round = world.webhooks
      .applyPending()
      .catch(world.onFault)
      .then(() => {
        if (timer !== undefined) timer = setTimeout(tick, INTERVAL_MS);
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
