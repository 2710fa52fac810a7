// The buttons of a call: microphone, camera, and the end, within reach of a thumb.
import type { ReactNode } from "react";
import type { DeviceState } from "../../call/media.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import type { CallMedia } from "../../hooks/useCallMedia.ts";
import { Icon } from "../parts/Icon.tsx";

export type CallControlsProps = { media: CallMedia; endLabel: string; ending: boolean; onEnd: () => void };

/** Toggles say in words what pressing them will do. */
export function CallControls({ media, endLabel, ending, onEnd }: CallControlsProps): ReactNode {
  const { words } = useFairminute();
  const { microphone, camera } = media.local;
  return (
    <fieldset className="fm-controls" aria-label={words.call.controls}>
      <Toggle
        kind="mic"
        state={microphone}
        label={microphone === "on" ? words.call.mute : words.call.unmute}
        onToggle={() => media.setMicrophone(microphone !== "on")}
        testId="toggle-microphone"
      />
      <Toggle
        kind="camera"
        state={camera}
        label={camera === "on" ? words.call.cameraOff : words.call.cameraOn}
        onToggle={() => media.setCamera(camera !== "on")}
        testId="toggle-camera"
      />
      <button
        type="button"
        className="fm-control fm-control-end"
        aria-disabled={ending || undefined}
        onClick={() => !ending && onEnd()}
        data-testid="end-call"
      >
        <Icon name="hangUp" size={22} />
        <span>{ending ? words.call.ending : endLabel}</span>
      </button>
    </fieldset>
  );
}

type ToggleProps = {
  kind: "mic" | "camera";
  state: DeviceState;
  label: string;
  onToggle: () => void;
  testId: string;
};

function Toggle({ kind, state, label, onToggle, testId }: ToggleProps): ReactNode {
  const on = state === "on";
  const shown = on ? kind : (`${kind}Off` as const);
  return (
    <button
      type="button"
      className="fm-control"
      aria-label={label}
      title={label}
      data-on={on}
      data-state={state}
      disabled={state === "opening" || state === "unopened"}
      onClick={onToggle}
      data-testid={testId}
    >
      <Icon name={shown} size={22} />
    </button>
  );
}
