// Which providers there are, who carries what, and what is refused.
import { describe, expect, it } from "vitest";
import { readConfig } from "../config.ts";
import { createProviders } from "./registry.ts";

const livekit = { LIVEKIT_URL: "wss://x.example.com", LIVEKIT_API_KEY: "key", LIVEKIT_API_SECRET: "secret" };
const stream = { STREAM_API_KEY: "key", STREAM_SECRET_KEY: "secret" };

const registry = (env: Record<string, string> = {}) =>
  createProviders(readConfig(env), { now: () => 0, clock: { now: () => 0 }, fetch: globalThis.fetch });

describe("the providers", () => {
  it("are those that are set up; the built-in one always is", () => {
    expect(registry().names).toEqual(["webrtc"]);
    expect(registry({ ...livekit, ...stream }).names).toEqual(["webrtc", "livekit", "stream"]);
    expect(registry().get("livekit")).toBeNull();
    expect(registry(livekit).get("livekit")?.name).toBe("livekit");
    expect([registry().stream, registry(stream).stream?.name]).toEqual([null, "stream"]);
  });

  it("one that is not set up is refused, saying what to set", () => {
    expect(() => registry().require("livekit")).toThrow(/LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET/);
    expect(() => registry().require("stream")).toThrow(/STREAM_API_KEY and STREAM_SECRET_KEY/);
    expect(() => registry().require("constructor")).toThrow(
      expect.objectContaining({ code: "provider_not_configured" }),
    );
  });

  it("carry new calls by their preset", () => {
    const providers = registry({
      ...livekit,
      ...stream,
      FAIRMINUTE_PROVIDER: "livekit",
      FAIRMINUTE_PRESET_PROVIDERS: "match=stream",
    });
    expect(["match", "creator-call", "constructor"].map(providers.nameFor)).toEqual(["stream", "livekit", "livekit"]);
    expect(registry().nameFor("match")).toBe("webrtc");
  });

  it("name rooms in their own way", () => {
    expect(registry().newRoomName("livekit", "room_1")).toBe("room_1");
    expect(registry().newRoomName("stream", "room_1")).toBe("default:room_1");
  });

  it("an outside WebRTC server is heard only with a shared secret", () => {
    expect(registry().require("webrtc").readWebhook).toBeNull();
    expect(registry({ FAIRMINUTE_WEBRTC_SECRET: "x".repeat(32) }).require("webrtc").readWebhook).not.toBeNull();
  });
});
