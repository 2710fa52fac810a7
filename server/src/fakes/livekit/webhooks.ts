// Signs what happened as LiveKit signs webhooks: a fresh token for each event, bound to the bytes of its body.
import { createHash } from "node:crypto";
import type { SignedWebhook } from "./courier.ts";
import { signToken } from "./jwt.ts";
import { type Message, omitDefaults } from "./messages.ts";

/** LiveKit's webhooks are valid for five minutes. */
const lifetimeSeconds = 300;

/** An event as a message; `room` names the queue that it is delivered in. */
export type EventMessage = Message & { event: string; id: string; createdAt: string };

/** Signs an event at `now` (milliseconds of the true clock). Bytes that are given are sent as they are. */
export function signWebhook(
  keys: { apiKey: string; apiSecret: string },
  event: EventMessage,
  room: string,
  now: number,
): SignedWebhook {
  const body = Buffer.from(JSON.stringify(omitDefaults(event)), "utf8");
  const signedAt = Math.floor(now / 1000);
  const token = signToken(keys.apiSecret, {
    iss: keys.apiKey,
    nbf: signedAt,
    exp: signedAt + lifetimeSeconds,
    sha256: createHash("sha256").update(body).digest("base64"),
  });
  const headers = { authorization: token, "content-type": "application/webhook+json", "user-agent": "LiveKit" };
  return { id: event.id, event: event.event, room, body, headers };
}
