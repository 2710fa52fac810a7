// The JSON form of what chargeCall needs, so that a browser can charge the call that the server sends.
import { type CallFacts, type Decision, endReasons, finalStatuses, type Party, partyRoles } from "./call.ts";
import { type CallEvent, eventSources, eventTypes } from "./event.ts";
import { coinsToJson } from "./money.ts";
import { readTerms } from "./read-terms.ts";
import {
  readChoice,
  readCoins,
  readFields,
  readList,
  readText,
  readTextOrNull,
  readWhole,
  readWholeOrNull,
  refuse,
  withDefaults,
} from "./reading.ts";
import type { TermsJson } from "./terms.ts";
import { writeTerms } from "./write-terms.ts";

/** Facts as they stand in JSON: the amounts of the terms are numbers. */
export type CallFactsJson = Omit<CallFacts, "terms"> & { terms: TermsJson };

/** Facts from JSON; `invalid_request` or `invalid_terms` names the field that does not fit. */
export function readFacts(data: unknown): CallFacts {
  const fields = readFields(withDefaults(data, { started: null }), "facts", [
    "callId",
    "parties",
    "terms",
    "requestedAt",
    "estimatedSeconds",
    "started",
    "decided",
  ]);
  return {
    callId: readText(fields.callId, "facts.callId"),
    parties: readList(fields.parties, "facts.parties", readParty),
    terms: readTerms(fields.terms),
    requestedAt: readWhole(fields.requestedAt, "facts.requestedAt"),
    estimatedSeconds: readWhole(fields.estimatedSeconds, "facts.estimatedSeconds"),
    started: readWholeOrNull(fields.started, "facts.started"),
    decided: fields.decided === null ? null : readDecision(fields.decided),
  };
}

/** Facts as JSON, which `readFacts` reads back to the same. */
export function writeFacts(facts: CallFacts): CallFactsJson {
  const { callId, parties, terms, requestedAt, estimatedSeconds, started = null, decided } = facts;
  return { callId, parties, terms: writeTerms(terms), requestedAt, estimatedSeconds, started, decided };
}

function readParty(data: unknown, path: string): Party {
  const fields = readFields(data, path, ["userId", "role"]);
  return {
    userId: readText(fields.userId, `${path}.userId`),
    role: readChoice(fields.role, `${path}.role`, partyRoles),
  };
}

function readDecision(data: unknown): Decision {
  const path = "facts.decided";
  const fields = readFields(data, path, ["status", "at", "reason", "by"]);
  return {
    status: readChoice(fields.status, `${path}.status`, finalStatuses),
    at: readWhole(fields.at, `${path}.at`),
    reason: fields.reason === null ? null : readChoice(fields.reason, `${path}.reason`, endReasons),
    by: readTextOrNull(fields.by, `${path}.by`),
  };
}

/** A log from JSON. Events are plain data, so that writing them needs no function. */
export function readEvents(data: unknown): CallEvent[] {
  return readList(data, "events", readEvent);
}

function readEvent(data: unknown, path: string): CallEvent {
  const fields = readFields(data, path, [
    "id",
    "type",
    "source",
    "userId",
    "connectionId",
    "reason",
    "occurredAt",
    "untilAt",
    "receivedAt",
  ]);
  return {
    id: readText(fields.id, `${path}.id`),
    type: readChoice(fields.type, `${path}.type`, eventTypes),
    source: readChoice(fields.source, `${path}.source`, eventSources),
    userId: readTextOrNull(fields.userId, `${path}.userId`),
    connectionId: readTextOrNull(fields.connectionId, `${path}.connectionId`),
    reason: readTextOrNull(fields.reason, `${path}.reason`),
    occurredAt: readWhole(fields.occurredAt, `${path}.occurredAt`),
    untilAt: readWholeOrNull(fields.untilAt, `${path}.untilAt`),
    receivedAt: readWhole(fields.receivedAt, `${path}.receivedAt`),
  };
}

/** What is placed for each payer, from JSON. */
export function readPlaced(data: unknown): Record<string, bigint> {
  if (typeof data !== "object" || data === null || Array.isArray(data)) refuse("placed", data, "an object");
  const placed: Record<string, bigint> = {};
  for (const [payerId, amount] of Object.entries(data)) placed[payerId] = readCoins(amount, `placed.${payerId}`);
  return placed;
}

/** What is placed for each payer, as JSON. */
export function writePlaced(placed: Readonly<Record<string, bigint>>): Record<string, number> {
  return Object.fromEntries(Object.entries(placed).map(([payerId, amount]) => [payerId, coinsToJson(amount)]));
}
