// One connection per call, however many components use it: the first one makes it, the last one to go away leaves the call.
import type { CallConnection } from "./callConnection.ts";

export type CallRegistry = {
  /** Takes part in the use of a call's connection, which goes through the call's provider. `release` gives it back. */
  acquire(callId: string, provider?: string): { connection: CallConnection; release: () => void };
};

/**
 * Makes a registry. Leaving waits until `later` runs, so that a component that is unmounted and mounted again at once (React's
 * StrictMode, a route that changes its layout) keeps the one connection. A connection that has ended is not given out again.
 */
export function createCallRegistry(
  create: (callId: string, provider: string) => CallConnection,
  later: (run: () => void) => void,
): CallRegistry {
  const open = new Map<string, { connection: CallConnection; users: number }>();

  const letGo = (callId: string, entry: { connection: CallConnection; users: number }) => {
    if (entry.users > 0) return;
    if (open.get(callId) === entry) open.delete(callId);
    entry.connection.leave();
  };

  return {
    acquire(callId, provider = "webrtc") {
      const known = open.get(callId);
      const ended = known?.connection.state.get().phase === "ended" && known.users === 0;
      const entry = known === undefined || ended ? { connection: create(callId, provider), users: 0 } : known;
      open.set(callId, entry);
      entry.users++;
      let released = false;
      const release = () => {
        if (released) return;
        released = true;
        entry.users--;
        if (entry.users === 0) later(() => letGo(callId, entry));
      };
      return { connection: entry.connection, release };
    },
  };
}
