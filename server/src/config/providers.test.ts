// The providers' settings: whole groups or none, safe addresses, and rules that can be meant.
import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "../config.ts";
import { presetForUnknown } from "./providers.ts";

const livekit = {
  LIVEKIT_URL: "wss://calls.example.com/",
  LIVEKIT_API_KEY: "APIkey",
  LIVEKIT_API_SECRET: "livekit-secret-of-the-test",
};
const stream = { STREAM_API_KEY: "streamkey", STREAM_SECRET_KEY: "stream-secret-of-the-test" };

/** The message of a refusal, or null when the settings are taken. */
function refusal(env: Record<string, string>): string | null {
  try {
    readConfig(env);
    return null;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

describe("the providers' settings", () => {
  it("are read as groups; the API's address follows from LiveKit's, and Stream's secret key signs webhooks", () => {
    expect(readConfig({ ...livekit, ...stream })).toMatchObject({
      livekit: {
        url: "wss://calls.example.com",
        apiUrl: "https://calls.example.com",
        apiKey: "APIkey",
        apiSecret: "livekit-secret-of-the-test",
      },
      stream: {
        apiKey: "streamkey",
        secretKey: "stream-secret-of-the-test",
        webhookSecret: "stream-secret-of-the-test",
        apiUrl: null,
        callRole: "call_member",
      },
    });
    const more = readConfig({
      ...livekit,
      ...stream,
      LIVEKIT_URL: "ws://127.0.0.1:7880",
      LIVEKIT_API_URL: "http://localhost:7881",
      STREAM_API_URL: "http://[::1]:9000/",
      STREAM_CALL_ROLE: "guest",
      STREAM_WEBHOOK_SECRET: "another-secret",
    });
    expect(more.livekit).toMatchObject({ url: "ws://127.0.0.1:7880", apiUrl: "http://localhost:7881" });
    expect(more.stream).toMatchObject({
      webhookSecret: "another-secret",
      apiUrl: "http://[::1]:9000",
      callRole: "guest",
    });
  });

  it("webhooks are kept for a number of days, or for ever", () => {
    const days = (text?: string) => readConfig(text === undefined ? {} : { FAIRMINUTE_WEBHOOK_DAYS: text }).webhookDays;
    expect([days(), days("7"), days("forever")]).toEqual([30, 7, null]);
    for (const wrong of ["0", "-1", "a month", "1.5"])
      expect(refusal({ FAIRMINUTE_WEBHOOK_DAYS: wrong })).toContain("FAIRMINUTE_WEBHOOK_DAYS");
  });

  it("half a group is refused, naming what is missing", () => {
    expect(refusal({ LIVEKIT_URL: "wss://x.example.com", STREAM_WEBHOOK_SECRET: "s" })).toMatchInlineSnapshot(`
      "Fairminute cannot start: 4 settings are wrong.
        LIVEKIT_API_KEY is missing while LIVEKIT_URL is set.
          Set LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET together, or none of them.
        LIVEKIT_API_SECRET is missing while LIVEKIT_URL is set.
          Set LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET together, or none of them.
        STREAM_API_KEY is missing while STREAM_WEBHOOK_SECRET is set.
          Set STREAM_API_KEY, STREAM_SECRET_KEY together, or none of them.
        STREAM_SECRET_KEY is missing while STREAM_WEBHOOK_SECRET is set.
          Set STREAM_API_KEY, STREAM_SECRET_KEY together, or none of them."
    `);
    expect(refusal({ ...livekit, LIVEKIT_API_SECRET: "" })).toMatch(/LIVEKIT_API_SECRET is missing while LIVEKIT_URL/);
    expect(refusal({ LIVEKIT_API_URL: "https://x.example.com" })).toMatch(/LIVEKIT_API_KEY is missing/);
  });

  it("keys do not travel in the clear, and secrets are not repeated", () => {
    const message = refusal({
      ...livekit,
      ...stream,
      LIVEKIT_URL: "ws://calls.example.com/hunter1",
      LIVEKIT_API_URL: "ftp://calls.example.com",
      STREAM_API_URL: "http://stream.example.com",
      FAIRMINUTE_WEBRTC_SECRET: "hunter2",
    });
    expect(message).toMatchInlineSnapshot(`
      "Fairminute cannot start: 4 settings are wrong.
        LIVEKIT_URL is no wss:// or https:// address.
          Keys travel there: without encryption it must be this machine.
        LIVEKIT_API_URL is no https:// address.
          Give one with https://
        STREAM_API_URL is no https:// address.
          Keys travel there: without encryption it must be this machine.
        FAIRMINUTE_WEBRTC_SECRET has 7 characters.
          Give at least 32: openssl rand -base64 48"
    `);
    expect(message).not.toMatch(/hunter/);
  });

  it("a provider that carries calls must be set up", () => {
    expect(refusal({ FAIRMINUTE_PROVIDER: "livekit" })).toMatch(/names livekit, which is not set up/);
    expect(refusal({ FAIRMINUTE_PROVIDER: "zoom" })).toMatch(/Choose one of: webrtc, livekit, stream/);
    expect(refusal({ ...stream, FAIRMINUTE_PRESET_PROVIDERS: "match=stream,coin-minutes=livekit" })).toMatch(
      /FAIRMINUTE_PRESET_PROVIDERS names livekit, which is not set up/,
    );
    const config = readConfig({
      ...livekit,
      ...stream,
      FAIRMINUTE_PROVIDER: "livekit",
      FAIRMINUTE_PRESET_PROVIDERS: "match = stream, creator-call=webrtc",
    });
    expect([config.provider, config.presetProviders]).toEqual([
      "livekit",
      { match: "stream", "creator-call": "webrtc" },
    ]);
  });

  it.each(["match", "match=stream=x", "=stream", "nope=stream", "match=zoom", "match=webrtc,match=stream"])(
    "FAIRMINUTE_PRESET_PROVIDERS=%s is refused",
    (value) => {
      expect(refusal({ ...stream, FAIRMINUTE_PRESET_PROVIDERS: value })).toMatch(/FAIRMINUTE_PRESET_PROVIDERS/);
    },
  );

  it("a misspelt name is not ignored", () => {
    expect(refusal({ ...livekit, LIVEKIT_API_SECRTE: "x" })).toMatch(/Did you mean LIVEKIT_API_SECRET\?/);
    expect(refusal({ ...stream, STREAM_WEBHOK_SECRET: "x" })).toMatch(/Did you mean STREAM_WEBHOOK_SECRET\?/);
    expect(refusal({ STREAMLINE: "x", LIVEKIT_KEYS: "x" })).toBeNull();
  });
});

describe("calls that nobody opened here", () => {
  it("at Stream are matches, at LiveKit the operator's, unless rules say otherwise", () => {
    const { unknownCalls } = readConfig({});
    expect(presetForUnknown(unknownCalls, "stream", "default")).toBe("match");
    expect(presetForUnknown(unknownCalls, "livekit", null)).toBeNull();
    const rules = readConfig({
      FAIRMINUTE_UNKNOWN_CALLS: "stream:default=match, stream:livestream=none,stream=study-room,livekit=none",
    }).unknownCalls;
    expect(
      ["default", "livestream", "audio_room", null].map((type) => presetForUnknown(rules, "stream", type)),
    ).toEqual(["match", null, "study-room", "study-room"]);
    expect(presetForUnknown(rules, "livekit", null)).toBeNull();
    const only = readConfig({ FAIRMINUTE_UNKNOWN_CALLS: "stream:default=match" }).unknownCalls;
    expect(presetForUnknown(only, "stream", "livestream")).toBeNull();
  });

  it.each([
    "stream",
    "webrtc=match",
    "stream:=match",
    "stream=nope",
    "stream=tutoring-onchain",
    "livekit:default=match",
    "livekit=coin-minutes",
    "stream=match,stream=none",
    "stream:a=match,stream:a=none",
  ])("FAIRMINUTE_UNKNOWN_CALLS=%s is refused", (value) => {
    expect(refusal({ FAIRMINUTE_UNKNOWN_CALLS: value })).toMatch(/FAIRMINUTE_UNKNOWN_CALLS has/);
  });
});
