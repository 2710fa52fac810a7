// The built-in provider passes the conformance suite; and the suite finds what is wrong with a bad provider.
import { describe, expect, it } from "vitest";
import { readConfig } from "../config.ts";
import { casesFor, type ProviderSubject, providerCases } from "./provider.case.ts";
import type { Provider, WebhookRequest } from "./provider.ts";
import { createProviders } from "./registry.ts";
import { createWebrtcProvider } from "./webrtc.ts";
import { signatureHeader, signServerEvent, timestampHeader } from "./webrtc_events.ts";

const config = {
  stunUrls: ["stun:stun.example.org:3478"],
  turnUrls: ["turn:turn.example.org:3478"],
  turnSecret: "north-wind-and-the-sun",
  publicUrl: null,
  secretKey: "fm_test_sk_of_this_very_test_0123456789",
};
const clock = { now: () => 1_770_000_000_000 };

/** As a server makes it: with the ear for an outside WebRTC server, where a secret is shared with one. */
const serverSecret = "a shared secret of thirty-two or more characters";
const providers = createProviders(
  readConfig({ FAIRMINUTE_WEBRTC_SECRET: serverSecret, FAIRMINUTE_STUN_URLS: "stun:stun.example.org:3478" }),
  { ...clock, clock, fetch: () => Promise.reject(new Error("the built-in provider asks nobody")) },
);

function signedSample(): WebhookRequest {
  const event = { event: "session-heartbeat", id: "1", sessionId: "call_conformance", userIds: ["user_ada"] };
  const body = Buffer.from(JSON.stringify(event));
  const timestamp = clock.now() / 1000;
  const headers = {
    [signatureHeader]: signServerEvent(serverSecret, timestamp, body),
    [timestampHeader]: String(timestamp),
  };
  return { body, headers };
}

const subject: ProviderSubject = {
  provider: providers.require("webrtc"),
  now: clock.now,
  webhook: signedSample(),
  lacks: {
    openRoom: "two browsers need no room: they meet through this server's own signalling",
    limitCall:
      "the server that would have to cut the call is the one that signals it; its deadlines are in the database",
    readLimit: "where no limit can be set there is none to be read",
    endCall: "the call:ended notice is the order to hang up; between two browsers there is no room to delete",
    removeParticipant: "the signalling room closes a connection of its own by disconnecting the socket",
    listPresence: "proof of life arrives by itself on the sockets; a sample would only repeat the log",
    reportDurations: "the log is the record; there is no second party that could report another",
  },
};

describe("the built-in provider", () => {
  it.each(casesFor(subject).map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    await expect(one.run(subject)).resolves.toBeUndefined();
  });

  it("gives a token that its signalling reads back", async () => {
    const provider = createWebrtcProvider(config, clock);
    const grant = await provider.createJoin(
      { callId: "call_1", roomName: "call_1", maximumDurationSeconds: 3_600, userIds: ["user_ada"] },
      { userId: "user_ada", name: "Ada", role: "payer" },
    );
    const elsewhere = createWebrtcProvider(config, clock);
    expect(elsewhere.readJoin(grant.token)).toEqual({
      callId: "call_1",
      userId: "user_ada",
      name: "Ada",
      expiresAt: 1_770_000_600_000,
    });
    expect(elsewhere.readJoin("a user's own token")).toBeNull();
  });

  it("gives relay credentials that outlast the longest call, and four hours where there is no limit", () => {
    const provider = createWebrtcProvider(config, clock);
    const expiry = (seconds: number | null) => provider.readIceServers("user_ada", seconds)[1]?.username?.split(":")[0];
    expect(expiry(3_600)).toBe("1770004200");
    expect(expiry(null)).toBe("1770015000");
  });
});

describe("the conformance suite", () => {
  const good = subject.provider;
  const nobody = { people: [], createdBy: null, events: [] };
  const empty = { ...nobody, id: "", kind: "", roomName: null, occurredAt: 0, doubt: null };
  const webhook = { body: new Uint8Array([1, 2, 3]), headers: { authorization: "x" } };
  const faulty: [string, Partial<Provider>, Partial<ProviderSubject>][] = [
    ["every missing ability", {}, { lacks: {} }],
    [
      "a grant names",
      { createJoin: async (call, user) => ({ ...(await good.createJoin(call, user)), roomName: "x" }) },
      {},
    ],
    [
      "a grant expires",
      { createJoin: async (call, user) => ({ ...(await good.createJoin(call, user)), expiresAt: 0 }) },
      {},
    ],
    [
      "each user",
      { createJoin: async (call, user) => ({ ...(await good.createJoin(call, user)), token: "same" }) },
      {},
    ],
    [
      "a grant is plain",
      { createJoin: async (call, user) => ({ ...(await good.createJoin(call, user)), expiresAt: Number.NaN }) },
      {},
    ],
    ["a genuine webhook", { readWebhook: async () => empty }, { webhook }],
    ["a webhook with one changed", { readWebhook: async () => empty }, { webhook }],
    ["ending a call twice", { endCall: onceOnly() }, {}],
    ["removing somebody", { removeParticipant: async () => Promise.reject(new Error("not there")) }, {}],
    ["nobody is present", { listPresence: async () => [{ userId: "u", connectionId: "c", joinedAt: null }] }, {}],
    ["opening a room twice", { openRoom: onceOnly() }, {}],
    ["limiting a call twice", { limitCall: onceOnly() }, {}],
    ["the limit that is read", { readLimit: async () => 1 }, {}],
    ["who is in the room", { listPresence: async () => [] }, { enter: async () => {} }],
    ["who was in the room is reported", { reportDurations: async () => [] }, { enter: async () => {} }],
    ["nothing is reported", { reportDurations: async () => Promise.reject(new Error("no such room")) }, {}],
  ];
  it.each(faulty)("catches a provider that breaks: %s …", async (name, provider, changes) => {
    const broken: ProviderSubject = { ...subject, ...changes, provider: { ...good, ...provider } };
    const one = casesFor(broken).find((candidate) => candidate.name.startsWith(name));
    await expect(one?.run(broken)).rejects.toThrow();
  });

  it("has one faulty provider for each of its cases", () => {
    expect(faulty).toHaveLength(providerCases.length);
  });
});

function onceOnly(): () => Promise<void> {
  let ended = false;
  return async () => {
    if (ended) throw new Error("ended already");
    ended = true;
  };
}
