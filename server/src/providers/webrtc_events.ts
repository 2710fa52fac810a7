// Reads what an outside WebRTC server tells of its calls: signed with a shared secret, then translated into evidence.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { FairminuteError } from "@fairminute/core";
import type { ProviderEvent, WebhookCheck, WebhookReading, WebhookRequest } from "./provider.ts";

/** The hexadecimal HMAC-SHA256 of `<timestamp>.<body>`, and the timestamp: whole seconds since the epoch. */
export const signatureHeader = "x-fairminute-signature";
export const timestampHeader = "x-fairminute-timestamp";

/** A signature that is older, or from further ahead, is kept and proves nothing: perhaps only a clock is off. */
const timestampToleranceMs = 5 * 60_000;
const textMax = 200;

/** The signature that goes with a body. */
export function signServerEvent(secret: string, timestamp: number, body: Uint8Array | string): string {
  return createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex");
}

function refuse(reason: string, sentence: string): FairminuteError {
  return new FairminuteError("unauthenticated", sentence, { details: { reason } });
}

/** Verifies the signature in constant time. @returns the signed instant in ms */
function verify(secret: string, { body, headers }: WebhookRequest): number {
  const timestamp = headers[timestampHeader];
  const given = headers[signatureHeader];
  if (given === undefined || given === "")
    throw refuse("missing_signature", `The header ${signatureHeader} is missing.`);
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) {
    throw refuse("missing_timestamp", `The header ${timestampHeader} is not a whole number of seconds.`);
  }
  if (!/^[0-9a-f]{64}$/i.test(given)) {
    throw refuse("malformed_signature", `The header ${signatureHeader} is not 64 hexadecimal digits.`);
  }
  const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest();
  if (!timingSafeEqual(Buffer.from(given, "hex"), expected)) {
    throw refuse("bad_signature", "The signature does not fit the body.");
  }
  return Number(timestamp) * 1000;
}

type Fields = Readonly<Record<string, unknown>>;

function parse(body: Uint8Array): Fields {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  } catch {
    // Said below: what is no JSON object has no fields either.
  }
  throw new FairminuteError("invalid_request", "The body is not a JSON object.");
}

function textOf(fields: Fields, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === "string" && value !== "" && value.length <= textMax) return value;
  }
  return null;
}

/** ISO 8601 or milliseconds; null when it is neither. */
function timeOf(fields: Fields): number | null {
  const value = fields.occurredAt;
  const ms = typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : value;
  return typeof ms === "number" && Number.isSafeInteger(ms) && ms > 0 ? ms : null;
}

function listOf(fields: Fields, name: string): string[] {
  const value = fields[name];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string" && item !== "") : [];
}

/** Everybody whom the event says to be there: by a list, by name, or as the two sides of a lesson. */
function presentIn(fields: Fields): string[] {
  const named = [...listOf(fields, "userIds"), textOf(fields, "userId"), textOf(fields, "userAddress")];
  const sides = [textOf(fields, "tutorAddress"), textOf(fields, "studentAddress")];
  const given = named.filter((userId) => userId !== null);
  const all = given.length > 0 ? given : sides.filter((userId) => userId !== null);
  return [...new Set(all)].filter((userId) => userId.length <= textMax);
}

/** Only one word is intent; whatever else is said, a network is blamed before a person. */
const reasons: ReadonlyMap<string, string> = new Map([
  ["client-initiated", "client_initiated"],
  ["client_initiated", "client_initiated"],
  ["connection-lost", "connection_lost"],
  ["connection_lost", "connection_lost"],
  ["timeout", "connection_lost"],
  ["removed", "removed"],
  ["kicked", "removed"],
  ["server-shutdown", "server_shutdown"],
]);

const reasonOf = (fields: Fields): string => reasons.get(textOf(fields, "reason") ?? "") ?? "unknown";

/** Reasons with which a server ends a call by itself: whoever it names did not press anything. */
const notPressed = new Set(["connection-lost", "connection_lost", "timeout", "heartbeat-timeout", "server-shutdown"]);

type Told = { id: string; at: number; room: string; fields: Fields };

const eventOf = (told: Told, rest: Partial<ProviderEvent> & Pick<ProviderEvent, "type">): ProviderEvent => ({
  id: told.id,
  source: "signalling",
  userId: null,
  connectionId: null,
  reason: null,
  occurredAt: told.at,
  untilAt: null,
  ...rest,
});

/** One connection a person: a server that can tell several apart names them by `connectionId`. */
const connectionOf = ({ fields, room }: Told, userId: string): string =>
  textOf(fields, "connectionId") ?? `${room}:${userId}`;

/** A heartbeat proves that its people were there at its instant; from the first one on they must keep being proven. */
function heartbeat(told: Told): ProviderEvent[] {
  return presentIn(told.fields).map((userId, index) =>
    eventOf(told, {
      id: index === 0 ? told.id : `${told.id}:${index}`,
      type: "participant.seen",
      source: "proof",
      userId,
      connectionId: connectionOf(told, userId),
      untilAt: told.at,
    }),
  );
}

function disconnected(told: Told): ProviderEvent[] {
  const userId = textOf(told.fields, "disconnectedUser", "userId", "userAddress");
  if (userId === null) return [];
  const connectionId = connectionOf(told, userId);
  return [eventOf(told, { type: "participant.left", userId, connectionId, reason: reasonOf(told.fields) })];
}

function ended(told: Told): ProviderEvent[] {
  const isPressed = !notPressed.has(textOf(told.fields, "reason") ?? "");
  const userId = isPressed ? textOf(told.fields, "endedBy") : null;
  return [eventOf(told, { type: "call.ended", userId, reason: textOf(told.fields, "reason") })];
}

const readers: ReadonlyMap<string, (told: Told) => ProviderEvent[]> = new Map([
  ["session-heartbeat", heartbeat],
  ["user-disconnected", disconnected],
  ["session-ended", ended],
]);

/**
 * Makes the reader of an outside server's events. The body is a JSON object: `event`, `sessionId` (the call's id here, or the room
 * name under which it was registered), `occurredAt` and, when the server has one, an `id`; without it the signed bytes are the
 * identity. Unknown events are kept and prove nothing.
 */
export function createServerEventReader(
  secret: string,
  now: () => number,
): (request: WebhookRequest, check?: WebhookCheck) => Promise<WebhookReading> {
  return async (request, { anyTime = false } = {}) => {
    const signedAt = verify(secret, request);
    const fields = parse(request.body);
    const kind = textOf(fields, "event", "type");
    const room = textOf(fields, "sessionId");
    for (const [field, value] of Object.entries({ event: kind, sessionId: room })) {
      if (value !== null) continue;
      const message = `${field} is missing: expected a text of 1 to ${textMax} characters`;
      throw new FairminuteError("invalid_request", message, { param: field });
    }
    const digest = createHash("sha256").update(request.body).digest("hex");
    const at = timeOf(fields) ?? signedAt;
    const isOff = !anyTime && Math.abs(now() - signedAt) > timestampToleranceMs;
    const doubt = isOff ? `It was signed at ${new Date(signedAt).toISOString()}, more than five minutes off.` : null;
    // A server may count anew in every call.
    const given = textOf(fields, "id");
    const told = { id: given === null ? digest : `${room}:${given}`, at, room: room as string, fields };
    return {
      id: told.id,
      kind: kind as string,
      roomName: room,
      occurredAt: at,
      people: presentIn(fields),
      createdBy: null,
      events: doubt === null ? (readers.get(kind as string)?.(told) ?? []) : [],
      doubt,
    };
  };
}
