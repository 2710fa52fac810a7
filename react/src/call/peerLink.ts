// The media connection to one connection of the other person: tracks both ways, ICE restarts, and who has the camera on.
import { createStore, type Store } from "../client/store.ts";
import type { LocalMediaState } from "./media.ts";
import { createNegotiation, type Signal } from "./negotiation.ts";

export type PeerLinkState = {
  connection: RTCPeerConnectionState;
  stream: MediaStream | null;
  /** What the other side says of its devices; null until it said so. */
  camera: boolean | null;
  microphone: boolean | null;
};

export type PeerLink = {
  readonly connectionId: string;
  readonly userId: string;
  readonly peer: RTCPeerConnection;
  state: Store<PeerLinkState>;
  receive(signal: Signal): void;
  /** Looks for a new network path; call it when the network changed. */
  restartIce(): void;
  setMedia(media: LocalMediaState): void;
  close(): void;
};

export type PeerLinkWorld = {
  userId: string;
  connectionId: string;
  polite: boolean;
  peer: RTCPeerConnection;
  media: LocalMediaState;
  send: (signal: Signal) => void;
  after: (ms: number, run: () => void) => () => void;
};

const offerAnywayAfterMs = 3000;
const restartAfterMs = 3000;

/**
 * Opens a link. The impolite side offers audio and video at once, with or without devices, so that a camera that comes later
 * only replaces a track. The polite side answers, and offers itself when nothing was heard (a lost notice must not mean silence).
 */
export function createPeerLink(world: PeerLinkWorld): PeerLink {
  const { peer } = world;
  const state = createStore<PeerLinkState>({ connection: "new", stream: null, camera: null, microphone: null });
  const change = (part: Partial<PeerLinkState>) => state.set({ ...state.get(), ...part });
  const stops: (() => void)[] = [];
  // One stream id for both tracks: browsers keep lips and voice together only within a stream.
  const outgoing = new MediaStream();
  let media = world.media;
  let started = false;

  const negotiation = createNegotiation({
    peer,
    polite: world.polite,
    send: world.send,
    beforeAnswer: async () => {
      started = true;
      for (const transceiver of peer.getTransceivers()) {
        if (transceiver.direction !== "sendrecv") transceiver.direction = "sendrecv";
        transceiver.sender.setStreams?.(outgoing);
        await attach(transceiver, media);
      }
    },
    onError: (error) => {
      if (peer.signalingState !== "closed") console.warn("fairminute: a signal could not be used", error);
    },
  });
  const start = () => {
    if (started) return;
    started = true;
    for (const kind of ["audio", "video"] as const) {
      peer.addTransceiver(media[kind] ?? kind, { direction: "sendrecv", streams: [outgoing] });
    }
  };

  const devices = tellDevices(peer, () => media, change);
  peer.addEventListener("negotiationneeded", () => void (started && negotiation.offer()));
  peer.addEventListener("icecandidate", ({ candidate }) => candidate && world.send({ candidate: candidate.toJSON() }));
  peer.addEventListener("track", ({ track }) => change({ stream: withTrack(state.get().stream, track) }));
  peer.addEventListener("connectionstatechange", () => {
    change({ connection: peer.connectionState });
    if (peer.connectionState === "failed") peer.restartIce();
    if (peer.connectionState === "disconnected") {
      stops.push(world.after(restartAfterMs, () => peer.connectionState === "disconnected" && peer.restartIce()));
    }
  });
  if (world.polite) stops.push(world.after(offerAnywayAfterMs, start));
  else start();

  return {
    userId: world.userId,
    connectionId: world.connectionId,
    peer,
    state,
    receive: (signal) => void negotiation.receive(signal),
    restartIce: () => peer.restartIce(),
    setMedia(next) {
      media = next;
      for (const transceiver of started ? peer.getTransceivers() : []) void attach(transceiver, media);
      devices.tell();
    },
    close() {
      for (const stop of stops) stop();
      peer.close();
      change({ connection: "closed", stream: null });
    },
  };
}

async function attach(transceiver: RTCRtpTransceiver, media: LocalMediaState): Promise<void> {
  const kind = transceiver.receiver.track.kind;
  const track = kind === "audio" ? media.audio : media.video;
  if (transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track);
}

/** A stream of the newest track of each kind: a new object each time, so that a <video> notices. */
function withTrack(stream: MediaStream | null, track: MediaStreamTrack): MediaStream {
  const kept = stream?.getTracks().filter((other) => other.kind !== track.kind && other.readyState === "live") ?? [];
  return new MediaStream([...kept, track]);
}

/** A small data channel over which each side says whether its camera and microphone are on. */
function tellDevices(
  peer: RTCPeerConnection,
  media: () => LocalMediaState,
  change: (part: Partial<PeerLinkState>) => void,
): { tell(): void } {
  const channel = peer.createDataChannel("devices", { negotiated: true, id: 0 });
  const tell = () => {
    if (channel.readyState !== "open") return;
    channel.send(JSON.stringify({ camera: media().camera === "on", microphone: media().microphone === "on" }));
  };
  channel.addEventListener("open", tell);
  channel.addEventListener("message", ({ data }) => {
    try {
      const said = JSON.parse(String(data)) as Record<string, unknown>;
      change({ camera: said.camera === true, microphone: said.microphone === true });
    } catch {
      // What cannot be read says nothing about the devices.
    }
  });
  return { tell };
}
