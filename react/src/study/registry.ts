// One tracker per study room, however many components use it: the last one to go away ends the tracking.
import type { StudyTracker } from "./tracker.ts";

export type StudyRegistry = {
  /** Takes part in the use of a room's tracker. `release` gives it back. */
  acquire(callId: string): { tracker: StudyTracker; release: () => void };
};

/**
 * Makes a registry. Ending waits until `later` runs, so that a component that is unmounted and mounted again at once (React's
 * StrictMode, a route that changes its layout) goes on. A room keeps its one tracker, so that an end that is still on its way
 * never overtakes the next start.
 */
export function createStudyRegistry(
  create: (callId: string) => StudyTracker,
  later: (run: () => void) => void,
): StudyRegistry {
  const rooms = new Map<string, { tracker: StudyTracker; users: number }>();
  return {
    acquire(callId) {
      const room = rooms.get(callId) ?? { tracker: create(callId), users: 0 };
      rooms.set(callId, room);
      room.users++;
      let released = false;
      const release = () => {
        if (released) return;
        released = true;
        room.users--;
        later(() => {
          if (room.users === 0) void room.tracker.end();
        });
      };
      return { tracker: room.tracker, release };
    },
  };
}
