// The fake is a true likeness: LiveKit's own SDK accepts its webhooks and its API, and its rooms keep LiveKit's rules.
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AccessToken, RoomServiceClient, WebhookReceiver } from "livekit-server-sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLivekitProvider } from "../../providers/livekit.ts";
import { type LivekitFake, startLivekitFake } from "./fake.ts";
import { signToken } from "./jwt.ts";

const keys = { apiKey: "APIfake", apiSecret: "a-secret-of-the-test-with-32-characters" };

type Posted = { method: string; headers: IncomingHttpHeaders; body: string };
let at: number;
let fake: LivekitFake;
let receiver: Server;
let posted: Posted[];

beforeEach(async () => {
  posted = [];
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      posted.push({ method: request.method ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  at = Math.floor(Date.now() / 1000) * 1000 + 250;
  // The story's clock moves; tokens live by the true one, as LiveKit's SDK does.
  fake = await startLivekitFake({ ...keys, now: () => at, trueNow: () => Date.now(), sweepEveryMs: null });
  fake.sendWebhooksTo(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/api/livekit/webhook`);
});

afterEach(async () => {
  await fake.stop();
  await new Promise((resolve) => receiver.close(resolve));
});

const eventsTold = () => posted.map(({ body }) => JSON.parse(body));

/** A whole call: both come, one reconnects, one is never heard, both go and the room closes. */
async function playCall(): Promise<void> {
  fake.join("room_1", "user_ada", { name: "Ada", metadata: '{"role":"payer"}' });
  fake.join("room_1", "user_ben");
  fake.abort("room_1", "user_eve");
  at += 10_000;
  fake.reconnectFull("room_1", "user_ben");
  at += 50_000;
  fake.leave("room_1", "user_ada");
  fake.leave("room_1", "user_ben", "CONNECTION_TIMEOUT");
  at += 20_000;
  fake.sweep();
  await fake.flush();
}

describe("webhooks", () => {
  it("are accepted by the receiver of LiveKit's own SDK, every one", async () => {
    await playCall();
    const sdk = new WebhookReceiver(keys.apiKey, keys.apiSecret);
    const received = [];
    for (const { body, headers } of posted) received.push(await sdk.receive(body, headers.authorization));
    expect(received.map(({ event }) => event)).toEqual([
      "room_started",
      "participant_joined",
      "participant_joined",
      "participant_connection_aborted",
      "participant_left",
      "participant_joined",
      "participant_left",
      "participant_left",
      "room_finished",
    ]);
    expect(received.map(({ participant }) => participant?.disconnectReason ?? null)).toEqual([
      null,
      0,
      0,
      7,
      2,
      0,
      1,
      14,
      null,
    ]);
    expect(received[1]?.participant).toMatchObject({ identity: "user_ada", name: "Ada", metadata: '{"role":"payer"}' });
    expect(new Set(received.map(({ id }) => id)).size).toBe(received.length);
    expect(new Set(received.map(({ room }) => room?.sid)).size).toBe(1);
  });

  it("are refused by it when a byte is changed, so that its acceptance means something", async () => {
    await playCall();
    const { body = "", headers } = posted[1] ?? {};
    const sdk = new WebhookReceiver(keys.apiKey, keys.apiSecret);
    await expect(sdk.receive(body.replace("user_ada", "user_eve"), headers?.authorization)).rejects.toThrow(/checksum/);
  });

  it("look as LiveKit's do: a bare token, their own type, int64 as text, defaults left out", async () => {
    fake.join("room_1", "user_ada");
    fake.leave("room_1", "user_ada", "UNKNOWN_REASON");
    await fake.flush();
    const [, joined, left] = posted;
    expect(joined?.headers).toMatchObject({ "content-type": "application/webhook+json", "user-agent": "LiveKit" });
    expect(joined?.headers.authorization).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+$/);
    const seconds = String(Math.floor(at / 1000));
    expect(JSON.parse(joined?.body ?? "")).toEqual({
      event: "participant_joined",
      room: {
        sid: expect.stringMatching(/^RM_/),
        name: "room_1",
        emptyTimeout: 300,
        departureTimeout: 20,
        creationTime: seconds,
        creationTimeMs: String(at),
        numParticipants: 1,
      },
      participant: {
        sid: expect.stringMatching(/^PA_/),
        identity: "user_ada",
        state: "ACTIVE",
        joinedAt: seconds,
        joinedAtMs: String(at),
        version: 1,
        permission: { canSubscribe: true, canPublish: true, canPublishData: true },
      },
      id: expect.stringMatching(/^EV_/),
      createdAt: seconds,
    });
    expect(JSON.parse(left?.body ?? "").participant).not.toHaveProperty("disconnectReason");
  });

  it("of any kind can be told", async () => {
    fake.tell("egress_ended", "room_1", { egressInfo: { egressId: "EG_1" } });
    await fake.flush();
    expect(eventsTold()).toMatchObject([
      { event: "egress_ended", room: { name: "room_1" }, egressInfo: { egressId: "EG_1" } },
    ]);
  });

  it("read as evidence by the provider, each once", async () => {
    await playCall();
    const provider = createLivekitProvider({ ...keys, url: fake.url }, { now: () => Date.now() });
    const read = async ({ body, headers }: Posted) =>
      provider.readWebhook?.({ body: Buffer.from(body), headers: { authorization: headers.authorization } });
    const readings = await Promise.all(posted.map(read));
    const events = readings.flatMap((reading) => reading?.events ?? []);
    expect(events.map(({ type, userId, reason }) => [type, userId, reason])).toEqual([
      ["participant.joined", "user_ada", null],
      ["participant.joined", "user_ben", null],
      ["participant.seen", "user_ben", null],
      ["participant.left", "user_ben", "duplicate_identity"],
      ["participant.joined", "user_ben", null],
      ["participant.seen", "user_ada", null],
      ["participant.left", "user_ada", "client_initiated"],
      ["participant.seen", "user_ben", null],
      ["participant.left", "user_ben", "connection_lost"],
      ["participant.left", null, "room_closed"],
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });
});

describe("media", () => {
  it("flows when its time has come: then the join is told, and until then nobody is shown as there", async () => {
    const began = at;
    const client = new RoomServiceClient(fake.url, keys.apiKey, keys.apiSecret);
    const states = async () => (await client.listParticipants("room_1")).map(({ state }) => state);
    fake.join("room_1", "user_ada", { mediaAfterMs: 25_000, publishes: true });
    at += 24_000;
    expect(await states()).toEqual([1]);
    at += 6_000;
    expect(await states()).toEqual([2]);
    at += 30_000;
    fake.leave("room_1", "user_ada");
    await fake.flush();
    const second = (ms: number) => String(Math.floor(ms / 1000));
    const [, joined, published, unpublished, left] = eventsTold();
    expect([joined.event, joined.createdAt]).toEqual(["participant_joined", second(began + 25_000)]);
    for (const { participant } of [joined, left]) expect(participant.joinedAtMs).toBe(String(began));
    expect([published.event, published.createdAt]).toEqual(["track_published", second(began + 25_000)]);
    expect([unpublished.event, unpublished.createdAt]).toEqual(["track_unpublished", second(at)]);
    // Tracks are told of slimly.
    const { sid } = joined.participant;
    expect(published.participant).toEqual({ sid, identity: "user_ada" });
    expect(Object.keys(published.room)).toEqual(["sid", "name"]);
  });

  it("that never came in time is an aborted connection", async () => {
    fake.join("room_1", "user_ada", { mediaAfterMs: 25_000 });
    at += 10_000;
    fake.leave("room_1", "user_ada");
    await fake.flush();
    expect(eventsTold().map(({ event }) => event)).toEqual(["room_started", "participant_connection_aborted"]);
  });
});

describe("rooms", () => {
  it("close 20 s after the last one went, and 300 s after they were made when nobody came", async () => {
    fake.join("room_left", "user_ada");
    fake.leave("room_left", "user_ada");
    fake.tell("room_started", "room_x");
    const client = new RoomServiceClient(fake.url, keys.apiKey, keys.apiSecret);
    await client.createRoom({ name: "room_empty" });
    const names = async () => (await client.listRooms()).map(({ name }) => name);
    at += 19_999;
    expect(await names()).toEqual(["room_left", "room_empty"]);
    at += 1;
    expect(await names()).toEqual(["room_empty"]);
    at += 1_000_000;
    expect(await names()).toEqual([]);
    await fake.flush();
    const finished = eventsTold().filter(({ event }) => event === "room_finished");
    const [left, empty] = finished.map(
      ({ room, createdAt }) => createdAt - Math.floor(Number(room.creationTimeMs) / 1000),
    );
    expect([left, empty]).toEqual([20, 300]);
  });

  it("of the same name that are made later are others", async () => {
    fake.join("room_1", "user_ada");
    fake.finishRoom("room_1");
    fake.join("room_1", "user_ada");
    await fake.flush();
    const sids = new Set(eventsTold().map(({ room }) => room.sid));
    expect(sids.size).toBe(2);
    const closing = eventsTold().find(({ event }) => event === "participant_left");
    expect(closing.participant.disconnectReason).toBe("ROOM_CLOSED");
  });

  it("are not made by joining where that is switched off; nobody leaves who is not there", async () => {
    const strict = await startLivekitFake({ ...keys, now: () => at, autoCreate: false });
    const missing = expect.objectContaining({ code: "not_found" });
    expect(() => strict.join("room_1", "user_ada")).toThrow(missing);
    expect(() => fake.leave("room_1", "user_ada")).toThrow(missing);
    fake.join("room_1", "user_ben");
    expect(() => fake.leave("room_1", "user_ada")).toThrow(missing);
    expect(() => fake.reconnectFull("room_1", "user_ada")).toThrow(missing);
    await strict.stop();
  });

  it("are gone after a crash, and nobody is told", async () => {
    fake.join("room_1", "user_ada");
    await fake.flush();
    fake.leave("room_1", "user_ada");
    fake.crash();
    await fake.flush();
    expect(eventsTold().map(({ event }) => event)).toEqual(["room_started", "participant_joined"]);
    expect(fake.recorded().map(({ outcome }) => outcome)).toEqual(["delivered", "delivered", "dropped"]);
    expect(await new RoomServiceClient(fake.url, keys.apiKey, keys.apiSecret).listRooms()).toEqual([]);
  });
});

describe("the API", () => {
  const twirp = (method: string, body: unknown, headers: Record<string, string>) =>
    fetch(`${fake.url}/twirp/livekit.RoomService/${method}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });
  const withGrants = async (video: object, secret = keys.apiSecret) => {
    const token = new AccessToken(keys.apiKey, secret, { identity: "user_ada" });
    token.addGrant(video);
    return { authorization: `Bearer ${await token.toJwt()}` };
  };

  it("answers every method to the SDK, in the names of the protocol's files and with every field", async () => {
    const client = new RoomServiceClient(fake.url, keys.apiKey, keys.apiSecret);
    const room = await client.createRoom({ name: "room_1", maxParticipants: 2, metadata: "m" });
    expect(room).toMatchObject({ name: "room_1", maxParticipants: 2, metadata: "m", emptyTimeout: 300 });
    const { sid } = fake.join("room_1", "user_ada", { attributes: { favouriteColour: "blue" } });
    expect(await client.getParticipant("room_1", "user_ada")).toMatchObject({ sid, state: 2 });
    expect((await client.listParticipants("room_1"))[0]?.attributes).toEqual({ favouriteColour: "blue" });
    expect((await client.listRooms(["room_1", "room_2"])).map(({ sid }) => sid)).toEqual([room.sid]);
    const raw = await twirp(
      "ListParticipants",
      { room: "room_1" },
      await withGrants({ roomAdmin: true, room: "room_1" }),
    );
    expect((await raw.json()).participants[0]).toMatchObject({
      joined_at_ms: String(at),
      disconnect_reason: "UNKNOWN_REASON",
    });
    await client.removeParticipant("room_1", "user_ada");
    await expect(client.getParticipant("room_1", "user_ada")).rejects.toMatchObject({ status: 404, code: "not_found" });
    await expect(client.removeParticipant("room_1", "user_ada")).rejects.toMatchObject({ code: "not_found" });
    await client.deleteRoom("room_1");
    await expect(client.deleteRoom("room_1")).rejects.toMatchObject({ status: 404, code: "not_found" });
    expect(await client.listParticipants("room_1")).toEqual([]);
  });

  it.each([
    ["CreateRoom", { name: "room_1" }, { roomList: true }],
    ["ListRooms", {}, { roomCreate: true }],
    ["DeleteRoom", { room: "room_1" }, { roomAdmin: true, room: "room_1" }],
    ["ListParticipants", { room: "room_1" }, { roomAdmin: true, room: "room_2" }],
    ["GetParticipant", { room: "room_1", identity: "user_ada" }, { roomJoin: true, room: "room_1" }],
    ["RemoveParticipant", { room: "room_1", identity: "user_ada" }, { roomAdmin: true }],
  ])("refuses %s without its grant", async (method, body, video) => {
    const refused = await twirp(method, body, await withGrants(video));
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { code: "unauthenticated", msg: "permissions denied" },
    ]);
    expect((await twirp(method, body, {})).status).toBe(401);
  });

  it("refuses tokens of others, without Bearer and out of their time, and unknown doors", async () => {
    const grant = { roomList: true };
    expect((await twirp("ListRooms", {}, await withGrants(grant, "another secret"))).status).toBe(401);
    const { authorization } = await withGrants(grant);
    expect((await twirp("ListRooms", {}, { authorization: authorization.slice(7) })).status).toBe(401);
    const seconds = Math.floor(Date.now() / 1000);
    for (const times of [{ exp: seconds - 61 }, { nbf: seconds + 90, exp: seconds + 300 }, {}]) {
      const token = signToken(keys.apiSecret, { iss: keys.apiKey, ...times, video: grant });
      expect((await twirp("ListRooms", {}, { authorization: `Bearer ${token}` })).status).toBe(401);
    }
    expect((await twirp("SendData", {}, { authorization })).status).toBe(404);
    expect((await twirp("ListRooms", {}, { authorization })).status).toBe(200);
    expect(await (await fetch(fake.url)).text()).toBe("OK");
  });
});
