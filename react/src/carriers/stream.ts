// Calls that Stream carries: a thin layer over the app's own Stream client, described here by the few members that are used.
import type { RemoteState } from "../call/callConnection.ts";
import type { Carrier, CarrierRoom, CarrierRoomState } from "../call/carrier.ts";
import type { LocalMediaState } from "../call/media.ts";
import { createStore } from "../client/store.ts";
import type { JoinGrantJson } from "../client/wire.ts";

type Observed<T> = { subscribe(next: (value: T) => void): { unsubscribe(): void } };
type Switch = { enable(): Promise<unknown>; disable(): Promise<unknown> };

/** A participant as Stream's client shows it. */
export type StreamParticipant = {
  userId: string;
  sessionId: string;
  isLocalParticipant?: boolean | undefined;
  videoStream?: MediaStream | undefined;
  audioStream?: MediaStream | undefined;
};

/** What is used of a `Call` of Stream's client. */
export type StreamCall = {
  join(): Promise<unknown>;
  leave(): Promise<unknown>;
  camera: Switch;
  microphone: Switch;
  state: {
    callingState: string;
    participants: readonly StreamParticipant[];
    callingState$: Observed<string>;
    participants$: Observed<readonly StreamParticipant[]>;
  };
};

/** What is used of a `StreamVideoClient`. */
export type StreamClient = { call(type: string, id: string): StreamCall };

/**
 * Makes the carrier for Stream.
 * @param openClient gives the app's client for a grant: `new StreamVideoClient({ apiKey: grant.apiKey, token: grant.token, user })`
 */
export function streamCarrier(openClient: (grant: JoinGrantJson) => StreamClient | Promise<StreamClient>): Carrier {
  return async (grant, local) => {
    const separator = grant.roomName.indexOf(":");
    const client = await openClient(grant);
    const call = client.call(grant.roomName.slice(0, separator), grant.roomName.slice(separator + 1));
    const send = createSender(call);
    await call.join();
    send(local);
    return carry(call, send);
  };
}

function carry(call: StreamCall, setMedia: (local: LocalMediaState) => void): CarrierRoom {
  const streams = new Map<string, MediaStream>();
  const read = (): CarrierRoomState => ({
    link: linkOf(call.state.callingState),
    remote: remoteOf(call.state.participants, streams),
  });
  const state = createStore<CarrierRoomState>(read());
  const show = () => state.set(read());
  const watched = [call.state.callingState$.subscribe(show), call.state.participants$.subscribe(show)];
  return {
    state,
    connectionId: call.state.participants.find(({ isLocalParticipant }) => isLocalParticipant)?.sessionId ?? "",
    setMedia,
    leave() {
      for (const one of watched) one.unsubscribe();
      // Stream refuses to leave twice.
      if (call.state.callingState !== "left") call.leave().catch(() => {});
    },
    readStats: async () => null,
  };
}

function linkOf(callingState: string): CarrierRoomState["link"] {
  if (callingState === "joined") return "connected";
  if (callingState === "left" || callingState === "reconnecting-failed") return "closed";
  return callingState === "joining" || callingState === "idle" ? "connecting" : "reconnecting";
}

/** The one other person: the last of the list, because departed connections may stay in it for a while. */
function remoteOf(participants: readonly StreamParticipant[], streams: Map<string, MediaStream>): RemoteState | null {
  const other = participants.filter(({ isLocalParticipant }) => isLocalParticipant !== true).at(-1);
  if (other === undefined) return null;
  return {
    userId: other.userId,
    connectionId: other.sessionId,
    stream: joined(other, streams),
    camera: other.videoStream !== undefined,
    microphone: other.audioStream !== undefined,
  };
}

/** Picture and voice in one stream; the same object as long as its tracks are the same ones. */
function joined(
  { videoStream, audioStream }: StreamParticipant,
  streams: Map<string, MediaStream>,
): MediaStream | null {
  const tracks = [...(videoStream?.getVideoTracks() ?? []), ...(audioStream?.getAudioTracks() ?? [])];
  if (tracks.length === 0) return null;
  const key = tracks.map(({ id }) => id).join(" ");
  const known = streams.get(key);
  if (known !== undefined) return known;
  const stream = new MediaStream(tracks);
  streams.clear();
  streams.set(key, stream);
  return stream;
}

/** Stream opens the devices itself: it is only told which of them are on, one change after the other. */
function createSender(call: StreamCall): (local: LocalMediaState) => void {
  const shown = { camera: false, microphone: false };
  let last: Promise<void> = Promise.resolve();
  const turn = (device: "camera" | "microphone", on: boolean) => {
    if (shown[device] === on) return;
    shown[device] = on;
    last = last
      .then(async () => void (await (on ? call[device].enable() : call[device].disable())))
      .catch((error: unknown) => console.warn(`fairminute: the ${device} could not be switched`, error));
  };
  return (local) => {
    turn("camera", local.camera === "on");
    turn("microphone", local.microphone === "on");
  };
}
