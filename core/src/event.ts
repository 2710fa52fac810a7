// Evidence: what was seen of a call, who says so, and the one order in which a log is kept.

/** What can be seen of a call. The position in this list breaks ties of the log's order. */
export const eventTypes = [
  "call.accepted",
  "call.rejected",
  "call.cancelled",
  "call.ended",
  "call.funded",
  "call.unfunded",
  "hangup",
  "participant.joined",
  "participant.left",
  "participant.seen",
  "participant.kicked",
] as const;
export type EventType = (typeof eventTypes)[number];

/**
 * Who says so, strongest first: a command that we acknowledged, a provider's report, the chain, a provider's webhook, our
 * signalling, a poll, proof of life (a heartbeat), a client's hint. A hint may shorten a charge, never lengthen it. The chain
 * tells of deposits only, and nobody else does.
 */
export const eventSources = ["command", "report", "chain", "webhook", "signalling", "poll", "proof", "hint"] as const;
export type EventSource = (typeof eventSources)[number];

/** How strong a source is: the higher number is the better evidence for the same edge. */
export const sourceRank: Readonly<Record<EventSource, number>> = {
  command: 6,
  report: 5,
  chain: 5,
  webhook: 4,
  signalling: 3,
  poll: 2,
  proof: 1,
  hint: 0,
};

/** One piece of evidence. Instants are ms since the epoch. */
export type CallEvent = {
  /** Identity within the call: a second arrival has no effect (I7). */
  id: string;
  type: EventType;
  source: EventSource;
  userId: string | null;
  connectionId: string | null;
  reason: string | null;
  occurredAt: number;
  /** Only `participant.seen`: the end of the stretch of proof of life that began at `occurredAt`. */
  untilAt: number | null;
  receivedAt: number;
};

const typeOrder = Object.fromEntries(eventTypes.map((type, index) => [type, index])) as Record<EventType, number>;

/** The log's order: by instant, then type, then id. Arrival plays no part in it (I6). */
export function compareEvents(a: CallEvent, b: CallEvent): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt - b.occurredAt;
  if (a.type !== b.type) return typeOrder[a.type] - typeOrder[b.type];
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The log in its order: the same array when it already is. */
export function orderEvents(events: readonly CallEvent[]): readonly CallEvent[] {
  for (let i = 1; i < events.length; i++) {
    if (compareEvents(events[i - 1] as CallEvent, events[i] as CallEvent) > 0) return [...events].sort(compareEvents);
  }
  return events;
}
