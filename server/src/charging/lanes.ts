// Brings many changes to the database in few statements: each call has a lane, each lane one batch under way.
import { type Change, Lane, type LaneWorld } from "./lane.ts";
import { createMemory } from "./memory.ts";
import type { StoredCall } from "./stored.ts";

export interface Lanes {
  /**
   * Puts a change in its call's lane.
   * @returns the call as written (or as it stands, when the change adds nothing)
   * @throws FairminuteError when the change is refused; DatabaseError when the database fails
   */
  submit(change: Change): Promise<StoredCall>;
  /** A call as it was last written from here, perhaps not the last: what never changes of it is right. */
  recall(callId: string): StoredCall | undefined;
  /** Waits until nothing is under way. */
  drain(): Promise<void>;
}

const REMEMBERED = 20_000;

/**
 * @param world.lanes how many. One queue for all would leave lanes idle: all who wait would go into one lane's batch.
 */
export function createLanes(world: Omit<LaneWorld, "memory"> & { lanes: number }): Lanes {
  const memory = createMemory(REMEMBERED);
  const lanes = Array.from({ length: world.lanes }, () => new Lane({ ...world, memory }));
  const laneOf = (callId: string): Lane => {
    let hash = 0;
    for (let i = 0; i < callId.length; i += 1) hash = (hash * 31 + callId.charCodeAt(i)) | 0;
    return lanes[Math.abs(hash) % lanes.length] as Lane;
  };
  return {
    recall: memory.get,
    submit: (change) => laneOf(change.callId).submit(change),
    async drain() {
      while (lanes.some(({ busy }) => busy !== null)) await Promise.all(lanes.map(({ busy }) => busy));
    },
  };
}
