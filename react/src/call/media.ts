// The camera and the microphone of this machine: opened together or one by one, with a reason when one is missing.
import { createStore, type Store } from "../client/store.ts";

/** Why a device gives nothing: no device, not allowed, taken by another program, page without https, or anything else. */
export type DeviceProblem = "none_found" | "refused" | "in_use" | "insecure_page" | "failed";

/** A device: not asked for yet, delivering, switched off by its owner, or a reason why there is none. */
export type DeviceState = "unopened" | "opening" | "on" | "off" | DeviceProblem;

export type LocalMediaState = {
  camera: DeviceState;
  microphone: DeviceState;
  video: MediaStreamTrack | null;
  audio: MediaStreamTrack | null;
};

export type LocalMedia = {
  state: Store<LocalMediaState>;
  /** Asks for both devices. Never throws: what cannot be had is said in the state, and a call can be joined without it. */
  open(): Promise<void>;
  setMicrophone(on: boolean): Promise<void>;
  /** Switching off really stops the camera (its light goes out); switching on opens it again. */
  setCamera(on: boolean): Promise<void>;
  /** Stops every track. Devices that are still opening are stopped as soon as they are there. */
  close(): void;
};

export type Devices = Pick<MediaDevices, "getUserMedia">;

const videoWish: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: "user" };
const audioWish: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** Makes the local media; `devices` is undefined where the page may not have any (plain http). */
export function createLocalMedia(devices: Devices | undefined): LocalMedia {
  const state = createStore<LocalMediaState>({ camera: "unopened", microphone: "unopened", video: null, audio: null });
  const change = (part: Partial<LocalMediaState>) => state.set({ ...state.get(), ...part });
  let closed = false;
  let opening: Promise<void> | null = null;

  const keep = (kind: "video" | "audio", track: MediaStreamTrack | null, problem: DeviceProblem | null) => {
    if (closed) return track?.stop();
    const device = track === null ? (problem ?? "failed") : "on";
    track?.addEventListener("ended", () => {
      // The device was pulled out or taken back by its owner; our own stop() raises no event.
      change(kind === "video" ? { video: null, camera: "none_found" } : { audio: null, microphone: "none_found" });
    });
    change(kind === "video" ? { video: track, camera: device } : { audio: track, microphone: device });
  };

  const openBoth = async () => {
    change({ camera: "opening", microphone: "opening" });
    const got = await openDevices(devices);
    keep("audio", got.audio, got.audioProblem);
    keep("video", got.video, got.videoProblem);
  };

  return {
    state,
    open() {
      opening ??= openBoth();
      return opening;
    },
    async setMicrophone(on) {
      const { audio, microphone } = state.get();
      if (audio !== null) {
        audio.enabled = on;
        change({ microphone: on ? "on" : "off" });
      } else if (on && microphone !== "opening") {
        change({ microphone: "opening" });
        const got = await openOne(devices, "audio");
        keep("audio", got.track, got.problem);
      }
    },
    async setCamera(on) {
      const { video, camera } = state.get();
      if (!on && video !== null) {
        video.stop();
        change({ video: null, camera: "off" });
      } else if (on && video === null && camera !== "opening") {
        change({ camera: "opening" });
        const got = await openOne(devices, "video");
        keep("video", got.track, got.problem);
      }
    },
    close() {
      closed = true;
      const { video, audio } = state.get();
      video?.stop();
      audio?.stop();
      change({ video: null, audio: null, camera: "unopened", microphone: "unopened" });
    },
  };
}

type Opened = {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
  audioProblem: DeviceProblem | null;
  videoProblem: DeviceProblem | null;
};

/** Both at once (one question to the user); if that fails, one by one, because one missing device fails the whole request. */
async function openDevices(devices: Devices | undefined): Promise<Opened> {
  try {
    if (devices === undefined) throw new DOMException("no media devices on this page", "InsecureContextError");
    const stream = await devices.getUserMedia({ audio: audioWish, video: videoWish });
    const [audio = null, video = null] = [stream.getAudioTracks()[0], stream.getVideoTracks()[0]];
    return { audio, video, audioProblem: null, videoProblem: null };
  } catch {
    const audio = await openOne(devices, "audio");
    const video = await openOne(devices, "video");
    return { audio: audio.track, video: video.track, audioProblem: audio.problem, videoProblem: video.problem };
  }
}

async function openOne(
  devices: Devices | undefined,
  kind: "audio" | "video",
): Promise<{ track: MediaStreamTrack | null; problem: DeviceProblem | null }> {
  if (devices === undefined) return { track: null, problem: "insecure_page" };
  try {
    const stream = await devices.getUserMedia(kind === "audio" ? { audio: audioWish } : { video: videoWish });
    return { track: stream.getTracks()[0] ?? null, problem: null };
  } catch (error) {
    return { track: null, problem: problemOf(error) };
  }
}

function problemOf(error: unknown): DeviceProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "none_found";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  if (name === "NotReadableError" || name === "AbortError") return "in_use";
  return "failed";
}
