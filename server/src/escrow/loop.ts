// The loop: a timer only wakes it, what is to be done is read from the chain and the database.

interface LoopWorld {
  runDue: () => Promise<number>;
  repair: () => Promise<void>;
  now: () => number;
  everyMs: number;
  onFault: (error: unknown) => void;
}

/** How often rows are put right that the triggers missed. */
const REPAIR_EVERY_MS = 60_000;

export function createLoop({ runDue, repair, now, everyMs, onFault }: LoopWorld) {
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> | undefined;
  let repairedAt = Number.NEGATIVE_INFINITY;
  let isOn = false;

  async function round(): Promise<void> {
    try {
      if (Math.abs(now() - repairedAt) >= REPAIR_EVERY_MS) {
        repairedAt = now();
        await repair();
      }
      await runDue();
    } catch (error) {
      onFault(error);
    }
    underWay = undefined;
    if (isOn) timer = setTimeout(run, everyMs);
  }

  function run(): void {
    clearTimeout(timer);
    underWay ??= round();
  }

  return {
    start() {
      if (isOn) return;
      isOn = true;
      timer = setTimeout(run, 0);
    },
    /** There may be news: the next round is now, if there is a loop. */
    poke() {
      if (isOn) run();
    },
    /** Ends the loop when the round that is under way is over. */
    async stop() {
      isOn = false;
      clearTimeout(timer);
      await underWay;
    },
  };
}
