// The pictures: the other person large, oneself small, and words where a picture is missing.
import type { ReactNode } from "react";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import type { CallMedia } from "../../hooks/useCallMedia.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Icon } from "../parts/Icon.tsx";
import { useTrackStream, VideoView } from "./VideoView.tsx";

export type CallStageProps = {
  media: CallMedia;
  otherName: string;
  ownName: string;
  message: string | null;
  detail: string | null;
};

/** `message` stands in the middle while there is nobody to see, `detail` below it. */
export function CallStage({ media, otherName, ownName, message, detail }: CallStageProps): ReactNode {
  const { words } = useFairminute();
  const { remote, local } = media;
  const own = useTrackStream(local.video);
  const showsPicture =
    remote !== null && remote.stream !== null && remote.camera !== false && media.phase !== "waiting";
  return (
    <section className="fm-stage" data-testid="stage">
      <VideoView
        stream={remote?.stream ?? null}
        label={words.call.remote(otherName)}
        hidden={!showsPicture || message !== null}
        testId="remote-video"
      />
      {(!showsPicture || message !== null) && (
        <div className="fm-stage-center">
          <Avatar name={otherName} size="l" />
          <p className="fm-stage-name">{otherName}</p>
          <p className="fm-stage-message" role="status" data-testid="stage-message">
            {message ?? (remote?.camera === false ? words.call.remoteCameraOff(otherName) : words.call.connecting)}
          </p>
          {detail !== null && <p className="fm-stage-message">{detail}</p>}
        </div>
      )}
      {remote !== null && message === null && (showsPicture || remote.microphone === false) && (
        <p className="fm-stage-label" data-testid="stage-label">
          {remote.microphone === false && <Icon name="micOff" size={16} />}
          {remote.microphone === false ? words.call.remoteMuted(otherName) : otherName}
        </p>
      )}
      <div className="fm-self" data-testid="self-view">
        {own === null ? (
          <Avatar name={ownName} />
        ) : (
          <VideoView own stream={own} label={words.call.self} testId="own-video" />
        )}
        {local.microphone !== "on" && (
          <span className="fm-self-muted">
            <Icon name="micOff" size={14} />
          </span>
        )}
      </div>
    </section>
  );
}
