// A video element for a stream or track, or something quiet in its place when there is no picture.
import { type ReactNode, useEffect, useMemo, useRef } from "react";

export type VideoViewProps = {
  stream: MediaStream | null;
  label: string;
  /** No sound and mirrored: one's own picture. */
  own?: boolean;
  hidden?: boolean;
  testId?: string;
};

/** Plays the stream as soon as the browser lets it. */
export function VideoView({ stream, label, own = false, hidden = false, testId }: VideoViewProps): ReactNode {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element === null || element.srcObject === stream) return;
    element.srcObject = stream;
    if (stream !== null) element.play().catch(() => {});
  }, [stream]);
  return (
    <video
      ref={video}
      className={own ? "fm-video fm-video-own" : "fm-video"}
      autoPlay
      playsInline
      muted={own}
      hidden={hidden}
      aria-label={label}
      data-testid={testId}
    />
  );
}

/** A stream of one track, the same one as long as the track is. */
export function useTrackStream(track: MediaStreamTrack | null): MediaStream | null {
  return useMemo(() => (track === null ? null : new MediaStream([track])), [track]);
}
