// LiveKit's room service over Twirp: rooms are made and deleted, participants listed and removed.
import { FairminuteError } from "@fairminute/core";
import { ParticipantInfo_State, RoomServiceClient, type VideoGrant } from "livekit-server-sdk";
import type { PresentConnection, ProviderCall } from "../provider.ts";
import { type LivekitKeys, signGrants } from "./tokens.ts";

/** Where the API is and by what it is opened. `now` is the true time in milliseconds. */
export type LivekitAddress = LivekitKeys & { readonly apiUrl: string; readonly timeoutMs: number; now(): number };

/** What the provider does to rooms. Everything that is not a clear answer is refused with `provider_unavailable`. */
export type LivekitRooms = {
  open(call: ProviderCall): Promise<void>;
  end(call: ProviderCall): Promise<void>;
  remove(call: ProviderCall, participant: { userId: string; connectionId: string | null }): Promise<void>;
  list(call: ProviderCall): Promise<PresentConnection[]>;
};

/** Each request is signed anew, for long enough to arrive. */
const requestTokenSeconds = 60;
/** A room waits this long for its first participant: longer than ringing and joining take. */
const emptyTimeoutSeconds = 300;
/** And this long after the last one: longer than a reconnect takes, so that it finds the same room. We delete it at the end. */
const departureTimeoutSeconds = 60;

/**
 * The SDK's client, with its tokens signed by our clock instead of the machine's. Its requests go through the global fetch: it has
 * no place for another one. Its region failover is off, because a refusal must be prompt: who asks, asks again later.
 */
class SignedRoomClient extends RoomServiceClient {
  readonly #address: LivekitAddress;

  constructor(address: LivekitAddress) {
    const requestTimeout = address.timeoutMs / 1000;
    super(address.apiUrl, address.apiKey, address.apiSecret, { requestTimeout, failover: false });
    this.#address = address;
  }

  override async authHeader(video: VideoGrant): Promise<Record<string, string>> {
    const token = await signGrants(this.#address, { video }, this.#address.now(), requestTokenSeconds);
    return { Authorization: `Bearer ${token}` };
  }
}

/** Makes the room service of one LiveKit server. */
export function createLivekitRooms(address: LivekitAddress): LivekitRooms {
  const client = new SignedRoomClient(address);
  return {
    async open({ callId, roomName, userIds }) {
      const room = {
        name: roomName,
        emptyTimeout: emptyTimeoutSeconds,
        departureTimeout: departureTimeoutSeconds,
        // Two seats at least: LiveKit reads 0 as no limit, and a call of one person waits for a second.
        maxParticipants: Math.max(2, userIds.length),
        metadata: JSON.stringify({ callId }),
      };
      await ask("make the room", null, () => client.createRoom(room));
    },

    async end({ roomName }) {
      await ask("delete the room", undefined, () => client.deleteRoom(roomName));
    },

    async remove({ roomName }, { userId, connectionId }) {
      if (connectionId !== null) {
        // LiveKit removes by identity. Somebody who came back with a new connection is not the one who is meant.
        const found = await ask("find the participant", null, () => client.getParticipant(roomName, userId));
        if (found?.sid !== connectionId) return;
      }
      await ask("remove the participant", undefined, () => client.removeParticipant(roomName, userId));
    },

    async list({ roomName }) {
      const participants = await ask("list the participants", [], () => client.listParticipants(roomName));
      const present: PresentConnection[] = [];
      for (const { sid, identity, state, kind, permission, joinedAtMs, joinedAt } of participants) {
        // Only media makes presence: who is still connecting, or was never able to, is not there. Kind 0 is a person.
        if (state !== ParticipantInfo_State.ACTIVE || kind !== 0 || permission?.recorder || permission?.agent) continue;
        const connectedAt = Number(joinedAtMs) || Number(joinedAt) * 1000;
        present.push({ userId: identity, connectionId: sid, joinedAt: connectedAt === 0 ? null : connectedAt });
      }
      return present;
    },
  };
}

/**
 * Asks once. What is not there gives `missing`: LiveKit says `not_found` in so many words, which no proxy's 404 page does.
 * Anything else (no connection, no answer in time, a refusal, something that is not LiveKit's JSON) is `provider_unavailable`.
 */
async function ask<Answer, Missing>(
  what: string,
  missing: Missing,
  request: () => Promise<Answer>,
): Promise<Answer | Missing> {
  try {
    return await request();
  } catch (error) {
    const { status, code } = error as { status?: unknown; code?: unknown };
    if (status === 404 && code === "not_found") return missing;
    throw unavailable(what, error, typeof status === "number" ? status : null);
  }
}

function unavailable(what: string, cause: unknown, status: number | null): FairminuteError {
  const isKey = status === 401 || status === 403;
  const advice = isKey ? " It does not accept our key: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET." : "";
  const message = `LiveKit did not ${what}.${advice}`;
  const reason = isKey ? "key_refused" : status === null ? "no_answer" : "refused";
  return new FairminuteError("provider_unavailable", message, { cause, details: { reason, status } });
}
