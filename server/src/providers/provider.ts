// The one shape of whatever carries a call: LiveKit, Stream, or the built-in WebRTC signalling.
import type { CallEvent } from "@fairminute/core";
import type { IceServer } from "./ice.ts";

/** What a provider must know of a call. `maximumDurationSeconds` comes from the frozen terms; null means no limit. */
export type ProviderCall = { callId: string; roomName: string; maximumDurationSeconds: number | null };

/** The person a join is made for. */
export type ProviderUser = { userId: string; name: string | null };

/** What a browser needs to enter the room of a call. `expiresAt` is milliseconds since the epoch. */
export type JoinGrant = {
  provider: string;
  token: string;
  roomName: string;
  serverUrl: string;
  iceServers: IceServer[] | null;
  expiresAt: number;
};

/** A webhook exactly as it came: the signature is over these bytes. Header names are lower case. */
export type WebhookRequest = { body: Uint8Array; headers: Readonly<Record<string, string | undefined>> };

/** Evidence as a provider tells it, before the server stamps its arrival. */
export type ProviderEvent = Omit<CallEvent, "receivedAt">;

/** What one webhook says: evidence for the call that lives in `roomName`. Unknown kinds carry no events. */
export type WebhookReading = { id: string; kind: string; roomName: string | null; events: ProviderEvent[] };

/** One connection that the provider sees right now; `joinedAt` in milliseconds. */
export type PresentConnection = { userId: string; connectionId: string; joinedAt: number | null };

/** One connection in the provider's closing report, in milliseconds; `to` is null while it is open. */
export type ReportedConnection = { userId: string; connectionId: string; from: number; to: number | null };

/**
 * A provider. `createJoin` is the one thing that all of them do. Each other ability is null where the provider has
 * no such thing, so that a caller must ask before it relies on it; a provider says why in its conformance test.
 * Every ability refuses with a FairminuteError, and repeating any of them is harmless.
 */
export type Provider = {
  readonly name: string;
  /** Lets one user into the room of one call, for a short time. The caller has checked that the user is a party. */
  createJoin(call: ProviderCall, user: ProviderUser): Promise<JoinGrant>;
  /** Verifies the signature over the raw bytes, then translates. Refuses with `unauthenticated` when it is not genuine. */
  readonly readWebhook: ((request: WebhookRequest) => Promise<WebhookReading>) | null;
  /** Closes the room. A room that is closed already is a success. */
  readonly endCall: ((call: ProviderCall) => Promise<void>) | null;
  /** Cuts one user's connection (all of them when `connectionId` is null). Somebody who has gone already is a success. */
  readonly removeParticipant:
    | ((call: ProviderCall, participant: { userId: string; connectionId: string | null }) => Promise<void>)
    | null;
  /** Who is in the room now: the sample that bounds the error of a lost "left". */
  readonly listPresence: ((call: ProviderCall) => Promise<PresentConnection[]>) | null;
  /** The provider's own record of every connection: the best evidence there is, once the call is over. */
  readonly reportDurations: ((call: ProviderCall) => Promise<ReportedConnection[]>) | null;
};

/** The abilities that a provider may lack. */
export const providerAbilities = [
  "readWebhook",
  "endCall",
  "removeParticipant",
  "listPresence",
  "reportDurations",
] as const satisfies readonly (keyof Provider)[];

export type ProviderAbility = (typeof providerAbilities)[number];
