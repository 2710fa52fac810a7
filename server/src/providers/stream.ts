// The provider for calls that run at Stream (GetStream Video), without any package of Stream's.
import { FairminuteError } from "@fairminute/core";
import type { Provider } from "./provider.ts";
import { createStreamApi, type StreamApiConfig } from "./stream/api.ts";
import { readCid } from "./stream/cid.ts";
import { createStreamDurations, type StreamDurations } from "./stream/durations.ts";
import { readCall, readRuns } from "./stream/report.ts";
import { createStreamRoom } from "./stream/room.ts";
import { type SignedToken, signCallToken, signUserToken } from "./stream/tokens.ts";
import { createWebhookReader } from "./stream/webhook.ts";

/**
 * The settings of one Stream app. `webhookSecret` null: the secret key signs webhooks, as Stream does. `callType`: the type
 * of calls that are named by their id alone. `callRole`: the role that a call token gives in its call. The default is
 * the one that Stream gives every member; a role without the capability to change the maximum duration keeps payers from
 * giving themselves time. Null leaves it to the call's own members.
 */
export type StreamConfig = StreamApiConfig & {
  readonly webhookSecret: string | null;
  readonly callType?: string;
  readonly callRole?: string | null;
};

/** What the provider needs of the world. `now` is the true time, also in a sandbox: Stream knows nothing of a sandbox's clock. */
export type StreamWorld = { now(): number; fetch: typeof fetch };

/** The provider, with the durations that only Stream's record can tell. */
export type StreamProvider = Provider & {
  readonly name: "stream";
  readonly durations: StreamDurations;
  /** An hour's token of a user's own, with the public key that their client asks for beside it. */
  createUserToken(userId: string): Promise<SignedToken & { apiKey: string }>;
};

/** Makes the provider of one Stream app. It has no state, and has every ability. Without its keys it is none. */
export function createStreamProvider(config: StreamConfig, world: StreamWorld): StreamProvider {
  const { apiKey, secretKey, webhookSecret, callType = "default", callRole = "call_member" } = config;
  if (apiKey === "" || secretKey === "" || webhookSecret === "") {
    // With an empty secret anybody could sign.
    const message = "STREAM_API_KEY, STREAM_SECRET_KEY and STREAM_WEBHOOK_SECRET must not be empty.";
    throw new FairminuteError("provider_not_configured", message);
  }
  const api = createStreamApi(config, world);
  const cidOf = (roomName: string) => readCid(roomName, callType);
  return {
    name: "stream",
    ...createStreamRoom(api, cidOf),
    durations: createStreamDurations(api, world, callType),
    readWebhook: createWebhookReader({ apiKey, secret: webhookSecret ?? secretKey }, world.now),
    async createUserToken(userId) {
      return { apiKey, ...(await signUserToken(secretKey, userId, world.now())) };
    },
    async createJoin(call, user) {
      const claim = { userId: user.userId, cid: cidOf(call.roomName).cid, role: callRole };
      return {
        provider: "stream",
        ...(await signCallToken(secretKey, claim, world.now())),
        roomName: call.roomName,
        serverUrl: api.apiUrl,
        iceServers: null,
        apiKey,
      };
    },
    async reportDurations(call) {
      const cid = cidOf(call.roomName);
      const described = await readCall(api, cid);
      const runs = described === null ? [] : await readRuns(api, cid, described);
      return runs.flatMap((run) => [...run.connections]);
    },
  };
}
