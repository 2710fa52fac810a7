// @vitest-environment happy-dom
// The carriers over stand-ins that hold the members of the real clients which they use: no server of either kind is here.
import { ConnectionState, type Room, RoomEvent, Track } from "livekit-client";
import { beforeEach, expect, test, vi } from "vitest";
import type { LocalMediaState } from "../call/media.ts";
import type { JoinGrantJson } from "../client/wire.ts";
import { livekitCarrier } from "./livekit.ts";
import { type StreamCall, type StreamParticipant, streamCarrier } from "./stream.ts";

const grant: JoinGrantJson = {
  provider: "livekit",
  token: "token",
  roomName: "default:abc",
  serverUrl: "wss://media.example.com",
  iceServers: null,
  apiKey: "key",
};
const settle = () => new Promise((done) => setTimeout(done, 0));
const trackOf = (id: string, kind: string) => ({ id, kind }) as unknown as MediaStreamTrack;
const devices = (part: Partial<LocalMediaState>): LocalMediaState => ({
  camera: "off",
  microphone: "off",
  video: null,
  audio: null,
  ...part,
});

class FakeStream {
  readonly tracks: MediaStreamTrack[];
  constructor(tracks: MediaStreamTrack[] = []) {
    this.tracks = tracks;
  }
  getVideoTracks = () => this.tracks.filter(({ kind }) => kind === "video");
  getAudioTracks = () => this.tracks.filter(({ kind }) => kind === "audio");
}
beforeEach(() => vi.stubGlobal("MediaStream", FakeStream));

function fakeRoom() {
  const listeners = new Map<string, Set<() => void>>();
  const published: { track: MediaStreamTrack; source: Track.Source; muted: boolean }[] = [];
  const fire = (event: string) => {
    for (const listener of listeners.get(event) ?? []) listener();
  };
  const find = (source: Track.Source) => published.find((one) => one.source === source);
  const room = {
    state: ConnectionState.Disconnected,
    remoteParticipants: new Map<string, unknown>(),
    localParticipant: {
      sid: "PA_me",
      identity: "leo",
      async publishTrack(track: MediaStreamTrack, { source }: { source: Track.Source }) {
        if (published.some((one) => one.track === track)) throw new Error("published twice");
        published.push({ track, source, muted: false });
      },
      async unpublishTrack(track: MediaStreamTrack) {
        published.splice(
          published.findIndex((one) => one.track === track),
          1,
        );
      },
      getTrackPublication(source: Track.Source) {
        const one = find(source);
        if (one === undefined) return undefined;
        const set = (muted: boolean) => async () => {
          one.muted = muted;
        };
        return { mute: set(true), unmute: set(false) };
      },
    },
    on: (event: string, listener: () => void) => {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    off: (event: string, listener: () => void) => void listeners.get(event)?.delete(listener),
    connect: vi.fn(async () => {
      room.state = ConnectionState.Connected;
    }),
    disconnect: vi.fn(async () => {}),
  };
  const person = (sid: string, identity: string, joinedAt: number, tracks: MediaStreamTrack[], muted = false) => ({
    sid,
    identity,
    joinedAt: new Date(joinedAt),
    trackPublications: new Map(
      tracks.map((mediaStreamTrack) => [mediaStreamTrack.id, { track: { mediaStreamTrack } }]),
    ),
    getTrackPublication: (source: Track.Source) => {
      const kind = source === Track.Source.Camera ? "video" : "audio";
      return tracks.some((track) => track.kind === kind) ? { isMuted: muted } : undefined;
    },
  });
  return { room, fire, published, person, listeners };
}

test("livekit: enters with the grant, shows the other one, and keeps their stream as long as its tracks are the same", async () => {
  const { room, fire, person } = fakeRoom();
  const carried = await livekitCarrier(() => room as unknown as Room)(grant, devices({}));
  expect(room.connect).toHaveBeenCalledWith("wss://media.example.com", "token");
  expect([carried.connectionId, carried.state.get()]).toEqual(["PA_me", { link: "connected", remote: null }]);

  const tracks = [trackOf("v", "video"), trackOf("a", "audio")];
  room.remoteParticipants.set("mia", person("PA_old", "mia", 1, []));
  room.remoteParticipants.set("mia2", person("PA_new", "mia", 2, tracks));
  fire(RoomEvent.TrackSubscribed);
  const { remote } = carried.state.get();
  expect(remote).toMatchObject({ userId: "mia", connectionId: "PA_new", camera: true, microphone: true });
  fire(RoomEvent.TrackMuted);
  expect(carried.state.get().remote?.stream).toBe(remote?.stream);

  room.state = ConnectionState.Reconnecting;
  fire(RoomEvent.ConnectionStateChanged);
  expect(carried.state.get().link).toBe("reconnecting");
  room.state = ConnectionState.Disconnected;
  fire(RoomEvent.ConnectionStateChanged);
  expect(carried.state.get().link).toBe("closed");
});

test("livekit: devices are published once, exchanged, muted and taken back, however fast they change", async () => {
  const { room, published } = fakeRoom();
  const [audio, first, second] = [trackOf("a", "audio"), trackOf("v1", "video"), trackOf("v2", "video")];
  const on = { camera: "on", microphone: "on", audio } as const;
  const carried = await livekitCarrier(() => room as unknown as Room)(grant, devices({ ...on, video: first }));
  carried.setMedia(devices({ ...on, video: first }));
  carried.setMedia(devices({ ...on, video: second }));
  await settle();
  expect(published.map(({ track, muted }) => [track.id, muted])).toEqual([
    ["a", false],
    ["v2", false],
  ]);
  carried.setMedia(devices({ audio, microphone: "off" }));
  await settle();
  expect(published.map(({ track, muted }) => [track.id, muted])).toEqual([["a", true]]);
});

test("livekit: leaving disconnects and listens to nothing any more", async () => {
  const { room, listeners } = fakeRoom();
  const carried = await livekitCarrier(() => room as unknown as Room)(grant, devices({}));
  carried.leave();
  expect(room.disconnect).toHaveBeenCalledTimes(1);
  expect([...listeners.values()].every((set) => set.size === 0)).toBe(true);
});

function fakeStreamCall() {
  const watchers = new Set<() => void>();
  const subscribe = (next: () => void) => {
    watchers.add(next);
    return { unsubscribe: () => void watchers.delete(next) };
  };
  const asked: string[] = [];
  const device = (name: string) => ({
    enable: async () => void asked.push(`${name} on`),
    disable: async () => void asked.push(`${name} off`),
  });
  const state = { callingState: "idle", participants: [] as StreamParticipant[] };
  const call = {
    join: vi.fn(async () => {
      state.callingState = "joined";
    }),
    leave: vi.fn(async () => {}),
    camera: device("camera"),
    microphone: device("microphone"),
    state: Object.assign(state, { callingState$: { subscribe }, participants$: { subscribe } }),
  };
  const fire = () => {
    for (const watcher of watchers) watcher();
  };
  return { call: call as unknown as StreamCall, join: call.join, leave: call.leave, state, asked, fire, watchers };
}

test("stream: joins the call that the grant names through the app's own client", async () => {
  const fake = fakeStreamCall();
  const open = vi.fn((type: string, id: string) => (type === "default" && id === "abc" ? fake.call : undefined));
  const carrier = streamCarrier(() => ({ call: open as never }));
  fake.state.participants = [{ userId: "leo", sessionId: "s-me", isLocalParticipant: true }];
  const carried = await carrier(grant, devices({ camera: "on", microphone: "on" }));
  await settle();
  expect([fake.join.mock.calls.length, carried.connectionId, fake.asked]).toEqual([
    1,
    "s-me",
    ["camera on", "microphone on"],
  ]);
  expect(carried.state.get()).toEqual({ link: "connected", remote: null });

  const video = new FakeStream([trackOf("v", "video")]) as unknown as MediaStream;
  fake.state.participants = [...fake.state.participants, { userId: "mia", sessionId: "s-mia", videoStream: video }];
  fake.fire();
  expect(carried.state.get().remote).toMatchObject({
    userId: "mia",
    connectionId: "s-mia",
    camera: true,
    microphone: false,
  });
  const { stream } = carried.state.get().remote ?? {};
  fake.fire();
  expect(carried.state.get().remote?.stream).toBe(stream);

  carried.setMedia(devices({ camera: "off", microphone: "on" }));
  await settle();
  expect(fake.asked.at(-1)).toBe("camera off");
  expect(fake.asked).toHaveLength(3);
  carried.leave();
  expect([fake.leave.mock.calls.length, fake.watchers.size]).toEqual([1, 0]);
});

test.each([
  ["offline", "reconnecting"],
  ["migrating", "reconnecting"],
  ["reconnecting-failed", "closed"],
  ["left", "closed"],
])("stream: a call that is %s is %s", async (callingState, link) => {
  const fake = fakeStreamCall();
  const carried = await streamCarrier(() => ({ call: () => fake.call }))(grant, devices({}));
  fake.state.callingState = callingState;
  fake.fire();
  expect(carried.state.get().link).toBe(link);
  carried.leave();
  expect(fake.leave).toHaveBeenCalledTimes(callingState === "left" ? 0 : 1);
});
