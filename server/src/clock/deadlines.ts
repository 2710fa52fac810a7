// The loop that wakes the hall when a call's deadline falls due. A timer only wakes; what is done is read from the database.
import type { Clock } from "./clock.ts";

export interface Deadlines {
  /**
   * Carries out every deadline that is due now, each at its own moment, in time order for every call.
   * @returns how many calls were advanced
   */
  runDue(): Promise<number>;
  start(): void;
  /** Stops the loop and waits for the round under way. */
  stop(): Promise<void>;
}

/** How often the database is asked for due calls. A deadline's effect carries its own instant, so lateness costs nobody anything. */
const INTERVAL_MS = 200;

/**
 * @param advanceDue the hall: advances one batch of due calls and returns how many (0 when none is left)
 * @param clock whose now decides what is due
 * @param onError told of a failed round; the next round tries again
 */
export function createDeadlines(world: {
  advanceDue: (now: number) => Promise<number>;
  clock: Clock & { refresh?: () => Promise<void> };
  onError: (error: unknown) => void;
}): Deadlines {
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<number> | undefined;
  let ticking: Promise<void> | undefined;

  async function round(): Promise<number> {
    let total = 0;
    for (;;) {
      const advanced = await world.advanceDue(world.clock.now());
      if (advanced === 0) return total;
      total += advanced;
    }
  }

  // One round at a time in this process: a second caller (the loop, the sandbox) runs after the first, never beside it.
  function runDue(): Promise<number> {
    const next = (underWay ?? Promise.resolve(0)).catch(() => 0).then(round);
    underWay = next;
    return next;
  }

  async function look(): Promise<void> {
    try {
      await world.clock.refresh?.();
      // It may have been stopped meanwhile: then nothing new is begun.
      if (timer !== undefined) await runDue();
    } catch (error) {
      world.onError(error);
    }
    if (timer !== undefined) timer = setTimeout(tick, INTERVAL_MS);
  }

  function tick(): void {
    ticking = look();
  }

  return {
    runDue,
    start() {
      timer ??= setTimeout(tick, 0);
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await ticking;
      await underWay?.catch(() => 0);
    },
  };
}
