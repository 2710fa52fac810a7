// A camera and a microphone made of nothing, whose tracks remember whether they were stopped.

export type FakeTrack = MediaStreamTrack & { stopped: boolean };

/** A live track of a kind. */
export function fakeTrack(kind: "audio" | "video"): FakeTrack {
  const track = Object.assign(new EventTarget(), {
    kind,
    enabled: true,
    stopped: false,
    readyState: "live",
    stop() {
      track.stopped = true;
      track.readyState = "ended";
    },
  });
  return track as unknown as FakeTrack;
}

/** Devices that deliver, or refuse with the named error. Every track that was ever given out is in `tracks`. */
export function fakeDevices(refusals: { audio?: string; video?: string } = {}) {
  const tracks: FakeTrack[] = [];
  const asked: MediaStreamConstraints[] = [];
  return {
    tracks,
    asked,
    refusals,
    async getUserMedia(wish: MediaStreamConstraints = {}): Promise<MediaStream> {
      asked.push(wish);
      const kinds = (["audio", "video"] as const).filter((kind) => wish[kind] !== undefined);
      for (const kind of kinds) {
        const refusal = refusals[kind];
        if (refusal !== undefined) throw new DOMException(refusal, refusal);
      }
      const given = kinds.map(fakeTrack);
      tracks.push(...given);
      const of = (kind: string) => given.filter((track) => track.kind === kind);
      return {
        getTracks: () => given,
        getAudioTracks: () => of("audio"),
        getVideoTracks: () => of("video"),
      } as unknown as MediaStream;
    },
  };
}
