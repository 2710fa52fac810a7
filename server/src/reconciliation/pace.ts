// Keeps looks below a rate, whatever falls due at once.

/** Real time, which no sandbox moves: a provider's patience is measured in it. */
export interface RealTime {
  /** Milliseconds that only grow. */
  elapsed(): number;
  wait(ms: number): Promise<void>;
}

export const realTime: RealTime = {
  elapsed: () => performance.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

export interface Pace {
  /** Waits until at least one look is allowed. @returns how many are, at most `wanted` */
  take(wanted: number): Promise<number>;
  /** Gives back what was not used. */
  giveBack(count: number): void;
}

/** So many a second, and as many at once after a rest. */
export function createPace(perSecond: number, time: RealTime): Pace {
  let allowed = perSecond;
  let countedAt = time.elapsed();
  const count = (): void => {
    const now = time.elapsed();
    allowed = Math.min(perSecond, allowed + ((now - countedAt) / 1000) * perSecond);
    countedAt = now;
  };
  return {
    async take(wanted) {
      for (;;) {
        count();
        if (allowed >= 1) break;
        await time.wait(Math.ceil(((1 - allowed) * 1000) / perSecond));
      }
      const taken = Math.min(wanted, Math.floor(allowed));
      allowed -= taken;
      return taken;
    },
    giveBack(unused) {
      allowed = Math.min(perSecond, allowed + unused);
    },
  };
}
