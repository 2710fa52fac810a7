// Calls that LiveKit carries: a thin layer over livekit-client, which an app installs when it uses this file.
import {
  ConnectionState,
  type Participant,
  type RemoteParticipant,
  Room,
  RoomEvent,
  Track,
  type TrackPublication,
} from "livekit-client";
import type { RemoteState } from "../call/callConnection.ts";
import type { Carrier, CarrierRoom, CarrierRoomState } from "../call/carrier.ts";
import type { LocalMediaState } from "../call/media.ts";
import { createStore } from "../client/store.ts";

const changes = [
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.TrackPublished,
  RoomEvent.TrackUnpublished,
  RoomEvent.ConnectionStateChanged,
] as const;

/**
 * Makes the carrier for LiveKit.
 * @param newRoom how a room is made; livekit-client's own when absent. It says goodbye when the page goes away, so that the
 *   end is known to the second; a reload comes back within the grace, and only what is missing in between is not charged.
 */
export function livekitCarrier(newRoom: () => Room = openRoom): Carrier {
  return async (grant, local) => {
    const room = newRoom();
    const carried = carry(room);
    await room.connect(grant.serverUrl, grant.token);
    carried.setMedia(local);
    return carried.opened();
  };
}

function openRoom(): Room {
  return new Room({ adaptiveStream: true, dynacast: true });
}

function carry(room: Room): { setMedia(local: LocalMediaState): void; opened(): CarrierRoom } {
  const state = createStore<CarrierRoomState>({ link: "connecting", remote: null });
  const streams = new Map<string, { key: string; stream: MediaStream }>();
  const show = () => state.set({ link: linkOf(room.state), remote: remoteOf(room, streams) });
  for (const change of changes) room.on(change, show);
  const send = createSender(room);
  return {
    setMedia: send,
    opened() {
      show();
      return {
        state,
        connectionId: room.localParticipant.sid,
        setMedia: send,
        leave() {
          for (const change of changes) room.off(change, show);
          void room.disconnect();
        },
        readStats: () => readStats(room),
      };
    },
  };
}

function linkOf(state: ConnectionState): CarrierRoomState["link"] {
  switch (state) {
    case ConnectionState.Connected:
      return "connected";
    case ConnectionState.Disconnected:
      return "closed";
    case ConnectionState.Connecting:
      return "connecting";
    default:
      return "reconnecting";
  }
}

/** The one other person: whoever came last, because a reconnect may leave a ghost of the connection before. */
function remoteOf(room: Room, streams: Map<string, { key: string; stream: MediaStream }>): RemoteState | null {
  const people = [...room.remoteParticipants.values()].filter(
    ({ identity }) => identity !== room.localParticipant.identity,
  );
  const newest = people.reduce<RemoteParticipant | null>(
    (best, one) => (best === null || (one.joinedAt?.getTime() ?? 0) >= (best.joinedAt?.getTime() ?? 0) ? one : best),
    null,
  );
  if (newest === null) return null;
  return {
    userId: newest.identity,
    connectionId: newest.sid,
    stream: streamOf(newest, streams),
    camera: isOn(newest, Track.Source.Camera),
    microphone: isOn(newest, Track.Source.Microphone),
  };
}

function isOn(participant: Participant, source: Track.Source): boolean {
  const publication: TrackPublication | undefined = participant.getTrackPublication(source);
  return publication !== undefined && !publication.isMuted;
}

/** The same stream as long as the tracks are the same ones, so that a <video> does not begin anew at every change. */
function streamOf(
  participant: RemoteParticipant,
  streams: Map<string, { key: string; stream: MediaStream }>,
): MediaStream | null {
  const tracks = [...participant.trackPublications.values()].flatMap(({ track }) =>
    track === undefined ? [] : [track.mediaStreamTrack],
  );
  if (tracks.length === 0) return null;
  const key = tracks.map(({ id }) => id).join(" ");
  const known = streams.get(participant.sid);
  if (known?.key === key) return known.stream;
  const stream = new MediaStream(tracks);
  streams.set(participant.sid, { key, stream });
  return stream;
}

/** Publishes what is on and takes back what is off, one change after the other: two at once would publish a device twice. */
function createSender(room: Room): (local: LocalMediaState) => void {
  const sent = new Map<"audio" | "video", MediaStreamTrack>();
  let wanted: LocalMediaState | null = null;
  let busy = false;

  async function sendOne(kind: "audio" | "video", track: MediaStreamTrack | null): Promise<void> {
    const known = sent.get(kind);
    if (known === track || (known === undefined && track === null)) return;
    if (known !== undefined) {
      await room.localParticipant.unpublishTrack(known, false);
      sent.delete(kind);
    }
    if (track === null) return;
    const source = kind === "audio" ? Track.Source.Microphone : Track.Source.Camera;
    await room.localParticipant.publishTrack(track, { source });
    sent.set(kind, track);
  }

  return (local) => {
    wanted = local;
    if (busy) return;
    busy = true;
    void (async () => {
      try {
        while (wanted !== null) {
          const { audio, video, microphone } = wanted;
          wanted = null;
          await sendOne("audio", audio);
          await sendOne("video", video);
          const voice = room.localParticipant.getTrackPublication(Track.Source.Microphone);
          await (microphone === "on" ? voice?.unmute() : voice?.mute());
        }
      } catch (error) {
        console.warn("fairminute: a device could not be sent", error);
      } finally {
        busy = false;
      }
    })();
  };
}

async function readStats(room: Room): Promise<RTCStatsReport | null> {
  for (const participant of room.remoteParticipants.values()) {
    for (const { track } of participant.trackPublications.values()) {
      const report = await track?.getRTCStatsReport?.();
      if (report !== undefined) return report;
    }
  }
  return null;
}
