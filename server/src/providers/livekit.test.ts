// The LiveKit provider passes the conformance suite against the fake, over real HTTP; tokens and addresses.
import { FairminuteError } from "@fairminute/core";
import { TokenVerifier } from "livekit-server-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LivekitFake, startLivekitFake } from "../fakes/livekit/fake.ts";
import { createLivekitProvider } from "./livekit.ts";
import { type ProviderSubject, providerCases } from "./provider.case.ts";
import type { ProviderCall } from "./provider.ts";

const keys = { apiKey: "APIconformance", apiSecret: "a-secret-of-the-test-with-32-characters" };
const world = { now: () => Date.now() };
const call: ProviderCall = { callId: "call_1", roomName: "room_1", maximumDurationSeconds: 60, userIds: ["a", "b"] };

let fake: LivekitFake;
let subject: ProviderSubject;

beforeAll(async () => {
  fake = await startLivekitFake({ ...keys, now: world.now, sweepEveryMs: null });
  fake.join("call_conformance", "user_ada");
  await fake.flush();
  const sample = fake.recorded().find(({ webhook }) => webhook.event === "participant_joined")?.webhook;
  if (sample === undefined) throw new Error("the fake told no join");
  subject = {
    provider: createLivekitProvider({ ...keys, url: fake.url }, world),
    now: world.now,
    webhook: sample,
    enter: async ({ roomName }, userId) => void fake.join(roomName, userId),
    lacks: {
      limitCall: "a LiveKit room has no maximum duration: the cut-off is ours, and survives our crash in the database",
      readLimit: "where no limit can be set there is none to be read",
      reportDurations: "LiveKit's API tells who is in a room now; it keeps no record of who was there before",
    },
  };
});

afterAll(() => fake.stop());

describe("the LiveKit provider", () => {
  // An ability that it lacks is one of `lacks`, whose reasons the first case examines; its other cases have nothing to ask.
  const lacking = ["limitCall", "readLimit", "reportDurations"] as const;
  const cases = providerCases.filter(({ needs }) => !lacking.some((name) => name === needs));
  it.each(cases.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    await expect(one.run(subject)).resolves.toBeUndefined();
  });

  it("leaves out no case but those of the abilities that it lacks", () => {
    const left = providerCases.filter((one) => !cases.includes(one)).map(({ needs }) => needs);
    expect(new Set(left)).toEqual(new Set(Object.keys(subject.lacks)));
    for (const name of lacking) expect(subject.provider[name]).toBeNull();
  });
});

describe("a join grant", () => {
  const now = Date.UTC(2026, 10, 24, 12, 0, 0, 700);
  const provider = createLivekitProvider({ ...keys, url: "https://calls.example.org/" }, { now: () => now });
  const ada = { userId: "user_ada", name: "Ada", role: "payer" } as const;

  it("says who may enter which room, what they may do there, and as what", async () => {
    const grant = await createLivekitProvider({ ...keys, url: fake.url }, world).createJoin(call, ada);
    const claims = await new TokenVerifier(keys.apiKey, keys.apiSecret).verify(grant.token);
    expect(claims).toMatchObject({ iss: keys.apiKey, sub: "user_ada", name: "Ada" });
    expect(claims.video).toEqual({
      roomJoin: true,
      room: "room_1",
      canPublish: true,
      canSubscribe: true,
      canPublishData: true,
    });
    expect(JSON.parse(claims.metadata ?? "")).toEqual({ role: "payer", callId: "call_1" });
    expect((claims.exp ?? 0) - (claims.nbf ?? 0)).toBe(600);
    expect(grant.expiresAt).toBe((claims.exp ?? 0) * 1000);
  });

  it("is signed by the clock it was given", async () => {
    const { token, expiresAt } = await provider.createJoin(call, { ...ada, name: null });
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    expect(claims).toMatchObject({ nbf: Math.floor(now / 1000), exp: Math.floor(now / 1000) + 600 });
    expect(claims).not.toHaveProperty("name");
    expect(expiresAt).toBe(Math.floor(now / 1000) * 1000 + 600_000);
  });

  it("opens the fake's door for its own room and no other, and not after its time", async () => {
    let at = Date.now();
    const door = await startLivekitFake({ ...keys, now: () => at, sweepEveryMs: null });
    const { token } = await createLivekitProvider({ ...keys, url: door.url }, { now: () => at }).createJoin(call, ada);
    expect(door.join("room_1", "somebody", { token }).identity).toBe("user_ada");
    const refusal = expect.objectContaining({ code: "unauthenticated" });
    expect(() => door.join("room_2", "user_ada", { token })).toThrow(refusal);
    at += 11 * 60_000;
    expect(() => door.join("room_1", "user_ada", { token })).toThrow(refusal);
    await door.stop();
  });

  it.each([
    ["wss://calls.example.org", "wss://calls.example.org"],
    ["https://calls.example.org/", "wss://calls.example.org"],
    ["ws://127.0.0.1:7880", "ws://127.0.0.1:7880"],
    ["http://127.0.0.1:7880//", "ws://127.0.0.1:7880"],
  ])("sends browsers that LIVEKIT_URL names as %s to %s", async (url, serverUrl) => {
    const grant = await createLivekitProvider({ ...keys, url }, world).createJoin(call, ada);
    expect(grant).toMatchObject({ serverUrl, provider: "livekit", roomName: "room_1", iceServers: null, apiKey: null });
  });
});

describe("settings", () => {
  it.each([
    ["an address without a scheme", { ...keys, url: "calls.example.org" }],
    ["an address of another kind", { ...keys, url: "ftp://calls.example.org" }],
    ["nothing after the scheme", { ...keys, url: "wss://" }],
    ["an empty secret, by which anybody could sign", { ...keys, url: "ws://127.0.0.1", apiSecret: "" }],
    ["an empty key", { ...keys, url: "ws://127.0.0.1", apiKey: "" }],
  ])("with %s are refused", (_name, config) => {
    expect(() => createLivekitProvider(config, world)).toThrow(FairminuteError);
    expect(() => createLivekitProvider(config, world)).toThrow(
      expect.objectContaining({ code: "provider_not_configured" }),
    );
  });

  it("may name another address for the API than for browsers", async () => {
    const apart = createLivekitProvider({ ...keys, url: "wss://calls.example.org", apiUrl: fake.url }, world);
    await apart.openRoom?.({ ...call, roomName: "room_apart" });
    expect(await apart.listPresence?.({ ...call, roomName: "room_apart" })).toEqual([]);
    expect((await apart.createJoin(call, { userId: "a", name: null, role: "payee" })).serverUrl).toBe(
      "wss://calls.example.org",
    );
  });
});
