// The providers of this server by name, and who carries new calls.
import { FairminuteError } from "@fairminute/core";
import type { LivekitSettings, ProviderSettings, StreamSettings } from "../config/providers.ts";
import { createLivekitProvider } from "./livekit.ts";
import type { Provider, WebhookReading } from "./provider.ts";
import { createStreamProvider, type StreamProvider } from "./stream.ts";
import { createWebrtcProvider, type WebrtcConfig } from "./webrtc.ts";
import { createServerEventReader } from "./webrtc_events.ts";

export interface ProviderRegistry {
  /** The provider of this name; null when it is not set up, or there is none. */
  get(name: string): Provider | null;
  /** The provider of this name. @throws FairminuteError provider_not_configured */
  require(name: string): Provider;
  /** Who carries a new call of this preset. */
  nameFor(preset: string): string;
  /** The name of a new room there, made from an id that nobody can guess: at Stream a room has a type before its id. */
  newRoomName(name: string, id: string): string;
  /** Those that are set up. */
  readonly names: readonly string[];
  /** Stream with its durations; null when it is not set up. */
  readonly stream: StreamProvider | null;
}

/** What providers need of the world. */
export interface RegistryWorld {
  /** The true time: LiveKit and Stream sign and check by their own clocks, and know nothing of a sandbox. */
  now(): number;
  /** The clock of calls: the built-in provider's tokens live by it. */
  clock: { now(): number };
  fetch: typeof fetch;
}

/** The settings that providers are made from. */
export type RegistryConfig = ProviderSettings & WebrtcConfig;

const needed: ReadonlyMap<string, string> = new Map([
  ["livekit", "Set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET."],
  ["stream", "Set STREAM_API_KEY and STREAM_SECRET_KEY."],
]);

const makeLivekit = (settings: LivekitSettings, world: RegistryWorld): Provider =>
  createLivekitProvider(settings, { now: () => world.now() });

/** In a sandbox whose clock was moved, webhooks may be dated by that clock (a fake's) as well as by the true one: each makes sense. */
function makeStream(settings: StreamSettings, world: RegistryWorld): StreamProvider {
  const { fetch } = world;
  const stream = createStreamProvider(settings, { now: () => world.now(), fetch });
  const byCalls = createStreamProvider(settings, { now: () => world.clock.now(), fetch });
  const readers = [stream.readWebhook, byCalls.readWebhook].filter((reader) => reader !== null);
  return {
    ...stream,
    async readWebhook(request, check) {
      const readings = await Promise.all(readers.map((read) => read(request, check)));
      return readings.find(({ doubt }) => doubt === null) ?? (readings[0] as WebhookReading);
    },
  };
}

/** Makes every provider that the settings name. Making one asks nobody: a provider that is away shows when it is used. */
export function createProviders(config: RegistryConfig, world: RegistryWorld): ProviderRegistry {
  const stream = config.stream === null ? null : makeStream(config.stream, world);
  const livekit = config.livekit === null ? null : makeLivekit(config.livekit, world);
  const builtIn = createWebrtcProvider(config, world.clock);
  const secret = config.webrtcSecret;
  // An outside WebRTC server tells of its calls by events of our own shape; without a shared secret nobody can.
  const webrtc: Provider = {
    ...builtIn,
    readWebhook: secret === null ? null : createServerEventReader(secret, () => world.now()),
  };
  const made = [webrtc, livekit, stream].filter((provider) => provider !== null);
  const byName = new Map<string, Provider>(made.map((provider) => [provider.name, provider]));
  return {
    get: (name) => byName.get(name) ?? null,
    require(name) {
      const provider = byName.get(name);
      if (provider !== undefined) return provider;
      const message = `The provider ${name} is not set up on this server. ${needed.get(name) ?? ""}`.trim();
      throw new FairminuteError("provider_not_configured", message, { param: "provider" });
    },
    nameFor: (preset) =>
      (Object.hasOwn(config.presetProviders, preset) ? config.presetProviders[preset] : null) ?? config.provider,
    newRoomName: (name, id) => (name === "stream" ? `default:${id}` : id),
    names: [...byName.keys()],
    stream,
  };
}
