// When a session has to be paid: what each piece of news, and what is read without any, says about its end.
import type { Notice } from "../client/live.ts";
import type { CallJson } from "../client/wire.ts";
import { isFinal } from "../hooks/useCall.ts";
import type { EndCause } from "./pending.ts";

/** So long a lost connection may come back before anybody is asked to pay. */
export const graceMs = 30_000;

const causeOfReason: Readonly<Record<string, EndCause>> = {
  connection_lost: "connection-lost",
  heartbeat_timeout: "heartbeat-timeout",
};

/** What a notice means for one session: it is over, a connection was lost, or the connection is back. */
export type Heard = { end: EndCause } | { lost: true } | { back: true } | null;

/**
 * Reads a notice.
 * @param names the session's names: the call's id, and its id on the chain
 */
export function readEnding({ type, callId, data }: Notice, names: readonly string[]): Heard {
  const about = typeof data.sessionId === "string" ? data.sessionId : callId;
  if (about === null || !names.includes(about)) return null;
  if (type === "webrtc:session-ended") return { end: causeOfReason[String(data.reason)] ?? "ended" };
  if (type === "webrtc:heartbeat-timeout") return { end: "heartbeat-timeout" };
  if (type === "webrtc:user-disconnected") return data.reason === "connection-lost" ? { lost: true } : null;
  return type === "call:resumed" ? { back: true } : null;
}

/** The same from the call itself, for those who missed the news; null while it goes on. */
export function causeOf(call: CallJson | undefined): EndCause | null {
  if (call === undefined || !isFinal(call.status)) return null;
  return causeOfReason[call.endReason ?? ""] ?? "ended";
}
