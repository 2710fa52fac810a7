// `fairminute fake`: a provider without an account, as a process, and a play in it.
import { type Backstage, createPlayClock, openPlay, tellCall, waitForServer } from "./backstage.ts";
import { type Carrier, type FakeSettings, openCarrier } from "./carrier.ts";
import { type FakeName, type ScenarioName, scenarioOf } from "./scenario.ts";

/** What the command was called with. */
export interface FakeOptions {
  scenario?: ScenarioName | undefined;
  port?: number | undefined;
  webhookUrl?: string | undefined;
  talk: number;
  realTime: boolean;
}

/** Where it speaks, and what it cannot do without. */
export interface FakeWorld {
  env: Readonly<Record<string, string | undefined>>;
  json: boolean;
  out(text: string): void;
  trueNow(): number;
  fetch: typeof fetch;
  /** Rejects when the process is told to stop meanwhile. */
  sleep(ms: number): Promise<void>;
  /** The backend's key where the environment names none: the sandbox's. */
  secretKey: string;
  /** Resolves when the process is told to stop. */
  stopped: Promise<void>;
}

/** Where each fake stands when nobody says otherwise, and the keys that everybody may know. */
const defaults = {
  livekit: { port: 7880, apiKey: "APIfake", apiSecret: "fake-livekit-secret-not-for-production" },
  stream: { port: 7890, apiKey: "streamfake", apiSecret: "fake-stream-secret-not-for-production" },
} as const;
const webhookPaths = { livekit: "/api/livekit/webhook", stream: "/api/stream/webhook" } as const;
const names = {
  livekit: { address: "LIVEKIT_URL", apiKey: "LIVEKIT_API_KEY", apiSecret: "LIVEKIT_API_SECRET" },
  stream: { address: "STREAM_API_URL", apiKey: "STREAM_API_KEY", apiSecret: "STREAM_SECRET_KEY" },
} as const;

function portIn(address: string | undefined): number | null {
  if (address === undefined || !URL.canParse(address)) return null;
  const { hostname, port } = new URL(address);
  return (hostname === "127.0.0.1" || hostname === "localhost") && port !== "" ? Number(port) : null;
}

/** The settings of a fake, by the names under which the server reads them. */
export function readFakeSettings(
  provider: FakeName,
  env: FakeWorld["env"],
  options: Pick<FakeOptions, "port" | "webhookUrl">,
): FakeSettings {
  const { address, apiKey, apiSecret } = names[provider];
  const server = `http://127.0.0.1:${env.PORT || "4000"}`;
  return {
    provider,
    apiKey: env[apiKey] || defaults[provider].apiKey,
    apiSecret: env[apiSecret] || defaults[provider].apiSecret,
    port: options.port ?? portIn(env[address]) ?? defaults[provider].port,
    webhookUrl: options.webhookUrl ?? `${server}${webhookPaths[provider]}`,
  };
}

/** What a server needs to be told to work with the fake. */
function serverSettings({ provider, apiKey, apiSecret }: FakeSettings, url: string): Record<string, string> {
  const name = names[provider];
  return { [name.address]: url, [name.apiKey]: apiKey, [name.apiSecret]: apiSecret };
}

function introduce(settings: FakeSettings, url: string, { json, out }: FakeWorld): void {
  const needed = serverSettings(settings, url);
  const { provider, webhookUrl } = settings;
  if (json) {
    out(`${JSON.stringify({ event: "listening", provider, url, webhookUrl, settings: needed })}\n`);
    return;
  }
  const title = provider === "livekit" ? "A LiveKit server" : "A Stream app";
  const lines = Object.entries(needed).map(([name, value]) => `    ${name}=${value} \\`);
  out(
    `\n  ${title} without media\n\n  Address   ${url}\n  Webhooks  ${webhookUrl}\n\n  Start Fairminute beside it:\n\n${lines.join("\n")}\n    npm start\n\n`,
  );
}

async function playScenario(name: ScenarioName, options: FakeOptions, stage: Stage, world: FakeWorld): Promise<void> {
  const { carrier, clock, backstage } = stage;
  const scenario = scenarioOf(name);
  const say = (text: string) => world.out(world.json ? `${JSON.stringify({ event: "said", text })}\n` : `  ${text}\n`);
  say(`${name}: ${scenario.title}.`);
  say(`Waiting for Fairminute at ${backstage.serverUrl}.`);
  await waitForServer(backstage);
  const { talk: talkSeconds, realTime: isRealTime } = options;
  const { play, readCall } = await openPlay(backstage, { carrier, clock, talkSeconds, isRealTime, say });
  await scenario.play(play);
  const call = await readCall();
  if (world.json)
    world.out(`${JSON.stringify({ event: "played", scenario: name, outcome: scenario.outcome, call })}\n`);
  else world.out(`\n  ${tellCall(call)}\n  Expected: ${scenario.outcome}\n`);
}

interface Stage {
  carrier: Carrier;
  clock: ReturnType<typeof createPlayClock>;
  backstage: Backstage;
}

/**
 * Starts a fake. Without a scenario it runs until the process is told to stop.
 * @throws PlayError when the server beside it refuses; an error of `listen` such as EADDRINUSE
 */
export async function runFake(provider: FakeName, options: FakeOptions, world: FakeWorld): Promise<void> {
  const settings = readFakeSettings(provider, world.env, options);
  const clock = createPlayClock(world.trueNow);
  const carrier = await openCarrier(settings, clock.now, world.trueNow);
  try {
    introduce(settings, carrier.url, world);
    if (options.scenario === undefined) {
      if (!world.json)
        world.out("  Ctrl-C stops it. With --scenario two people come in: see fairminute fake --help.\n");
      await world.stopped;
      return;
    }
    const { fetch, sleep, trueNow } = world;
    const secretKey = world.env.FAIRMINUTE_SECRET_KEY || world.secretKey;
    const serverUrl = new URL(settings.webhookUrl).origin;
    const backstage = { provider, serverUrl, secretKey, fetch, sleep, trueNow };
    let isStopped = false;
    void world.stopped.then(() => {
      isStopped = true;
    });
    await playScenario(options.scenario, options, { carrier, clock, backstage }, world).catch((error: unknown) => {
      // Who is told to stop in the middle stops there: that is no failure.
      if (!isStopped) throw error;
    });
  } finally {
    await carrier.stop();
  }
}
