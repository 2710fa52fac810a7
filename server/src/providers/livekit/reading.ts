// Translates LiveKit's webhook events into evidence.
import { createHash } from "node:crypto";
import type { ProviderEvent, WebhookReading } from "../provider.ts";
import { readDisconnectReason } from "./reasons.ts";
import type { GenuineSignature } from "./signature.ts";
import { fieldOf, isDefault, type JsonObject, parseBody, readObject, readText, readWhole } from "./wire.ts";

/**
 * A person's connection, as an event names it. `openedAt` is when its socket opened, ms; null where the event says nothing of the
 * participant beyond its names, and so neither whether it is a person at all.
 */
type Person = { userId: string; connectionId: string; openedAt: number | null; participant: JsonObject };

/** An instant is told in whole seconds, cut down: the event lies less than this after it. */
const CUT_MS = 1000;

/**
 * Reads the body of a genuine webhook. Event names that are not known, and everything that says nothing about presence (egress,
 * ingress, agents), are kept without events. What is in doubt proves nothing: it is kept without events as well.
 *
 * Presence is media. `participant_joined` is sent when it flows; the socket may have opened a minute before, and `joinedAt` is the
 * socket's moment: it never begins anything. Where the webhook of the join is lost, presence begins at the first sighting: by a
 * look, or by a track that was published.
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
  const read = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  const person = read === undefined ? null : readPerson(event);
  if (read === undefined || person === null) return reading;
  // The webhook of a track may name an agent and not say so: it is a sighting of who is known otherwise, and makes nobody known.
  const isNamed = !kind.startsWith("track_") || person.openedAt !== null;
  return withEvents(reading, isNamed ? [person.userId] : [], read(reading, person));
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
  const openedAt = readWhole(participant, "joinedAtMs") || seconds * 1000 || null;
  return { userId, connectionId, openedAt, participant };
}

function eventOf(reading: WebhookReading, { userId, connectionId }: Person): Omit<ProviderEvent, "type" | "reason"> {
  const { id, occurredAt } = reading;
  return { id, source: "webhook", userId, connectionId, occurredAt, untilAt: null };
}

/**
 * The beginning. Its second is cut down, so that it would lie up to a second before media; the socket opened no later than media
 * flowed, so where that was within the second, it is nearer to the truth and still not after it. An end stays cut down: both ways
 * of rounding are the payer's favour.
 */
function joined(reading: WebhookReading, person: Person): ProviderEvent[] {
  const base = eventOf(reading, person);
  const openedAt = Math.min(person.openedAt ?? 0, base.occurredAt + CUT_MS - 1);
  const occurredAt = Math.max(base.occurredAt, openedAt);
  return [{ ...base, type: "participant.joined", reason: null, occurredAt }];
}

/** The connection was there at this instant, whatever is known of its beginning. */
function seen(reading: WebhookReading, person: Person, suffix = ""): ProviderEvent {
  const base = eventOf(reading, person);
  const { occurredAt } = base;
  return { ...base, id: `${base.id}${suffix}`, type: "participant.seen", reason: null, untilAt: occurredAt };
}

/** The end of one connection, and that it was there until then: also when LiveKit moves it to another node, where it goes on. */
function left(reading: WebhookReading, person: Person): ProviderEvent[] {
  const row = readDisconnectReason(fieldOf(person.participant, "disconnectReason"));
  const there = seen(reading, person, ":there");
  if (!row.closesConnection) return [there];
  const type = row.class === "kicked" ? "participant.kicked" : "participant.left";
  return [there, { ...eventOf(reading, person), type, reason: row.leave }];
}

const sighted = (reading: WebhookReading, person: Person): ProviderEvent[] => [seen(reading, person)];

const readers: Readonly<Record<string, (reading: WebhookReading, person: Person) => ProviderEvent[]>> = {
  participant_joined: joined,
  participant_left: left,
  // Only who has media publishes.
  track_published: sighted,
  track_unpublished: sighted,
};
