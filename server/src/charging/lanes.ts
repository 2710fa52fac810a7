// Brings many changes to the database in few statements: who waits while a batch is under way leaves with the next one.
import { type Change, Lane, type LaneWorld } from "./lane.ts";
import { createMemory } from "./memory.ts";
import { createQueue } from "./queue.ts";
import type { StoredCall } from "./stored.ts";

export interface Lanes {
  /**
   * Carries a change out.
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

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** @param world.lanes how many statements may be under way at once */
export function createLanes(world: Omit<LaneWorld, "memory"> & { lanes: number }): Lanes {
  const memory = createMemory(REMEMBERED);
  const queue = createQueue(world.lanes);
  const idle = Array.from({ length: world.lanes }, () => new Lane({ ...world, memory }, queue.push));
  const busy = new Set<Promise<void>>();
  let waking: Promise<void> | null = null;

  // No timer: a batch forms by itself while the one before is under way, and in the turn in which its answers are heard.
  function wake(): void {
    waking ??= nextTurn().then(() => {
      waking = null;
      for (let lane = idle.pop(); lane !== undefined; lane = idle.pop()) {
        const batch = queue.take(busy.size);
        if (batch === null) {
          idle.push(lane);
          return;
        }
        start(lane, batch);
      }
    });
  }

  function start(lane: Lane, batch: NonNullable<ReturnType<typeof queue.take>>): void {
    const done = lane.carry(batch).then(() => {
      busy.delete(done);
      queue.finish(batch);
      idle.push(lane);
      wake();
    });
    busy.add(done);
  }

  return {
    recall: memory.get,
    submit: (change) =>
      new Promise((resolve, reject) => {
        queue.push({ change, available: null, attempts: 0, resolve, reject });
        wake();
      }),
    async drain() {
      while (waking !== null || busy.size > 0) await Promise.all([waking, ...busy]);
    },
  };
}
