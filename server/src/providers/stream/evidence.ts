// What each kind of Stream's webhooks proves about a call.
import type { EventType } from "@fairminute/core";
import type { ProviderEvent } from "../provider.ts";
import type { StreamKind } from "./kinds.ts";
import { readLeaveText, readRefusalText } from "./reasons.ts";
import { textAt, timeAt } from "./wire.ts";

/** A genuine webhook, taken apart. `id` is its identity, `at` the instant of its `created_at`. */
export type Notification = { readonly id: string; readonly at: number; readonly body: unknown };

type Edge = {
  type: EventType;
  at: number;
  userId: string | null;
  connectionId?: string;
  reason?: string;
  suffix?: string;
};

function eventOf({ id }: Notification, edge: Edge): ProviderEvent {
  return {
    id: edge.suffix === undefined ? id : `${id}:${edge.suffix}`,
    type: edge.type,
    source: "webhook",
    userId: edge.userId,
    connectionId: edge.connectionId ?? null,
    reason: edge.reason ?? null,
    occurredAt: edge.at,
    untilAt: null,
  };
}

function connectionOf({ body }: Notification): { userId: string; connectionId: string } | null {
  const userId = textAt(body, "participant", "user", "id") ?? textAt(body, "participant", "user_id");
  const connectionId = textAt(body, "participant", "user_session_id");
  return userId === null || connectionId === null ? null : { userId, connectionId };
}

/**
 * A connection begins at `participant.joined_at`, which the joined and the left webhook and the closing report all carry:
 * with one instant in three places the bill is the same whichever of them is lost or late (I6). `created_at` of the joined
 * webhook is later by its way through Stream's queue, and known to that webhook alone: it serves only where the other is missing.
 */
function joined(notification: Notification): ProviderEvent[] {
  const connection = connectionOf(notification);
  if (connection === null) return [];
  const at = timeAt(notification.body, "participant", "joined_at") ?? notification.at;
  return [eventOf(notification, { type: "participant.joined", at, ...connection })];
}

/** A left also tells when its connection began: a joined that never came is not missed. */
function left(notification: Notification): ProviderEvent[] {
  const connection = connectionOf(notification);
  if (connection === null) return [];
  const { body, at } = notification;
  const reason = readLeaveText(textAt(body, "reason"));
  const events = [eventOf(notification, { type: "participant.left", at, reason, ...connection })];
  const since = timeAt(body, "participant", "joined_at");
  if (since !== null) {
    events.push(eventOf(notification, { type: "participant.joined", at: since, suffix: "joined", ...connection }));
  }
  return events;
}

/**
 * The room is empty, or was closed: nobody is in it any more. It is told up to the inactivity timeout after the last leave;
 * where the call says when it really was, that counts.
 */
function roomClosed(notification: Notification): ProviderEvent[] {
  const { body } = notification;
  const runId = textAt(body, "session_id");
  const isSameRun = runId !== null && runId === textAt(body, "call", "session", "id");
  const told = isSameRun ? timeAt(body, "call", "session", "ended_at") : null;
  const at = Math.min(notification.at, told ?? notification.at);
  return [eventOf(notification, { type: "participant.left", at, userId: null, reason: "room_closed" })];
}

/** Somebody pressed "end for all": with their name it is their proven hang-up. Without one it was a timer or a server. */
function ended(notification: Notification): ProviderEvent[] {
  const { at, body } = notification;
  return [eventOf(notification, { type: "call.ended", at, userId: textAt(body, "user", "id") })];
}

function kicked(notification: Notification): ProviderEvent[] {
  const userId = textAt(notification.body, "user", "id");
  return userId === null ? [] : [eventOf(notification, { type: "participant.kicked", at: notification.at, userId })];
}

function accepted(notification: Notification): ProviderEvent[] {
  const userId = textAt(notification.body, "user", "id");
  return userId === null ? [] : [eventOf(notification, { type: "call.accepted", at: notification.at, userId })];
}

/** The caller's own client "rejects" too, when the caller gives up: that is calling off. */
function rejected(notification: Notification): ProviderEvent[] {
  const { at, body } = notification;
  const userId = textAt(body, "user", "id");
  if (userId === null) return [];
  const type = userId === textAt(body, "call", "created_by", "id") ? "call.cancelled" : "call.rejected";
  return [eventOf(notification, { type, at, userId, reason: readRefusalText(textAt(body, "reason")) })];
}

/**
 * Everything else proves nothing about who was there: a call that was made, rung or missed has nobody in it yet, a run
 * that started is told by who joined it, and members are a list of guests, not of people present.
 */
const readers: Partial<Record<StreamKind, (notification: Notification) => ProviderEvent[]>> = {
  "call.session_participant_joined": joined,
  "call.session_participant_left": left,
  "call.session_ended": roomClosed,
  "call.ended": ended,
  "call.kicked_user": kicked,
  "call.blocked_user": kicked,
  "call.accepted": accepted,
  "call.rejected": rejected,
};

/** The evidence in a webhook of this kind; none for a kind that proves nothing or is unknown. */
export function readEvidence(kind: string, notification: Notification): ProviderEvent[] {
  return Object.hasOwn(readers, kind) ? (readers[kind as StreamKind]?.(notification) ?? []) : [];
}
