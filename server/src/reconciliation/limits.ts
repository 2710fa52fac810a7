// How often, how many and how long: the settings of the looks, and when the next one is due. Pure.
import type { CallStatus, Terms } from "@fairminute/core";

/** The bounds of looking. */
export interface LookLimits {
  /** Looks a second that one server begins. */
  perSecond: number;
  /** Looks under way at once in one server. */
  atOnce: number;
  /** A provider that has not answered one question by then has not answered. */
  answerMs: number;
  /** A look that is taken and not given back, because its server died, is taken again after this long. */
  leaseMs: number;
  /** Two sources may differ by so much on how long somebody was there, and are still one opinion. */
  toleranceSeconds: number;
}

export const defaultLimits: LookLimits = {
  perSecond: 20,
  atOnce: 20,
  answerMs: 7000,
  leaseMs: 40_000,
  toleranceSeconds: 5,
};

/** The bounds of a rate of looks a second: as many may be under way at once, so that slow answers do not slow them down. */
export function boundsOf(perSecond: number): Pick<LookLimits, "perSecond" | "atOnce"> {
  return { perSecond, atOnce: Math.max(defaultLimits.atOnce, perSecond) };
}

/** The first parts of an interval: how closely a start is found, and how closely an end. Together less than one. */
const EAGER = 0.15;
const PATIENT = 0.3;
const STEADY = 0.8;
/** How long somebody is looked for eagerly, and how long patiently: most people come at once or not at all. */
const EAGER_FOR_MS = 60_000;
const PATIENT_FOR_MS = 300_000;
/** A connection that is lost comes back within this, or mostly never. */
const RETURN_WITHIN_MS = 15_000;
const LEAST_MS = 1000;

/** What the next look depends on. */
export interface LiveCall {
  status: CallStatus;
  acceptedAt: number | null;
  interruptedSince: number | null;
  /** Whether anybody was in the room just now. */
  isAnybodyThere: boolean;
  limits: Pick<Terms["limits"], "heartbeatTimeoutSeconds" | "reconnectGraceSeconds" | "pollIntervalSeconds">;
}

/** What a bill may be off by when no webhook comes at all, ms: looks are so close that start and end together stay within it. */
export const intervalMsOf = ({ pollIntervalSeconds }: Pick<Terms["limits"], "pollIntervalSeconds">): number =>
  pollIntervalSeconds * 1000;

/**
 * When a live call is looked at again. While both talk, so often that an end is found closely, that sightings join into one stretch
 * of the log, and that one wrong answer is refuted before a grace has passed; more often while somebody is waited for.
 */
export function nextLiveLook(call: LiveCall, at: number): number {
  const intervalMs = intervalMsOf(call.limits);
  if (call.status === "pending") return at + intervalMs;
  const pauseMs = pauseOf(call, at) * intervalMs;
  const longestMs = call.status === "active" ? steadyMs(call, intervalMs) : intervalMs;
  return at + Math.max(LEAST_MS, Math.min(pauseMs, longestMs));
}

function pauseOf(call: LiveCall, at: number): number {
  if (call.status !== "active") {
    const waitedMs = at - (call.acceptedAt ?? at);
    if (call.isAnybodyThere || waitedMs < EAGER_FOR_MS) return EAGER;
    // A call may be registered hours before anybody comes: then a whole interval does, until the first one is there.
    return waitedMs < PATIENT_FOR_MS ? PATIENT : 1;
  }
  if (call.interruptedSince === null) return STEADY;
  return at - call.interruptedSince < RETURN_WITHIN_MS ? EAGER : PATIENT;
}

function steadyMs({ limits }: LiveCall, intervalMs: number): number {
  const graceMs = limits.reconnectGraceSeconds * 1000;
  const joining = (limits.heartbeatTimeoutSeconds * 1000) / 2;
  return Math.min(STEADY * intervalMs, joining, graceMs > 0 ? graceMs / 2 : Number.POSITIVE_INFINITY);
}

/** How long after the first answer that missed somebody the second one is worth something: not the same mistake still. */
export const CONFIRM_MS = 2000;

/** When doubted absences can be confirmed, by when each was first told; null when there are none. */
export function nextConfirmation(missedAt: readonly number[]): number | null {
  return missedAt.length === 0 ? null : Math.min(...missedAt) + CONFIRM_MS;
}

const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 60_000;

/** When to try again after so many failures in a row: soon at first, once a minute at last, and never not at all. */
export function nextTry(failures: number, at: number): number {
  return at + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10));
}

/** A provider's own record may take a while after the end: it is asked for again after these. */
const reportPausesMs = [2000, 4000, 8000, 16_000];

/** When a record that was not complete is asked for again; null when it has been asked for often enough. */
export function nextReport(tries: number, at: number): number | null {
  const pause = reportPausesMs[tries - 1];
  return pause === undefined ? null : at + pause;
}

/** Who holds a token may come back to a room that was closed: it is looked at again so long after. */
const watchAfterMs = [15_000, 60_000, 300_000, 660_000];

/** The next look at a room that was empty at `closedAt`; null when there is no need of one any more. */
export function nextWatch(closedAt: number, at: number): number | null {
  const next = watchAfterMs.find((after) => closedAt + after > at);
  return next === undefined ? null : closedAt + next;
}
