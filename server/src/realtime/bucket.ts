// A token bucket: how many messages one socket may send.

/** `burst` messages at once, and `perSecond` more with every second. Whole numbers. */
export type BucketLimits = { readonly burst: number; readonly perSecond: number };

export type Bucket = {
  /** Takes one. Returns 0 when there was one, else the milliseconds until there will be. */
  take(): number;
};

/** The level is counted in thousandths of a message: so many milliseconds times `perSecond` stay whole numbers. */
const whole = 1000;

/** Makes a full bucket. A clock that is moved back fills nothing and takes nothing away. */
export function createBucket(limits: BucketLimits, clock: { now(): number }): Bucket {
  const full = limits.burst * whole;
  let level = full;
  let filledAt = clock.now();
  return {
    take() {
      const now = clock.now();
      level = Math.min(full, level + Math.max(0, now - filledAt) * limits.perSecond);
      filledAt = Math.max(filledAt, now);
      if (level >= whole) {
        level -= whole;
        return 0;
      }
      return Math.ceil((whole - level) / limits.perSecond);
    },
  };
}
