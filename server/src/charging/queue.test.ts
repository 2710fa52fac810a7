// Who leaves with which batch: one change a call at a time, small batches one after the other, large ones side by side.
import { describe, expect, it } from "vitest";
import type { Waiting } from "./lane.ts";
import { createQueue } from "./queue.ts";

const waiting = (callId: string): Waiting => ({
  change: { callId, evidence: [] },
  available: null,
  attempts: 0,
  resolve: () => {},
  reject: () => {},
});
const names = (batch: readonly Waiting[] | null): string[] | null => batch?.map(({ change }) => change.callId) ?? null;

function fill(queue: ReturnType<typeof createQueue>, from: number, to: number): void {
  for (let i = from; i < to; i += 1) queue.push(waiting(`call_${i}`));
}

describe("the queue of changes", () => {
  it("lets all who wait leave together, in the order in which they came", () => {
    const queue = createQueue(2);
    expect(queue.take(0)).toBeNull();
    fill(queue, 0, 3);
    expect(names(queue.take(0))).toEqual(["call_0", "call_1", "call_2"]);
    expect(queue.take(0)).toBeNull();
  });

  it("holds a second change of a call back until the first one is done, and lets the others pass", () => {
    const queue = createQueue(2);
    for (const callId of ["a", "b", "a"]) queue.push(waiting(callId));
    const first = queue.take(0) ?? [];
    expect(names(first)).toEqual(["a", "b"]);
    queue.push(waiting("c"));
    const second = queue.take(0) ?? [];
    expect(names(second)).toEqual(["c"]);
    expect(queue.take(0)).toBeNull();
    queue.finish(second);
    expect(queue.take(0)).toBeNull();
    queue.finish(first);
    expect(names(queue.take(0))).toEqual(["a"]);
  });

  it("a few wait for the batch that is under way; many leave beside it", () => {
    const queue = createQueue(2);
    fill(queue, 0, 10);
    const first = queue.take(0) ?? [];
    fill(queue, 10, 50);
    expect(queue.take(1)).toBeNull();
    fill(queue, 50, 120);
    expect(queue.take(1)).toHaveLength(110);
    queue.finish(first);
  });

  it("a batch of changes that all belong to calls under way is no batch", () => {
    const queue = createQueue(2);
    queue.push(waiting("a"));
    const first = queue.take(0) ?? [];
    for (let i = 0; i < 100; i += 1) queue.push(waiting("a"));
    expect([queue.take(0), queue.take(1)]).toEqual([null, null]);
    queue.finish(first);
    expect(queue.take(0)).toHaveLength(1);
  });

  it("shares a long queue among the lanes, and makes no statement endless", () => {
    const sizes = (lanes: number, length: number): number | undefined => {
      const queue = createQueue(lanes);
      fill(queue, 0, length);
      return queue.take(0)?.length;
    };
    expect([sizes(2, 128), sizes(2, 256), sizes(2, 600), sizes(1, 256), sizes(2, 5000)]).toEqual([
      128, 128, 300, 256, 500,
    ]);
  });
});
