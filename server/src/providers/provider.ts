// The one shape of whatever carries a call: LiveKit, Stream, or the built-in WebRTC signalling.
import type { CallEvent } from "@fairminute/core";
import type { IceServer } from "./ice.ts";

/**
 * What a provider must know of a call. `roomName` is the provider's own name of the room: LiveKit's room name, Stream's
 * `type:id`. `maximumDurationSeconds` comes from the frozen terms; null means no limit. `userIds` are the call's people.
 */
export type ProviderCall = {
  callId: string;
  roomName: string;
  maximumDurationSeconds: number | null;
  userIds: readonly string[];
};

/** The person a join is made for; `role` goes into the token's metadata where the provider has such a thing. */
export type ProviderUser = { userId: string; name: string | null; role: "payer" | "payee" | "attendee" };

/** What a browser needs to enter the room of a call. `expiresAt` is milliseconds since the epoch. */
export type JoinGrant = {
  provider: string;
  token: string;
  roomName: string;
  serverUrl: string;
  iceServers: IceServer[] | null;
  /** The public key of the app at the provider, where its browser client asks for one (Stream). */
  apiKey: string | null;
  expiresAt: number;
};

/** A webhook exactly as it came: the signature is over these bytes. Header names are lower case. */
export type WebhookRequest = { body: Uint8Array; headers: Readonly<Record<string, string | undefined>> };

/** How a webhook is read. `anyTime`: an operator vouches for its times, which are not doubted then; the signature is checked all the same. */
export type WebhookCheck = { readonly anyTime?: boolean };

/** Evidence as a provider tells it, before the server stamps its arrival. */
export type ProviderEvent = Omit<CallEvent, "receivedAt">;

/**
 * What one genuine webhook says.
 * `id` is its identity for ever, made of signed content only: the same webhook again is no news.
 * `events` are evidence for the call that lives in `roomName`; unknown kinds carry none, and are kept all the same.
 * `people` are users whom the webhook names as members or participants, and `createdBy` who made the call, where it says so:
 * with them a call that was not opened here can be.
 * `doubt` is a sentence when everything is genuine but its times (an expired token, a clock far off): such a webhook is kept
 * for the operator and proves nothing.
 * `life` names one life of the room (LiveKit's room sid, Stream's session id), where the webhook says it: a room name that is used
 * again later is another life, and another call.
 */
export type WebhookReading = {
  id: string;
  kind: string;
  roomName: string | null;
  occurredAt: number;
  people: string[];
  createdBy: string | null;
  events: ProviderEvent[];
  doubt: string | null;
  life?: string | null;
};

/** One connection that the provider sees right now; `joinedAt` in milliseconds. */
export type PresentConnection = { userId: string; connectionId: string; joinedAt: number | null };

/** One connection in the provider's closing report, in milliseconds; `to` is null while it is open. */
export type ReportedConnection = { userId: string; connectionId: string; from: number; to: number | null };

/**
 * A provider. `createJoin` is the one thing that all of them do. Each other ability is null where the provider has
 * no such thing, so that a caller must ask before it relies on it; a provider says why in its conformance test.
 * Every ability refuses with a FairminuteError, and repeating any of them is harmless. A provider that does not answer, or
 * answers nonsense, refuses with `provider_unavailable`: nobody may take silence for absence.
 */
export type Provider = {
  readonly name: string;
  /** Lets one user into the room of one call, for a short time. The caller has checked that the user is a party. */
  createJoin(call: ProviderCall, user: ProviderUser): Promise<JoinGrant>;
  /** Makes the room of a call that was opened here, with as many seats as it has people. A room that exists is a success. */
  readonly openRoom: ((call: ProviderCall) => Promise<void>) | null;
  /** Has the provider itself end the call after so many seconds from its start: the net under a server that is down. */
  readonly limitCall: ((call: ProviderCall, seconds: number) => Promise<void>) | null;
  /** After how many seconds from its start the provider ends the call as things stand, whoever said so; null when it does not. */
  readonly readLimit: ((call: ProviderCall) => Promise<number | null>) | null;
  /**
   * Verifies the signature over the raw bytes, then translates. Refuses with `unauthenticated` (its details carry `reason`, one
   * word for the log) when it is not genuine, and with `provider_not_configured` when there is no secret to check it by.
   */
  readonly readWebhook: ((request: WebhookRequest, check?: WebhookCheck) => Promise<WebhookReading>) | null;
  /** Closes the room. A room that is closed already is a success. */
  readonly endCall: ((call: ProviderCall) => Promise<void>) | null;
  /** Cuts one user's connection (all of them when `connectionId` is null). Somebody who has gone already is a success. */
  readonly removeParticipant:
    | ((call: ProviderCall, participant: { userId: string; connectionId: string | null }) => Promise<void>)
    | null;
  /** Who is in the room now: the sample that bounds the error of a lost "left". A room that is not there is empty. */
  readonly listPresence: ((call: ProviderCall) => Promise<PresentConnection[]>) | null;
  /** The provider's own record of every connection: the best evidence there is, once the call is over. */
  readonly reportDurations: ((call: ProviderCall) => Promise<ReportedConnection[]>) | null;
};

/** The abilities that a provider may lack. */
export const providerAbilities = [
  "openRoom",
  "limitCall",
  "readLimit",
  "readWebhook",
  "endCall",
  "removeParticipant",
  "listPresence",
  "reportDurations",
] as const satisfies readonly (keyof Provider)[];

export type ProviderAbility = (typeof providerAbilities)[number];
