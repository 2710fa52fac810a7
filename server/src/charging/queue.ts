// Changes that wait for their turn, and which of them may leave together.
import type { Waiting } from "./lane.ts";

/** More in one statement makes its locks last longer than it saves. */
const MOST = 500;
/** Up to here a batch takes all who wait: a statement costs as much as a dozen changes, whatever is in it. */
const WHOLE = 128;
/** A batch leaves beside another one only when so many wait: two small ones side by side cost more than one after the other. */
const BESIDE = 64;

export interface Queue {
  push(waiting: Waiting): void;
  /**
   * Takes the next batch: at most one change a call, and none of a call that is under way elsewhere, so that the next change of
   * a call sees the effect of the one before.
   * @param others how many batches are under way
   * @returns null when nobody waits, or too few
   */
  take(others: number): Waiting[] | null;
  /** Says that a batch is done. */
  finish(batch: readonly Waiting[]): void;
}

/** @param lanes how many batches may be under way at once: a long queue is shared among them */
export function createQueue(lanes: number): Queue {
  const underWay = new Set<string>();
  let queue: Waiting[] = [];

  function choose(): { batch: Waiting[]; later: Waiting[] } {
    const size = Math.min(MOST, Math.max(WHOLE, Math.ceil(queue.length / lanes)));
    const chosen = new Set<string>();
    const batch: Waiting[] = [];
    const later: Waiting[] = [];
    for (const waiting of queue) {
      const { callId } = waiting.change;
      if (batch.length >= size || chosen.has(callId) || underWay.has(callId)) later.push(waiting);
      else {
        chosen.add(callId);
        batch.push(waiting);
      }
    }
    return { batch, later };
  }

  return {
    push: (waiting) => void queue.push(waiting),
    take(others) {
      const least = others === 0 ? 1 : BESIDE;
      if (queue.length < least) return null;
      const { batch, later } = choose();
      if (batch.length < least) return null;
      queue = later;
      for (const { change } of batch) underWay.add(change.callId);
      return batch;
    },
    finish: (batch) => {
      for (const { change } of batch) underWay.delete(change.callId);
    },
  };
}
