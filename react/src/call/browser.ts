// What a call connection needs from a browser, in one place: peers, devices, timers and news of the network.
import type { CallConnectionWorld } from "./callConnection.ts";
import { createLocalMedia, type LocalMedia } from "./media.ts";

/** Runs `run` once after `ms`; the answer cancels it. Timers of a page with a live call are not throttled by browsers. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

/** The browser's side of a call connection. */
export const browser: Pick<CallConnectionWorld, "createPeer" | "localNow" | "after" | "onNetworkChange"> & {
  openMedia: () => LocalMedia;
} = {
  createPeer: (iceServers) => new RTCPeerConnection({ iceServers }),
  localNow: () => Date.now(),
  after,
  onNetworkChange(listener) {
    globalThis.addEventListener?.("online", listener);
    return () => globalThis.removeEventListener?.("online", listener);
  },
  // `navigator.mediaDevices` does not exist on pages without https (localhost excepted).
  openMedia: () => createLocalMedia((navigator as { mediaDevices?: MediaDevices }).mediaDevices),
};
