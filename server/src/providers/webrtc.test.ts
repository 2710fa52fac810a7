// The built-in provider passes the conformance suite; and the suite finds what is wrong with a bad provider.
import { describe, expect, it } from "vitest";
import { casesFor, type ProviderSubject, providerCases } from "./provider.case.ts";
import type { Provider } from "./provider.ts";
import { createWebrtcProvider } from "./webrtc.ts";

const config = {
  stunUrls: ["stun:stun.example.org:3478"],
  turnUrls: ["turn:turn.example.org:3478"],
  turnSecret: "north-wind-and-the-sun",
  publicUrl: null,
  secretKey: "fm_test_sk_of_this_very_test_0123456789",
};
const clock = { now: () => 1_770_000_000_000 };

const subject: ProviderSubject = {
  provider: createWebrtcProvider(config, clock),
  now: clock.now,
  lacks: {
    openRoom: "two browsers need no room: they meet through this server's own signalling",
    limitCall:
      "the server that would have to cut the call is the one that signals it; its deadlines are in the database",
    readWebhook: "the signalling is this server: its evidence goes straight into the log and nobody posts it",
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
