// Translates LiveKit's webhook events into evidence.
import { createHash } from "node:crypto";
import type { ProviderEvent, WebhookReading } from "../provider.ts";
import { readDisconnectReason } from "./reasons.ts";
import type { GenuineSignature } from "./signature.ts";
import { fieldOf, isDefault, type JsonObject, parseBody, readObject, readText, readWhole } from "./wire.ts";

/** A person's connection, as an event names it. */
type Person = { userId: string; connectionId: string; connectedAt: number | null; participant: JsonObject };

/**
 * Reads the body of a genuine webhook. Event names that are not known, and everything that says nothing about presence (tracks,
 * egress, ingress, agents), are kept without events. What is in doubt proves nothing: it is kept without events as well.
 *
 * Instants are LiveKit's `createdAt`, whole seconds. A join counts from there and not from `joinedAt`: the webhook is sent when
 * media flows, `joinedAt` is the earlier moment of the socket.
 */
export function readWebhookBody(body: Uint8Array, signature: GenuineSignature): WebhookReading {
  const event = parseBody(body);
  const createdAt = readWhole(event, "createdAt");
  const hasTime = createdAt !== null && createdAt > 0;
  const occurredAt = hasTime ? createdAt * 1000 : signature.signedAt;
  const room = readObject(fieldOf(event, "room"));
  const roomName = readText(room, "name");
  const reading: WebhookReading = {
    // Always from the signed bytes: LiveKit's own id, and for something that bears none the hash of the whole.
    id: readText(event, "id") || `sha256:${createHash("sha256").update(body).digest("hex")}`,
    kind: readText(event, "event") || "unreadable",
    roomName: roomName === "" ? null : roomName,
    occurredAt,
    people: [],
    createdBy: null,
    events: [],
    doubt: signature.doubt,
    life: readText(room, "sid") || null,
  };
  if (event === null) return { ...reading, doubt: reading.doubt ?? "Its body is signed, but it is not a JSON object." };
  if (!hasTime) return { ...reading, doubt: reading.doubt ?? "It does not say when it happened." };
  return reading.roomName === null ? reading : addEvidence(reading, event);
}

function addEvidence(reading: WebhookReading, event: JsonObject): WebhookReading {
  const { kind, id, occurredAt } = reading;
  if (kind === "room_finished") {
    const all: ProviderEvent = {
      id,
      type: "participant.left",
      source: "webhook",
      userId: null,
      connectionId: null,
      reason: "room_closed",
      occurredAt,
      untilAt: null,
    };
    return withEvents(reading, [], [all]);
  }
  // `participant_connection_aborted` is not among them: who never had media was never there.
  if (kind !== "participant_joined" && kind !== "participant_left") return reading;
  const person = readPerson(event);
  if (person === null) return reading;
  const events = kind === "participant_joined" ? [joined(reading, person)] : left(reading, person);
  return withEvents(reading, [person.userId], events);
}

function withEvents(reading: WebhookReading, people: string[], events: ProviderEvent[]): WebhookReading {
  return { ...reading, people, events: reading.doubt === null ? events : [] };
}

/** The participant, when it is a person: not a recorder, an agent, an ingress or a telephone line. */
function readPerson(event: JsonObject): Person | null {
  const participant = readObject(fieldOf(event, "participant"));
  const permission = readObject(fieldOf(participant, "permission"));
  const userId = readText(participant, "identity");
  const connectionId = readText(participant, "sid");
  if (participant === null || userId === "" || connectionId === "") return null;
  if (!isDefault(participant, "kind", "STANDARD")) return null;
  if (fieldOf(permission, "recorder") === true || fieldOf(permission, "agent") === true) return null;
  const seconds = readWhole(participant, "joinedAt") ?? 0;
  const connectedAt = readWhole(participant, "joinedAtMs") || seconds * 1000 || null;
  return { userId, connectionId, connectedAt, participant };
}

function eventOf(reading: WebhookReading, { userId, connectionId }: Person): Omit<ProviderEvent, "type" | "reason"> {
  const { id, occurredAt } = reading;
  return { id, source: "webhook", userId, connectionId, occurredAt, untilAt: null };
}

function joined(reading: WebhookReading, person: Person): ProviderEvent {
  return { ...eventOf(reading, person), type: "participant.joined", reason: null };
}

/**
 * The end of one connection, and beside it what it says of the beginning: when the webhook of the join is lost, the call still
 * starts. That one counts as a poll, so that the join's own webhook is the better evidence. Seconds are whole and milliseconds
 * are not, so it never comes after the end.
 */
function left(reading: WebhookReading, person: Person): ProviderEvent[] {
  const row = readDisconnectReason(fieldOf(person.participant, "disconnectReason"));
  const base = eventOf(reading, person);
  const events: ProviderEvent[] = [];
  if (person.connectedAt !== null) {
    const occurredAt = Math.min(person.connectedAt, base.occurredAt);
    const id = `${base.id}:joined`;
    events.push({ ...base, id, type: "participant.joined", source: "poll", reason: null, occurredAt });
  }
  if (row.closesConnection) {
    const type = row.class === "kicked" ? "participant.kicked" : "participant.left";
    events.push({ ...base, type, reason: row.leave });
  }
  return events;
}
