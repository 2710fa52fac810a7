// In which condition a call is for its screen: does the meter run, who is missing, is the end of the money near.
import type { CallConnectionState } from "../../call/callConnection.ts";
import type { LiveState } from "../../client/live.ts";
import type { CallJson } from "../../client/wire.ts";
import type { Ticker } from "../../hooks/useCallTicker.ts";
import type { MeterCondition } from "./CallMeter.tsx";

export type CallCondition = {
  meter: MeterCondition;
  /** Who is missing while the meter stands; null when nobody is. */
  missing: "self" | "other" | null;
  /** Both are there for the server, but picture and sound are being sought. */
  linkLost: boolean;
  /** Seconds until the money runs out, once that is near enough to say; null before. */
  lowSeconds: number | null;
  /** Seconds until the longest duration is reached, once that is near and comes before the end of the money. */
  limitSeconds: number | null;
};

/** Reads the condition. A lost line of our own is known here before the server can say it. */
export function readCondition(
  call: CallJson,
  ticker: Ticker | null,
  phase: CallConnectionState["phase"],
  live: LiveState,
  me: string | undefined,
): CallCondition {
  const started = call.status === "active" && call.startedAt !== null;
  if (!started) return { meter: "before", missing: null, linkLost: false, lowSeconds: null, limitSeconds: null };
  const selfLost = live !== "online" || phase === "joining";
  const missingIds = ticker?.pausedSince != null ? ticker.missingUserIds : call.interruptedUserIds;
  const otherLost = missingIds.some((userId) => userId !== me);
  const missing = selfLost ? "self" : otherLost ? "other" : null;
  return {
    meter: missing === null && missingIds.length === 0 ? "running" : "paused",
    missing,
    linkLost: missing === null && phase === "reconnecting",
    ...endingOf(call, ticker),
  };
}

/** Which of the two ends comes first, money or time, and in how many seconds when it is near. */
function endingOf(call: CallJson, ticker: Ticker | null): Pick<CallCondition, "lowSeconds" | "limitSeconds"> {
  if (ticker === null || ticker.state.status !== "active") return { lowSeconds: null, limitSeconds: null };
  const money = ticker.affordableUntil ?? Infinity;
  const time = ticker.timeLimitAt ?? Infinity;
  const seconds = Math.max(0, Math.floor((Math.min(money, time) - ticker.now) / 1000));
  if (seconds > call.terms.limits.lowBalanceWarningSeconds) return { lowSeconds: null, limitSeconds: null };
  return money <= time ? { lowSeconds: seconds, limitSeconds: null } : { lowSeconds: null, limitSeconds: seconds };
}
