// Server time on this machine: the local clock plus an offset learned from answers, because a client's clock proves nothing.

/** Tells server time in ms since epoch. */
export type ServerClock = {
  now(): number;
  /** Learns from one answer: when it was asked for, when it came (local ms), and what time the server said it was. */
  sample(sentAt: number, receivedAt: number, serverTime: number): void;
};

const slackMs = 50;
const bestAgesAfterMs = 5 * 60_000;

/**
 * Makes a server clock. The sample with the shortest round trip is believed, until it is old or a newer one contradicts it
 * by more than both could be wrong (the server's clock was moved, as in the sandbox, or ours was).
 */
export function createServerClock(localNow: () => number): ServerClock {
  let best: { offset: number; roundTrip: number; at: number } | null = null;
  return {
    now: () => localNow() + (best?.offset ?? 0),
    sample(sentAt, receivedAt, serverTime) {
      const roundTrip = Math.max(0, receivedAt - sentAt);
      const sample = { offset: serverTime - (sentAt + receivedAt) / 2, roundTrip, at: receivedAt };
      const contradicts =
        best !== null && Math.abs(sample.offset - best.offset) > (roundTrip + best.roundTrip) / 2 + slackMs;
      const stale = best !== null && receivedAt - best.at > bestAgesAfterMs;
      if (best === null || contradicts || stale || roundTrip <= best.roundTrip) best = sample;
    },
  };
}

/** Reads an instant of the wire (ISO text or ms) as ms since epoch; null when it is neither. */
export function readInstant(value: unknown): number | null {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "string") return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}
