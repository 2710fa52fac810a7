// Joins new evidence to a log: what is known changes nothing, heartbeats grow their stretch.
import { type CallEvent, compareEvents, orderEvents } from "./event.ts";

/**
 * The log with `incoming` joined to it, in the log's order, and the rows that are new or grew (for one upsert by id).
 *
 * An event whose id is known changes nothing (I7). A `participant.seen` within `seenToleranceMs` of a stretch of the
 * same connection and source extends that stretch under its old id; otherwise it begins a new one. As long as the
 * tolerance is at most the terms' heartbeat timeout, the order of arrival does not change what the log folds to (I6).
 */
export function mergeEvents(
  log: readonly CallEvent[],
  incoming: readonly CallEvent[],
  options: { seenToleranceMs: number },
): { log: CallEvent[]; changed: CallEvent[] } {
  const merged = [...orderEvents(log)];
  const changed = new Map<string, CallEvent>();
  let sorted = true;
  for (const event of incoming) {
    const row = event.type === "participant.seen" ? joinSeen(merged, event, options.seenToleranceMs) : event;
    if (row === null || (row === event && merged.some((known) => known.id === event.id))) continue;
    const place = merged.findIndex((known) => known.id === row.id);
    if (place >= 0) merged[place] = row;
    else merged.push(row);
    changed.set(row.id, row);
    sorted = false;
  }
  if (!sorted) merged.sort(compareEvents);
  return { log: merged, changed: [...changed.values()] };
}

/** The row that a proof of life makes: a grown stretch, a new one, or null when all of it is known. */
function joinSeen(log: readonly CallEvent[], seen: CallEvent, toleranceMs: number): CallEvent | null {
  const from = seen.occurredAt;
  const to = seen.untilAt === null || seen.untilAt < from ? from : seen.untilAt;
  let near: CallEvent | null = null;
  let idTaken = false;
  for (const known of log) {
    if (known.id === seen.id) idTaken = true;
    if (!isSameProof(known, seen)) continue;
    const knownTo = known.untilAt ?? known.occurredAt;
    if (from >= known.occurredAt && to <= knownTo) return null;
    if (near === null && from <= knownTo + toleranceMs && to >= known.occurredAt - toleranceMs) near = known;
  }
  if (near === null) {
    // An id used twice for two separate stretches would hide the second: proof of life must not get lost by a name.
    return { ...seen, id: idTaken ? `${seen.id}@${from}` : seen.id, untilAt: to };
  }
  return {
    ...near,
    occurredAt: Math.min(near.occurredAt, from),
    untilAt: Math.max(near.untilAt ?? near.occurredAt, to),
    receivedAt: Math.max(near.receivedAt, seen.receivedAt),
  };
}

/** Stretches of different sources stay apart, so that a hint never grows a proof. */
function isSameProof(a: CallEvent, b: CallEvent): boolean {
  return (
    a.type === "participant.seen" && a.userId === b.userId && a.connectionId === b.connectionId && a.source === b.source
  );
}
