// What providers tell, as they write it, and what the real adapters read in it: with a signature to check, or without.

import { omitDefaults } from "../fakes/livekit/messages.ts";
import { signWebhook as signLivekit } from "../fakes/livekit/webhooks.ts";
import { wire } from "../fakes/stream/messages.ts";
import { signWebhook as signStream } from "../fakes/stream/webhooks.ts";
import { readWebhookBody } from "../providers/livekit/reading.ts";
import { createLivekitProvider } from "../providers/livekit.ts";
import type { Provider, ProviderEvent, WebhookRequest } from "../providers/provider.ts";
import { readEvidence } from "../providers/stream/evidence.ts";
import { createStreamProvider } from "../providers/stream.ts";
import type { CarrierName, Damage, Word } from "./script.ts";

export const livekitKeys = { apiKey: "APIsimulated", apiSecret: "a-secret-of-the-simulator-0123456789abcdef" };
export const streamKeys = { apiKey: "streamsimulated", secret: "another-secret-of-the-simulator-012345" };

const livekitReasons = {
  button: "CLIENT_INITIATED",
  lost: "CONNECTION_TIMEOUT",
  removed: "PARTICIPANT_REMOVED",
  none: "UNKNOWN_REASON",
};
const livekitKinds = {
  joined: "participant_joined",
  left: "participant_left",
  closed: "room_finished",
  ended: "room_finished",
  kicked: "participant_left",
};
const streamKinds = {
  joined: "call.session_participant_joined",
  left: "call.session_participant_left",
  closed: "call.session_ended",
  ended: "call.ended",
  kicked: "call.kicked_user",
};

function livekitMessage(word: Word, room: string) {
  const { id, what, userId, connectionId, at, joinedAt } = word;
  const person = {
    sid: connectionId ?? "",
    identity: userId ?? "",
    joinedAt: String(Math.floor((joinedAt ?? at) / 1000)),
    joinedAtMs: String(joinedAt ?? at),
    kind: "STANDARD",
    disconnectReason: what === "kicked" ? livekitReasons.removed : what === "left" ? livekitReasons[word.reason] : "",
  };
  const createdAt = String(Math.floor(at / 1000));
  const about = userId === null ? {} : { participant: person };
  return { event: livekitKinds[what], room: { sid: `RM_${room}`, name: room }, ...about, id, createdAt };
}

function streamHappening(word: Word, room: string) {
  const { what, userId, connectionId, at, joinedAt } = word;
  const iso = (ms: number) => new Date(ms).toISOString();
  const user = { user: { id: userId } };
  const stay = { participant: { ...user, user_session_id: connectionId, joined_at: iso(joinedAt ?? at) } };
  const run = { session_id: `run-${room}` };
  const fields = {
    joined: { ...run, ...stay },
    left: { ...run, ...stay, reason: word.reason === "button" ? "user is leaving the call" : "" },
    closed: { ...run, call: { [wire.run]: { id: run.session_id, ended_at: iso(at) } } },
    ended: userId === null ? {} : user,
    kicked: user,
  }[what];
  return { type: streamKinds[what], cid: `default:${room}`, atMs: at, fields };
}

/** The evidence in a word as the provider's own reader finds it, where nobody doubts who says so. */
export function readPlainly(carrier: CarrierName, word: Word, room: string): ProviderEvent[] {
  if (carrier === "livekit") {
    const body = Buffer.from(JSON.stringify(omitDefaults(livekitMessage(word, room))));
    return readWebhookBody(body, { signedAt: word.at, doubt: null }).events;
  }
  const { type, atMs, fields } = streamHappening(word, room);
  return readEvidence(type, { id: word.id, at: atMs, body: fields });
}

function damageBody({ body, headers }: WebhookRequest): WebhookRequest {
  // One letter in the middle of it, which is as good as any for bytes that are signed as a whole.
  const changed = Buffer.from(body);
  const middle = changed.length >> 1;
  changed[middle] = (changed[middle] as number) ^ 1;
  return { body: changed, headers };
}

/** A word as it comes over the wire. */
export function signWord(
  carrier: CarrierName,
  word: Word,
  room: string,
  signedAt: number,
  damage: Damage | null,
): WebhookRequest {
  const isForged = damage === "wrong_signature";
  const signed =
    carrier === "livekit"
      ? signLivekit(
          isForged ? { ...livekitKeys, apiSecret: `not-${livekitKeys.apiSecret}` } : livekitKeys,
          livekitMessage(word, room),
          room,
          signedAt,
        )
      : signStream(
          isForged ? { ...streamKeys, secret: `not-${streamKeys.secret}` } : streamKeys,
          word.id,
          streamHappening(word, room),
          word.at % 2 === 0,
        );
  const request = { body: signed.body, headers: signed.headers };
  return damage === "corrupt_body" ? damageBody(request) : request;
}

export interface Adapters {
  /** What a request proves at `now`; the refusal's code when it is not genuine. */
  read(carrier: CarrierName, request: WebhookRequest, now: number): Promise<ProviderEvent[] | { refused: string }>;
}

/** The real adapters, by a clock that every question brings. */
export function createAdapters(): Adapters {
  let now = 0;
  const clock = { now: () => now };
  const livekit = createLivekitProvider({ ...livekitKeys, url: "wss://livekit.invalid" }, clock);
  const stream = createStreamProvider(
    { apiKey: streamKeys.apiKey, secretKey: streamKeys.secret, webhookSecret: null, apiUrl: "https://stream.invalid" },
    { ...clock, fetch: () => Promise.reject(new Error("nobody is asked here")) },
  );
  const of: Record<string, Provider> = { livekit, stream };
  return {
    async read(carrier, request, at) {
      now = at;
      try {
        const reading = await of[carrier]?.readWebhook?.(request);
        return reading?.events ?? [];
      } catch (error) {
        return { refused: (error as { code?: string }).code ?? String(error) };
      }
    },
  };
}
