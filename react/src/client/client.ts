// The framework-free client: every route of the server as a typed function, the live connection, and the calls one is in.
import { browser } from "../call/browser.ts";
import { type CallConnectionWorld, createCallConnection } from "../call/callConnection.ts";
import { type CallRegistry, createCallRegistry } from "../call/callRegistry.ts";
import type { CarrierLoader } from "../call/carrier.ts";
import type { LocalMedia } from "../call/media.ts";
import { createRoomConnection } from "../call/roomConnection.ts";
import { createStudyRegistry, type StudyRegistry } from "../study/registry.ts";
import { createStudyTracker, type TrackerWorld } from "../study/tracker.ts";
import { createKeyRing, randomKey } from "./keyRing.ts";
import { createLiveConnection, type LiveConnection, type OpenSocket, openSocket } from "./live.ts";
import { createRequest, type Request, type TokenSource } from "./request.ts";
import { createRoutes, type Routes } from "./routes.ts";
import { createServerClock, readInstant, type ServerClock } from "./serverClock.ts";
import type { MeJson } from "./wire.ts";

export type ClientOptions = {
  /** Where the server is, without a slash at the end. "" (the default) is the page's own origin. */
  baseUrl?: string;
  /** The user's JWT, or a function that gives a fresh one. */
  token: TokenSource;
  /** Browser clients for calls that a provider carries, by the provider's name; built-in calls need none. */
  carriers?: Readonly<Record<string, CarrierLoader>>;
};

/** What the client takes from its surroundings; the defaults are the browser's. */
export type ClientWorld = Omit<
  CallConnectionWorld,
  "callId" | "live" | "clock" | "media" | "readOwnId" | "endOverHttp"
> & {
  openMedia: () => LocalMedia;
  onPageHide: TrackerWorld["onPageHide"];
  memory: TrackerWorld["memory"];
  fetch: typeof fetch;
  openSocket: OpenSocket;
  newKey: () => string;
};

/** Asks, and learns the server's time from the answer. */
export type LearnTime = <T extends { serverTime: unknown }>(ask: () => Promise<T>) => Promise<T>;

export type FairminuteClient = Routes & {
  /** Any other route of the server, with the same token, retries and errors. */
  request: Request;
  learnTime: LearnTime;
  live: LiveConnection;
  serverClock: ServerClock;
  calls: CallRegistry;
  /** Study rooms, by the id of their call here or at Stream. */
  study: StudyRegistry;
};

const browserWorld: ClientWorld = {
  ...browser,
  fetch: (input, init) => globalThis.fetch(input, init),
  openSocket,
  newKey: randomKey,
};

/**
 * Makes a client for one person. Nothing is opened before it is needed. All functions throw FairminuteError.
 * @param options.token for sandbox tokens and settings that need nobody, null
 */
export function createFairminuteClient(options: ClientOptions, world: Partial<ClientWorld> = {}): FairminuteClient {
  const all = { ...browserWorld, ...world };
  const { openMedia, onPageHide, memory, fetch, openSocket: open, newKey, ...connectionWorld } = all;
  const baseUrl = options.baseUrl ?? "";
  const serverClock = createServerClock(connectionWorld.localNow);
  const request = createRequest({
    baseUrl,
    token: options.token,
    fetch,
    keys: createKeyRing(newKey),
    wait: (ms) => new Promise((done) => connectionWorld.after(ms, done)),
  });
  const routes = createRoutes(request);
  const live = createLiveConnection(open(baseUrl, options.token));

  const learnTime: LearnTime = async (ask) => {
    const sentAt = connectionWorld.localNow();
    const answer = await ask();
    const instant = readInstant(answer.serverTime);
    if (instant !== null) serverClock.sample(sentAt, connectionWorld.localNow(), instant);
    return answer;
  };

  // A client is one person for good: asked once, unless the answer failed.
  let me: Promise<MeJson> | null = null;
  const readMe = () => {
    me ??= routes.readMe();
    me.catch(() => {
      me = null;
    });
    return me;
  };

  const readOwnId = async () => (await readMe()).userId;
  const later = (run: () => void) => void connectionWorld.after(0, run);

  return {
    ...routes,
    readMe,
    readConfig: () => learnTime(routes.readConfig),
    readLive: (callId) => learnTime(() => routes.readLive(callId)),
    readStudyToday: () => learnTime(routes.readStudyToday),
    request,
    learnTime,
    live,
    serverClock,
    calls: createCallRegistry((callId, provider) => {
      const shared = { callId, live, media: openMedia(), endOverHttp: routes.endCall };
      if (provider !== "webrtc") {
        const carrier = options.carriers?.[provider];
        const { after } = connectionWorld;
        return createRoomConnection({ ...shared, provider, carrier, readGrant: routes.readGrant, after });
      }
      return createCallConnection({ ...connectionWorld, ...shared, clock: serverClock, readOwnId });
    }, later),
    study: createStudyRegistry(
      (callId) =>
        createStudyTracker({
          ...connectionWorld,
          callId,
          say: routes.trackStudyTime,
          readOwnId,
          onPageHide,
          memory,
        }),
      later,
    ),
  };
}
