// The LiveKit provider: calls in rooms of a LiveKit server, told by its webhooks and seen through its API.
import { FairminuteError } from "@fairminute/core";
import { readWebhookBody } from "./livekit/reading.ts";
import { createLivekitRooms } from "./livekit/rooms.ts";
import { verifySignature } from "./livekit/signature.ts";
import { type LivekitKeys, signGrants } from "./livekit/tokens.ts";
import type { Provider } from "./provider.ts";

/**
 * The settings. `url` is where browsers connect (wss:// or https://); `apiUrl` where this server reaches the API, when that is
 * another address. `timeoutMs` is how long one request to the API may take.
 */
export type LivekitConfig = LivekitKeys & {
  readonly url: string;
  readonly apiUrl?: string | null;
  readonly timeoutMs?: number;
};

/**
 * Long enough to open the camera and join, short enough that a leaked token is stale. It does not bind for longer: LiveKit hands
 * everybody in a room fresh tokens of its own, so a cut-off is to remove people and to delete the room, and to look again.
 */
const joinTokenSeconds = 600;
const timeoutMsDefault = 5_000;

/**
 * Makes the LiveKit provider. `world.now` is the true time in milliseconds, also in a sandbox: the LiveKit server, which signs and
 * checks by its own clock, knows nothing of a sandbox.
 *
 * `limitCall` and `readLimit` are null: a LiveKit room has no maximum duration, so the cut-off stays with us. `reportDurations` is null: the API
 * tells who is in a room now and nothing about the past.
 */
export function createLivekitProvider(config: LivekitConfig, world: { now(): number }): Provider {
  if (config.apiKey === "" || config.apiSecret === "") {
    // With an empty secret anybody could sign.
    throw new FairminuteError("provider_not_configured", "LIVEKIT_API_KEY and LIVEKIT_API_SECRET must not be empty.");
  }
  const serverUrl = withScheme(config.url, "ws");
  const apiUrl = withScheme(config.apiUrl ?? config.url, "http");
  const { apiKey, apiSecret, timeoutMs = timeoutMsDefault } = config;
  const rooms = createLivekitRooms({ apiKey, apiSecret, apiUrl, timeoutMs, now: () => world.now() });
  return {
    name: "livekit",
    async createJoin(call, user) {
      const now = world.now();
      const video = {
        roomJoin: true,
        room: call.roomName,
        canPublish: true,
        canSubscribe: true,
        canPublishData: true,
      };
      const metadata = JSON.stringify({ role: user.role, callId: call.callId });
      const name = user.name === null ? {} : { name: user.name };
      const token = await signGrants(
        config,
        { video, metadata, identity: user.userId, ...name },
        now,
        joinTokenSeconds,
      );
      const expiresAt = (Math.floor(now / 1000) + joinTokenSeconds) * 1000;
      return {
        provider: "livekit",
        token,
        roomName: call.roomName,
        serverUrl,
        iceServers: null,
        apiKey: null,
        expiresAt,
      };
    },
    openRoom: (call) => rooms.open(call),
    limitCall: null,
    readLimit: null,
    async readWebhook(request, { anyTime = false } = {}) {
      const signature = await verifySignature(config, request, world.now());
      return readWebhookBody(request.body, anyTime ? { ...signature, doubt: null } : signature);
    },
    endCall: (call) => rooms.end(call),
    removeParticipant: (call, participant) => rooms.remove(call, participant),
    listPresence: (call) => rooms.list(call),
    reportDurations: null,
  };
}

/** The same address as ws(s) or http(s), without a slash at its end. */
function withScheme(address: string, scheme: "ws" | "http"): string {
  const [, secure = "", rest = ""] = /^(?:ws|http)(s?):\/\/([^\s/].*?)\/*$/.exec(address) ?? [];
  if (rest === "") {
    const message = `LIVEKIT_URL: "${address}" is no address; expected one like wss://name.livekit.cloud.`;
    throw new FairminuteError("provider_not_configured", message);
  }
  return `${scheme}${secure}://${rest}`;
}
