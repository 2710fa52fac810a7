// What calls and study rooms need from a browser, in one place: peers, devices, timers, storage, news of network and page.

import type { TrackerWorld } from "../study/tracker.ts";
import type { CallConnectionWorld } from "./callConnection.ts";
import { createLocalMedia, type LocalMedia } from "./media.ts";

/** Runs `run` once after `ms`; the answer cancels it. Timers of a page with a live call are not throttled by browsers. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

/** Storage of this tab, or null where it is forbidden or does not exist. */
function tabMemory(): Storage | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

/** The browser's side of a call connection, and of a study room. */
export const browser: Pick<CallConnectionWorld, "createPeer" | "localNow" | "after" | "onNetworkChange"> &
  Pick<TrackerWorld, "onPageHide" | "memory"> & { openMedia: () => LocalMedia } = {
  createPeer: (iceServers) => new RTCPeerConnection({ iceServers }),
  localNow: () => Date.now(),
  after,
  onNetworkChange(listener) {
    globalThis.addEventListener?.("online", listener);
    return () => globalThis.removeEventListener?.("online", listener);
  },
  onPageHide(listener) {
    globalThis.addEventListener?.("pagehide", listener);
    return () => globalThis.removeEventListener?.("pagehide", listener);
  },
  memory: tabMemory(),
  // `navigator.mediaDevices` does not exist on pages without https (localhost excepted).
  openMedia: () => createLocalMedia((navigator as { mediaDevices?: MediaDevices }).mediaDevices),
};
