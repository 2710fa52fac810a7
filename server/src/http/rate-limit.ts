// How often one caller may ask a route: in memory, per server, because it only keeps one client from wearing out the others.
import { FairminuteError } from "@fairminute/core";
import type { Caller } from "./auth.ts";

/** So many at once, and one more every `everyMs`. */
export interface RateLimit {
  burst: number;
  everyMs: number;
}

/** Callers that are remembered; who has not asked for long is forgotten first. */
const CALLERS_MAX = 10_000;

/**
 * Makes the limit of one route.
 * @returns a function that counts a request of a user, or throws `rate_limited` with the seconds after which there is room
 */
export function createRateLimit({ burst, everyMs }: RateLimit, clock: { now(): number }): (caller: Caller) => void {
  // When each caller's bucket would be full again: the whole state of a bucket is one instant.
  const fullAt = new Map<string, number>();
  return (caller) => {
    // A backend asks for all of its users, and has its own ways to hold them back.
    if (caller.kind === "backend") return;
    const key = `${caller.kind} ${caller.userId ?? ""}`;
    const now = clock.now();
    const before = Math.max(now, Math.min(fullAt.get(key) ?? now, now + burst * everyMs));
    const after = before + everyMs;
    const lateMs = after - now - burst * everyMs;
    if (lateMs > 0) {
      const seconds = Math.ceil(lateMs / 1000);
      const message = `Too many requests of this kind. Try again in ${seconds} s.`;
      throw new FairminuteError("rate_limited", message, { details: { retryAfterSeconds: seconds } });
    }
    fullAt.delete(key);
    fullAt.set(key, after);
    if (fullAt.size > CALLERS_MAX) fullAt.delete(fullAt.keys().next().value as string);
  };
}
