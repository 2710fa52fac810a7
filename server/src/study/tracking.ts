// What a client says of its own presence in a study room, as evidence: start and end are hints, a heartbeat is proof.
import { type CallEvent, isFinal, totalMs, unionIntervals } from "@fairminute/core";
import type { Evidence } from "../charging/charging.ts";
import type { StoredCall } from "../charging/stored.ts";

const marker = "study:";

/** Whether evidence comes from here, and not from whoever carries the call. */
export const isTracked = ({ connectionId }: Pick<CallEvent, "connectionId">): boolean =>
  connectionId?.startsWith(marker) === true;

const isStart = (event: CallEvent, userId: string): boolean =>
  event.type === "participant.joined" && event.source === "hint" && event.userId === userId && isTracked(event);

/** The connection that the user started and did not end, open as far as the client says; null when there is none. */
export function trackedConnection(call: Pick<StoredCall, "events">, userId: string): string | null {
  const ended = new Set(
    call.events
      .filter(({ type, source }) => type === "participant.left" && source === "hint")
      .map(({ connectionId }) => connectionId),
  );
  const open = call.events.find((event) => isStart(event, userId) && !ended.has(event.connectionId));
  return open?.connectionId ?? null;
}

/**
 * How long the client says that its user was there, also after the call was over for everybody else.
 * @returns null when it says nothing: a start without an end says nothing of a duration, the page may have been closed
 */
export function claimedSeconds(call: Pick<StoredCall, "events">, userId: string): number | null {
  const starts = call.events.filter((event) => isStart(event, userId));
  if (starts.length === 0 || trackedConnection(call, userId) !== null) return null;
  const stays = starts.map(({ connectionId, occurredAt }) => ({
    from: occurredAt,
    to: call.events.find((event) => event.id === endId(connectionId ?? ""))?.occurredAt ?? occurredAt,
  }));
  return Math.floor(totalMs(unionIntervals(stays)) / 1000);
}

/** Whether the user is being tracked: a room that is over tracks nobody. */
export function isTracking(call: StoredCall, userId: string): boolean {
  return !isFinal(call.status) && trackedConnection(call, userId) !== null;
}

/** The name of the user's next connection: counted, so that two starts at the same instant are one. */
export function nextConnection(call: Pick<StoredCall, "events">, userId: string): string {
  return `${marker}${userId}:${call.events.filter((event) => isStart(event, userId)).length + 1}`;
}

const endId = (connectionId: string): string => `${connectionId}:end`;

const blank = { reason: null, untilAt: null } as const;

/** The client says that its user came. */
export function startHint(userId: string, connectionId: string, now: number): Evidence {
  const id = `${connectionId}:start`;
  return { ...blank, id, type: "participant.joined", source: "hint", userId, connectionId, occurredAt: now };
}

/** The client says that its user went. */
export function endHint(userId: string, connectionId: string, now: number): Evidence {
  const id = endId(connectionId);
  const reason = "client_initiated";
  return { ...blank, id, type: "participant.left", source: "hint", userId, connectionId, reason, occurredAt: now };
}

/** The client spoke, so it was alive. */
export function heartbeat(userId: string, connectionId: string, now: number): Evidence {
  const id = `${connectionId}:seen`;
  return {
    ...blank,
    id,
    type: "participant.seen",
    source: "proof",
    userId,
    connectionId,
    occurredAt: now,
    untilAt: now,
  };
}
