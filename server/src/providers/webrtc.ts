// The built-in provider: calls between browsers, signalled by this server over socket.io.
import { type IceConfig, type IceServer, iceServers } from "./ice.ts";
import { type JoinClaim, readJoinToken, writeJoinToken } from "./join_token.ts";
import type { Provider } from "./provider.ts";

/** The settings of the built-in provider. `secretKey` signs join tokens; `publicUrl` null: the address of the API itself. */
export type WebrtcConfig = IceConfig & { readonly publicUrl: string | null; readonly secretKey: string };

/** The built-in provider, with the two things that its signalling room needs beside the common shape. */
export type WebrtcProvider = Provider & {
  readonly name: "webrtc";
  /** Reads a join token; null when the text is none; refuses a forged or expired one with `unauthenticated`. */
  readJoin(token: string): JoinClaim | null;
  /** STUN, and TURN with credentials that last as long as this call can. */
  readIceServers(userId: string, maximumDurationSeconds: number | null): IceServer[];
};

/** Long enough to open the camera and join, short enough that a leaked token is stale. A reconnect fetches a new one. */
const joinTokenMs = 10 * 60_000;
/** How long relays stay usable in a call without a maximum duration. */
const relayMs = 4 * 3_600_000;

/**
 * Makes the built-in provider. It has no state: two of them with the same settings understand each other's tokens,
 * so every server process makes its own.
 *
 * The abilities that are null do not exist here, because the provider is this server: its evidence comes straight from
 * its own sockets into the log, so there is nobody who could be polled or send a closing report (an outside WebRTC server
 * may post events of calls of its own: the registry adds that ear where a secret is shared with one); and the `call:ended` notice is the order to hang up, since between two browsers there is no room to delete.
 */
export function createWebrtcProvider(config: WebrtcConfig, clock: { now(): number }): WebrtcProvider {
  const readIceServers = (userId: string, maximumDurationSeconds: number | null): IceServer[] => {
    const longestMs = maximumDurationSeconds === null ? relayMs : maximumDurationSeconds * 1000;
    return iceServers(config, userId, clock.now() + longestMs + joinTokenMs);
  };
  return {
    name: "webrtc",
    async createJoin(call, user) {
      const expiresAt = clock.now() + joinTokenMs;
      return {
        provider: "webrtc",
        token: writeJoinToken(config.secretKey, {
          callId: call.callId,
          userId: user.userId,
          name: user.name,
          expiresAt,
        }),
        roomName: call.roomName,
        serverUrl: config.publicUrl ?? "/",
        iceServers: readIceServers(user.userId, call.maximumDurationSeconds),
        apiKey: null,
        expiresAt,
      };
    },
    readJoin: (token) => readJoinToken(config.secretKey, token, clock.now()),
    readIceServers,
    openRoom: null,
    limitCall: null,
    readLimit: null,
    readWebhook: null,
    endCall: null,
    removeParticipant: null,
    listPresence: null,
    reportDurations: null,
  };
}
