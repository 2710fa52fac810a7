// The room service against the fake's API over real HTTP: rooms, removal, presence, and an API in trouble.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LivekitFake, startLivekitFake } from "../../fakes/livekit/fake.ts";
import { createLivekitProvider } from "../livekit.ts";
import type { Provider, ProviderCall } from "../provider.ts";

const keys = { apiKey: "APIrooms", apiSecret: "a-secret-of-the-test-with-32-characters" };
const call: ProviderCall = {
  callId: "call_1",
  roomName: "room_1",
  maximumDurationSeconds: null,
  userIds: ["user_ada", "user_ben"],
};
type Abilities = Required<{ [Name in keyof Provider]: NonNullable<Provider[Name]> }>;

let at: number;
let fake: LivekitFake;
let provider: Abilities;

beforeEach(async () => {
  at = Date.now();
  fake = await startLivekitFake({ ...keys, now: () => at, sweepEveryMs: null, autoCreate: false });
  provider = createLivekitProvider({ ...keys, url: fake.url }, { now: () => at }) as Abilities;
  await provider.openRoom(call);
});

afterEach(() => fake.stop());

const kindsTold = () => fake.recorded().map(({ webhook }) => webhook.event);

describe("a room", () => {
  it("has as many seats as the call has people, says whose it is, and waits for reconnects", async () => {
    fake.join("room_1", "user_ada");
    fake.join("room_1", "user_ben");
    expect(() => fake.join("room_1", "user_eve")).toThrow(/max participants/);
    const [started] = fake.recorded();
    expect(JSON.parse(started?.webhook.body.toString("utf8") ?? "").room).toMatchObject({
      name: "room_1",
      maxParticipants: 2,
      emptyTimeout: 300,
      departureTimeout: 60,
      metadata: '{"callId":"call_1"}',
    });
  });

  it("has two seats at least, and more for more people", async () => {
    await provider.openRoom({ ...call, roomName: "room_of_one", userIds: ["user_ada"] });
    await provider.openRoom({ ...call, roomName: "room_of_three", userIds: ["a", "b", "c"] });
    const enter = (room: string, count: number) => {
      for (let n = 0; n < count; n++) fake.join(room, `user_${n}`);
    };
    enter("room_of_one", 2);
    expect(() => fake.join("room_of_one", "user_late")).toThrow(/max participants/);
    enter("room_of_three", 3);
    expect(() => fake.join("room_of_three", "user_late")).toThrow(/max participants/);
  });

  it("goes with everybody in it when the call ends", async () => {
    fake.join("room_1", "user_ada");
    await provider.endCall(call);
    expect(await provider.listPresence(call)).toEqual([]);
    expect(kindsTold()).toEqual(["room_started", "participant_joined", "participant_left", "room_finished"]);
    await provider.endCall(call);
    expect(kindsTold()).toHaveLength(4);
  });
});

describe("presence", () => {
  it("is a person's connection that has media, and when it came", async () => {
    at += 1_234;
    const { sid } = fake.join("room_1", "user_ada");
    expect(await provider.listPresence(call)).toEqual([{ userId: "user_ada", connectionId: sid, joinedAt: at }]);
  });

  it("is not who is still connecting, and nothing but people", async () => {
    await provider.openRoom({ ...call, userIds: ["a", "b", "c", "d", "e", "f"] });
    fake.join("room_1", "user_slow", { media: false });
    for (const kind of ["AGENT", "EGRESS", "INGRESS", "SIP"]) fake.join("room_1", `some_${kind}`, { kind });
    expect(await provider.listPresence(call)).toEqual([]);
  });

  it("is the new connection alone after a full reconnect", async () => {
    const before = fake.join("room_1", "user_ada");
    const after = fake.reconnectFull("room_1", "user_ada");
    expect(after.sid).not.toBe(before.sid);
    expect((await provider.listPresence(call)).map(({ connectionId }) => connectionId)).toEqual([after.sid]);
  });
});

describe("removal", () => {
  it("removes a person by name, and one who is not there is a success", async () => {
    fake.join("room_1", "user_ada");
    fake.join("room_1", "user_ben");
    await provider.removeParticipant(call, { userId: "user_ada", connectionId: null });
    await provider.removeParticipant(call, { userId: "user_ada", connectionId: null });
    await provider.removeParticipant({ ...call, roomName: "room_never" }, { userId: "user_ada", connectionId: "PA_x" });
    expect((await provider.listPresence(call)).map(({ userId }) => userId)).toEqual(["user_ben"]);
    await fake.flush();
    const told = JSON.parse(fake.recorded().at(-1)?.webhook.body.toString("utf8") ?? "");
    expect(told).toMatchObject({ event: "participant_left", participant: { disconnectReason: "PARTICIPANT_REMOVED" } });
  });

  it("of a connection leaves the person alone who came back with another one", async () => {
    const before = fake.join("room_1", "user_ada");
    const after = fake.reconnectFull("room_1", "user_ada");
    await provider.removeParticipant(call, { userId: "user_ada", connectionId: before.sid });
    expect(await provider.listPresence(call)).toHaveLength(1);
    await provider.removeParticipant(call, { userId: "user_ada", connectionId: after.sid });
    expect(await provider.listPresence(call)).toEqual([]);
  });
});

describe("an API in trouble", () => {
  const asks: [string, () => Promise<unknown>][] = [
    ["openRoom", () => provider.openRoom(call)],
    ["endCall", () => provider.endCall(call)],
    ["removeParticipant", () => provider.removeParticipant(call, { userId: "user_ada", connectionId: null })],
    ["removeParticipant", () => provider.removeParticipant(call, { userId: "user_ada", connectionId: "PA_1" })],
    ["listPresence", () => provider.listPresence(call)],
  ];
  const troubles = ["apiDown", "apiFails", "apiNonsense"] as const;
  it.each(troubles.flatMap((trouble) => asks.map(([name, ask]) => [trouble, name, ask] as const)))(
    "%s: %s is refused, and silence is not absence",
    async (trouble, _name, ask) => {
      fake.join("room_1", "user_ada");
      fake.troubles[trouble] = true;
      await expect(ask()).rejects.toMatchObject({ code: "provider_unavailable", retryable: true });
    },
  );

  it("is not waited for", async () => {
    const hasty = createLivekitProvider({ ...keys, url: fake.url, timeoutMs: 50 }, { now: () => at });
    fake.troubles.apiSlowMs = 60_000;
    await expect(hasty.listPresence?.(call)).rejects.toMatchObject({ code: "provider_unavailable" });
  });

  it("refuses our key, and the refusal names the settings to look at", async () => {
    const stranger = createLivekitProvider({ ...keys, apiSecret: "another", url: fake.url }, { now: () => at });
    await expect(stranger.listPresence?.(call)).rejects.toMatchObject({
      code: "provider_unavailable",
      message: expect.stringContaining("LIVEKIT_API_SECRET"),
      details: { reason: "key_refused", status: 401 },
    });
  });

  it("says 404 without being LiveKit: that is no empty room", async () => {
    fake.troubles.apiMissing = true;
    await expect(provider.listPresence(call)).rejects.toMatchObject({ code: "provider_unavailable" });
    await expect(provider.endCall(call)).rejects.toMatchObject({ code: "provider_unavailable" });
  });

  it("may lie, and nobody here can know", async () => {
    fake.join("room_1", "user_ada");
    fake.troubles.apiLies = "empty";
    expect(await provider.listPresence(call)).toEqual([]);
    fake.troubles.apiLies = "ghosts";
    await provider.removeParticipant(call, { userId: "user_ada", connectionId: null });
    expect(await provider.listPresence(call)).toHaveLength(1);
    await provider.endCall(call);
    expect(await provider.listPresence(call)).toHaveLength(1);
    fake.troubles.apiLies = null;
    expect(await provider.listPresence(call)).toEqual([]);
  });
});
