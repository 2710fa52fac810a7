// Signed webhooks for stories: written and signed here as the providers do it, and sent to the real door.
import { createHash, createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { InjectOptions } from "fastify";
import { atSecond, noon } from "../../test/world.ts";
import { signatureHeader, signServerEvent, timestampHeader } from "../providers/webrtc_events.ts";

export const livekitKeys = {
  LIVEKIT_URL: "ws://127.0.0.1:9",
  LIVEKIT_API_KEY: "APIstory",
  LIVEKIT_API_SECRET: "livekit-secret-of-the-stories-0123456789",
};
export const streamKeys = {
  STREAM_API_KEY: "streamstory",
  STREAM_SECRET_KEY: "stream-secret-of-the-stories",
  STREAM_API_URL: "http://127.0.0.1:9",
};
export const serverSecret = { FAIRMINUTE_WEBRTC_SECRET: "a shared secret of thirty-two or more characters" };

/** One request to the door. */
export type Signed = Pick<InjectOptions, "method" | "url" | "headers" | "payload"> & { payload: Buffer };

const post = (url: string, payload: Buffer, headers: Record<string, string>): Signed => ({
  method: "POST",
  url,
  payload,
  headers,
});

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A bare JWT over the body, as LiveKit makes it. `claims` replace its own. */
export function livekitToken(
  body: Buffer,
  claims: Record<string, unknown> = {},
  secret = livekitKeys.LIVEKIT_API_SECRET,
): string {
  const own = {
    iss: livekitKeys.LIVEKIT_API_KEY,
    nbf: noon / 1000,
    exp: noon / 1000 + 300,
    sha256: createHash("sha256").update(body).digest("base64"),
  };
  const head = `${part({ alg: "HS256", typ: "JWT" })}.${part({ ...own, ...claims })}`;
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
}

export interface LivekitEvent {
  event: string;
  room: string;
  /** The life of the room; one of its own name when absent. */
  sid?: string;
  /** Seconds after noon. */
  at: number;
  who?: string;
  /** The connection; one of the user's name when absent. */
  connection?: string;
  disconnectReason?: string;
  id?: string;
}

/** A webhook of LiveKit. */
export function livekitWebhook(given: LivekitEvent): Signed {
  const createdAt = String(noon / 1000 + given.at);
  const body = Buffer.from(
    JSON.stringify({
      event: given.event,
      id:
        given.id ??
        `EV_${given.event}_${given.room}_${given.sid ?? ""}_${given.connection ?? given.who ?? ""}_${given.at}`,
      createdAt,
      room: { sid: given.sid ?? `RM_${given.room}`, name: given.room },
      ...(given.who === undefined
        ? {}
        : {
            participant: {
              sid: given.connection ?? `PA_${given.room}_${given.who}`,
              identity: given.who,
              ...(given.disconnectReason === undefined ? {} : { disconnectReason: given.disconnectReason }),
            },
          }),
    }),
  );
  return post("/api/livekit/webhook", body, {
    authorization: livekitToken(body),
    "content-type": "application/webhook+json",
  });
}

export interface StreamEvent {
  type: string;
  cid: string;
  /** The life of the call: Stream's own word for it; none when null. */
  life?: string | null;
  at: number;
  who?: string;
  connection?: string;
  /** When the connection began; needed for a left, which tells it as well. */
  joinedAt?: number;
  reason?: string;
  fields?: Record<string, unknown>;
  url?: string;
  packed?: boolean;
  secret?: string;
}

/** A webhook of Stream. */
export function streamWebhook(given: StreamEvent): Signed {
  const { type, cid, at, who } = given;
  const life = given.life === undefined ? `life-of-${cid}` : given.life;
  const isEdge = type.includes("participant_");
  const body = Buffer.from(
    JSON.stringify({
      type,
      created_at: atSecond(at),
      call_cid: cid,
      ...(life === null ? {} : { session_id: life }),
      ...(isEdge
        ? {
            participant: {
              user: { id: who, role: "user" },
              user_session_id: given.connection ?? `c-${who}`,
              joined_at: atSecond(given.joinedAt ?? at),
            },
          }
        : who === undefined
          ? {}
          : { user: { id: who } }),
      ...(given.reason === undefined ? {} : { reason: given.reason }),
      ...given.fields,
    }),
  );
  const signature = createHmac("sha256", given.secret ?? streamKeys.STREAM_SECRET_KEY)
    .update(body)
    .digest("hex");
  return post(given.url ?? "/api/stream/webhook", given.packed === true ? gzipSync(body) : body, {
    "x-signature": signature,
    "x-api-key": streamKeys.STREAM_API_KEY,
    "x-webhook-id": "unsigned",
    "content-type": "application/json",
  });
}

/** An event of an outside WebRTC server, signed at an instant (seconds after noon). */
export function serverEvent(
  fields: Record<string, unknown>,
  signedAt = 0,
  secret = serverSecret.FAIRMINUTE_WEBRTC_SECRET,
): Signed {
  const body = Buffer.from(JSON.stringify(fields));
  const timestamp = noon / 1000 + signedAt;
  return post("/api/webrtc-events", body, {
    [signatureHeader]: signServerEvent(secret, timestamp, body),
    [timestampHeader]: String(timestamp),
    "content-type": "application/json",
  });
}

/** Everything in every order. */
export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
