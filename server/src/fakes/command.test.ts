// Every play, over real HTTP with a whole server: what comes out is what the play says.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../scripts/free-port.mjs";
import { openFreshPostgres } from "../../test/databases.ts";
import type { CallJson } from "../charging/charging.ts";
import { readConfig, sandboxSecretKey } from "../config.ts";
import { buildServer, type Server } from "../server.ts";
import { tellCall } from "./backstage.ts";
import { type FakeOptions, type FakeWorld, readFakeSettings, runFake } from "./command.ts";
import { type FakeName, fakeNames, type ScenarioName, scenarioNames, scenarioOf } from "./scenario.ts";

interface Event {
  event: string;
  url: string;
  text: string;
  settings: Record<string, string>;
  call: CallJson | null;
}

/** What is true of every play, and of this one. The looks of a play are at most ten seconds apart. */
const expected: Record<ScenarioName, { seconds: [from: number, to: number]; more: Partial<CallJson> }> = {
  talk: { seconds: [65, 65], more: { actualCoins: 10 } },
  reconnect: { seconds: [95, 95], more: { actualCoins: 10 } },
  "lost-left": { seconds: [55, 65], more: {} },
  "no-webhooks": { seconds: [45, 65], more: {} },
  outage: { seconds: [127, 137], more: {} },
  doubled: { seconds: [65, 65], more: { actualCoins: 10 } },
  "api-down": { seconds: [20, 660], more: {} },
  "api-lies": { seconds: [95, 95], more: { actualCoins: 10 } },
  "comes-back": { seconds: [65, 65], more: { endReason: "payer_hung_up", actualCoins: 10 } },
  "early-exit": { seconds: [0, 30], more: { preset: "match", endReason: "payer_hung_up" } },
};

describe.each(fakeNames)("fairminute fake %s", (provider: FakeName) => {
  let server: Server;
  let serverUrl: string;
  let close: () => Promise<void>;

  /** The fake is started first, because the server must be told where it is. */
  async function play(scenario: ScenarioName | undefined, more: Partial<FakeOptions> = {}): Promise<Event[]> {
    const events: Event[] = [];
    const world: FakeWorld = {
      env: {},
      json: true,
      out: (text) =>
        events.push(
          ...text
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line)),
        ),
      trueNow: Date.now,
      fetch,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      secretKey: sandboxSecretKey,
      stopped: new Promise(() => {}),
    };
    const path = provider === "livekit" ? "/api/livekit/webhook" : "/api/stream/webhook";
    const port = ports[provider];
    await runFake(
      provider,
      { scenario, port, webhookUrl: `${serverUrl}${path}`, talk: 65, realTime: false, ...more },
      world,
    );
    return events;
  }

  const ports = { livekit: 0, stream: 0 };
  beforeAll(async () => {
    const database = await openFreshPostgres();
    ports[provider] = await freePort();
    const config = readConfig({
      DATABASE_URL: database.url,
      ...(provider === "livekit"
        ? {
            LIVEKIT_URL: `http://127.0.0.1:${ports.livekit}`,
            LIVEKIT_API_KEY: "APIfake",
            LIVEKIT_API_SECRET: secrets.livekit,
          }
        : {
            STREAM_API_URL: `http://127.0.0.1:${ports.stream}`,
            STREAM_API_KEY: "streamfake",
            STREAM_SECRET_KEY: secrets.stream,
          }),
    });
    const onFault = (error: unknown): never => {
      throw error;
    };
    server = await buildServer({ ...config, port: 0 }, { db: database.db, clock: { now: Date.now }, onFault });
    serverUrl = (await server.listen()).url;
    close = async () => {
      await server.close();
      await database.close();
    };
  });
  afterAll(() => close());

  const playable = scenarioNames.filter((name) => (scenarioOf(name).at ?? provider) === provider);
  it.each(playable)("%s comes out as it says", async (name) => {
    const events = await play(name);
    const [listening] = events;
    expect(listening).toMatchObject({ event: "listening" });
    const { event, call } = events.at(-1) as Event;
    expect(event).toBe("played");
    expect(call).toMatchObject({ status: "completed", ...expected[name].more });
    // What the play says of it is the server's word, and not its own.
    const penalties = name === "early-exit" ? [{ userId: call?.endedBy, amount: 1, policy: "early_exit" }] : [];
    expect(call?.penalties).toMatchObject(penalties);
    expect([...tellCall(call).matchAll(/leo-\w+ pays 1 coin under early_exit: /g)]).toHaveLength(penalties.length);
    const [from, to] = expected[name].seconds;
    // The two people need a moment of real time for what they do.
    expect(call?.billableSeconds).toBeGreaterThanOrEqual(from);
    expect(call?.billableSeconds).toBeLessThanOrEqual(to + 3);
    if (name === "comes-back" || name === "api-down") {
      expect(events.filter(({ text }) => text?.includes("out of the room"))).toHaveLength(1);
    }
  });
});

const secrets = {
  livekit: readFakeSettings("livekit", {}, {}).apiSecret,
  stream: readFakeSettings("stream", {}, {}).apiSecret,
};

describe("settings of a fake", () => {
  it("are those of the server, by the same names", () => {
    const env = { PORT: "5000", LIVEKIT_URL: "ws://127.0.0.1:7999", LIVEKIT_API_KEY: "k", LIVEKIT_API_SECRET: "s" };
    expect(readFakeSettings("livekit", env, {})).toEqual({
      provider: "livekit",
      apiKey: "k",
      apiSecret: "s",
      port: 7999,
      webhookUrl: "http://127.0.0.1:5000/api/livekit/webhook",
    });
    expect(readFakeSettings("stream", {}, { port: 0, webhookUrl: "http://a/b" })).toMatchObject({
      apiKey: "streamfake",
      port: 0,
      webhookUrl: "http://a/b",
    });
    // A real address is not one to listen on.
    expect(readFakeSettings("livekit", { LIVEKIT_URL: "wss://x.livekit.cloud" }, {}).port).toBe(7880);
  });
});
