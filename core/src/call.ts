// A call as the rules see it: the facts that were fixed when it opened, and the state that its log folds to.
import type { EventSource } from "./event.ts";
import type { Interval } from "./interval.ts";
import type { Terms } from "./terms.ts";

/** The statuses that never change again (I10). */
export const finalStatuses = ["completed", "rejected", "cancelled", "missed"] as const;
export type FinalStatus = (typeof finalStatuses)[number];

/** Where a call stands. */
export const callStatuses = ["pending", "accepted", "active", ...finalStatuses] as const;
export type CallStatus = (typeof callStatuses)[number];

/** Why an active call ended. */
export const endReasons = [
  "payer_hung_up",
  "payee_hung_up",
  "connection_lost",
  "heartbeat_timeout",
  "out_of_funds",
  "time_limit",
  "provider_ended",
  "kicked",
  "operator_ended",
] as const;
export type EndReason = (typeof endReasons)[number];

/** What a party is to the call's money. */
export const partyRoles = ["payer", "payee", "attendee"] as const;
export type PartyRole = (typeof partyRoles)[number];
export type Party = { userId: string; role: PartyRole };

/** An end that was already decided and told: later evidence may move it earlier, never later. */
export type Decision = { status: FinalStatus; at: number; reason: EndReason | null; by: string | null };

/** What is fixed when a call opens, and the end once it is decided. Instants are ms since the epoch. */
export type CallFacts = {
  callId: string;
  parties: Party[];
  terms: Terms;
  requestedAt: number;
  estimatedSeconds: number;
  /** A start that was told: later evidence may move it, but no longer takes it back (I10). Absent or null: none was. */
  started?: number | null;
  decided: Decision | null;
};

/** What closed a connection: a left, a room that everybody left, a kick, a hang-up of its user, missing heartbeats, or a client's hint. */
export type Closing = "left" | "room" | "kicked" | "hangup" | "heartbeat" | "hint";

/** One connection of one user, each edge with the best evidence for it. */
export type Connection = {
  userId: string;
  connectionId: string;
  /** Null when nothing proves that it ever began: it counts for nothing then. */
  from: number | null;
  /** Null while it is open. */
  to: number | null;
  fromSource: EventSource | null;
  toSource: EventSource | null;
  leaveReason: string | null;
  lastSeenAt: number | null;
  closing: Closing | null;
  /** The event that closed it, null when none did. */
  closingId: string | null;
  /** When it was there, up to the instant of the fold; heartbeat gaps are cut out. */
  intervals: Interval[];
};

/** What the whole log says about a call at one instant. */
export type CallState = {
  status: CallStatus;
  acceptedAt: number | null;
  /** Who accepted, the event that proves it, and its reason: null when a person did, a word when a rule did it for them. */
  acceptedBy: string | null;
  acceptanceId: string | null;
  acceptanceReason: string | null;
  startedAt: number | null;
  /** When the status became final, whichever it is. Nothing after it counts. */
  endedAt: number | null;
  endReason: EndReason | null;
  endedBy: string | null;
  /** The instant at which the end could first be known: after an absence, the end of the grace. */
  endKnownAt: number | null;
  /** The event that proves the end, null when a deadline ended the call. */
  endEvidenceId: string | null;
  /** Who cancelled, or rejected. */
  cancelledBy: string | null;
  cancellationReason: string | null;
  missedReason: "no_answer" | "nobody_joined" | null;
  connections: Connection[];
  /** Per party the union of their connections, up to the instant of the fold. */
  presence: { userId: string; intervals: Interval[] }[];
  /** When the deposit of a call that is paid from an escrow was in force, up to the instant of the fold. Empty for all other calls. */
  funded: Interval[];
  /** Since when that deposit has been in force at the instant of the fold; null when it is not. */
  fundedAt: number | null;
  /** Since when a required party has been away in an active call, and who. */
  interruptedSince: number | null;
  interruptedUserIds: string[];
  /** The next instant at which the same log folds to something else; null when there is none. */
  wakeAt: number | null;
  /** Who says when it started: the best evidence for the connection that completed the call, or for the acceptance. */
  startSource: EventSource | null;
  /** The weaker of the sources of start and end; a deadline's end has no source and is not weak. */
  durationSource: EventSource | null;
};

/** A call without sides and without money, such as a study room: whoever comes takes part. */
export function isOpenRoom({ parties, terms }: CallFacts): boolean {
  if (terms.billable !== "none" || terms.funding.kind !== "none") return false;
  return parties.every(({ role }) => role === "attendee");
}

/** Whether a status never changes again. */
export function isFinal(status: CallStatus): status is FinalStatus {
  return status !== "pending" && status !== "accepted" && status !== "active";
}
