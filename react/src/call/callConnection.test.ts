// One person in a call, told from the outside: joining, proving to be there, losing the line, and ending with everything off.
// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { activeCallJson, callJson, leo } from "../../test/calls.ts";
import { createFakeServer, type FakeServer, settle } from "../../test/fakeServer.ts";

const peers = [{ userId: "mia", connectionId: "conn_mia" }];

function stage(change: { polite?: boolean; peers?: typeof peers } = {}) {
  const server = createFakeServer();
  server.routes["GET /api/me"] = () => ({ body: leo });
  let joins = 0;
  server.socket.answers = {
    "call:join": () => ({
      ok: true,
      connectionId: `conn_leo_${++joins}`,
      polite: change.polite ?? false,
      peers: change.peers ?? peers,
      iceServers: [],
      live: { serverTime: server.clock.now + 3_600_000 },
    }),
    "call:heartbeat": () => ({ ok: true, serverTime: server.clock.now + 3_600_000 }),
    "call:hangup": () => ({ ok: true, call: activeCallJson({ status: "completed" }) }),
    "call:leave": () => ({ ok: true }),
    signal: () => ({ ok: true }),
  };
  const { connection, release } = server.client.calls.acquire("call_1");
  return { server, connection, release };
}

async function joined(change: Parameters<typeof stage>[0] = {}) {
  const told = stage(change);
  await told.connection.openDevices();
  told.connection.join();
  await settle();
  return told;
}

const phase = (told: ReturnType<typeof stage>) => told.connection.state.get().phase;
const allStopped = (server: FakeServer) =>
  server.devices.tracks.length > 0 && server.devices.tracks.every((t) => t.stopped);

test("nothing is asked of anybody before joining", async () => {
  const { server } = stage();
  await settle();
  expect([server.socket.connects, server.devices.asked.length, server.peers.length]).toEqual([0, 0, 0]);
});

test("joining opens the line, links to who is there and offers both tracks", async () => {
  const told = await joined();
  expect(told.server.socket.count("call:join")).toBe(1);
  expect(told.server.peers[0]?.transceivers.map(({ sender }) => (sender.track as MediaStreamTrack).kind)).toEqual([
    "audio",
    "video",
  ]);
  const offer = told.server.socket.told.find(({ event }) => event === "signal");
  expect(offer?.body).toMatchObject({ callId: "call_1", to: "conn_mia", description: { type: "offer" } });
  expect(phase(told)).toBe("connecting");
  told.server.peers[0]?.connect("connected");
  expect(phase(told)).toBe("connected");
});

test("the polite side waits for the offer, and offers by itself when none comes", async () => {
  const { server } = await joined({ polite: true });
  expect(server.socket.count("signal")).toBe(0);
  await server.advance(3000);
  expect(server.socket.told.find(({ event }) => event === "signal")?.body).toMatchObject({
    description: { type: "offer" },
  });
});

test("without devices one joins all the same, and both directions are still offered", async () => {
  const told = stage();
  Object.assign(told.server.devices.refusals, { audio: "NotFoundError", video: "NotFoundError" });
  await told.connection.openDevices();
  told.connection.join();
  await settle();
  expect(told.server.peers[0]?.transceivers.map(({ direction }) => direction)).toEqual(["sendrecv", "sendrecv"]);
  expect(told.connection.state.get().local).toMatchObject({ camera: "none_found", microphone: "none_found" });
});

test("whoever comes later is linked by their news or by their first signal, once", async () => {
  const told = await joined({ peers: [] });
  expect(phase(told)).toBe("waiting");
  const news = { callId: "call_1", userId: "mia", connectionId: "conn_mia" };
  told.server.socket.tell("signal", {
    callId: "call_1",
    from: "conn_mia",
    fromUserId: "mia",
    description: { type: "offer", sdp: "mia#1" },
  });
  told.server.socket.tell("call:peer-joined", news);
  told.server.socket.tell("call:peer-joined", { ...news, callId: "call_other", connectionId: "conn_x" });
  await settle();
  expect(told.server.peers).toHaveLength(1);
  told.server.socket.tell("call:peer-left", news);
  expect(told.server.peers[0]?.closed).toBe(true);
  expect(phase(told)).toBe("waiting");
});

test("one's own joining, here or in another window, makes no link to oneself", async () => {
  const { server } = await joined({ peers: [] });
  for (const connectionId of ["conn_leo_1", "conn_leo_window"]) {
    server.socket.tell("call:peer-joined", { callId: "call_1", userId: "leo", connectionId });
    server.socket.tell("signal", {
      callId: "call_1",
      from: connectionId,
      fromUserId: "leo",
      candidate: { candidate: "x" },
    });
  }
  expect(server.peers).toHaveLength(0);
});

test("it proves to be there every 10 seconds and learns the server's time from the answers", async () => {
  const { server } = await joined();
  await server.advance(35_000);
  expect(server.socket.count("call:heartbeat")).toBe(3);
  expect(server.client.serverClock.now() - server.clock.now).toBe(3_600_000);
});

test("after a lost line it joins again as a new connection, with new links and one row of heartbeats", async () => {
  const told = await joined();
  const { server } = told;
  server.peers[0]?.connect("connected");
  server.socket.lose("transport close");
  expect(phase(told)).toBe("reconnecting");
  await server.advance(20_000);
  expect(server.socket.count("call:heartbeat")).toBe(0);
  server.socket.connect();
  await settle();
  expect(told.connection.state.get().connectionId).toBe("conn_leo_2");
  expect(server.peers.map(({ closed }) => closed)).toEqual([true, false]);
  await server.advance(20_000);
  expect(server.socket.count("call:heartbeat")).toBe(2);
});

test("a server that forgot the connection is joined again", async () => {
  const { server } = await joined();
  server.socket.answers["call:heartbeat"] = () => ({ ok: false, error: { code: "not_found", message: "who?" } });
  await server.advance(10_000);
  expect(server.socket.count("call:join")).toBe(2);
});

test("a join that fails for the moment is tried again", async () => {
  const told = stage();
  const answer = told.server.socket.answers["call:join"];
  told.server.socket.answers["call:join"] = () => ({ ok: false, error: { code: "database_unavailable" } });
  told.connection.join();
  await settle();
  expect(phase(told)).toBe("joining");
  told.server.socket.answers["call:join"] = answer!;
  await told.server.advance(1500);
  expect(phase(told)).toBe("connecting");
});

test.each([
  ["too_many_calls", "refused"],
  ["forbidden", "refused"],
  ["call_already_ended", "ended"],
  ["call_not_found", "ended"],
])("a join refused with %s is %s, with the reason", async (code, expected) => {
  const told = stage();
  told.server.socket.answers["call:join"] = () => ({ ok: false, error: { code, message: "no" } });
  told.connection.join();
  await told.server.advance(10_000);
  expect(told.connection.state.get()).toMatchObject({ phase: expected, problem: { code } });
  expect(told.server.socket.count("call:join")).toBe(1);
});

test("media that fails is restarted; the phase says that it is sought", async () => {
  const told = await joined();
  const [peer] = told.server.peers;
  peer?.connect("connected");
  peer?.connect("failed");
  expect(peer?.restarts).toBe(1);
  expect(phase(told)).toBe("reconnecting");
  peer?.connect("connected");
  peer?.connect("disconnected");
  await told.server.advance(3000);
  expect(peer?.restarts).toBe(2);
});

test("hanging up is acknowledged by the server, and everything is off", async () => {
  const told = await joined();
  expect((await told.connection.hangUp()).status).toBe("completed");
  expect(told.server.to("/api/calls/call_1/end")).toEqual([]);
  expect(allStopped(told.server)).toBe(true);
  expect(told.server.peers[0]?.closed).toBe(true);
  expect(phase(told)).toBe("ended");
});

test("without a line the same command goes over HTTP with a key", async () => {
  const told = await joined();
  told.server.routes["POST /api/calls/call_1/end"] = () => ({ body: { call: callJson({ status: "completed" }) } });
  told.server.socket.lose("transport close");
  expect((await told.connection.hangUp()).status).toBe("completed");
  expect(told.server.to("/api/calls/call_1/end")).toMatchObject([{ method: "POST", key: "key-1" }]);
  expect(allStopped(told.server)).toBe(true);
});

test("even when nobody can be told, camera and microphone are off", async () => {
  const told = await joined();
  told.server.socket.lose("transport close");
  const failing = told.connection.hangUp().catch((error) => error);
  await told.server.advance(10_000);
  expect(await failing).toMatchObject({ code: "not_found" });
  expect(allStopped(told.server)).toBe(true);
});

test.each(["call:ended", "call:cancelled", "call:rejected", "call:missed"])("the news %s ends it", async (type) => {
  const told = await joined();
  told.server.socket.tell(type, { callId: "call_other" });
  expect(phase(told)).toBe("connecting");
  told.server.socket.tell(type, { callId: "call_1" });
  expect(phase(told)).toBe("ended");
  expect(allStopped(told.server)).toBe(true);
});

test("a view that goes away leaves the call without ending it", async () => {
  const told = await joined();
  told.release();
  await told.server.advance(0);
  expect(told.server.socket.count("call:leave")).toBe(1);
  expect(told.server.socket.count("call:hangup")).toBe(0);
  expect(allStopped(told.server)).toBe(true);
});

test("a camera that comes later replaces the track without a new negotiation", async () => {
  const told = await joined();
  const signals = told.server.socket.count("signal");
  await told.connection.setCamera(false);
  const video = told.server.peers[0]?.transceivers[1]?.sender;
  expect(video?.track).toBeNull();
  await told.connection.setCamera(true);
  await settle();
  expect(video?.track).toBe(told.connection.state.get().local.video);
  expect(told.server.socket.count("signal")).toBe(signals);
  expect(told.server.peers[0]?.channel.sent.map((text) => JSON.parse(text).camera)).toEqual([false, false, true]);
});
