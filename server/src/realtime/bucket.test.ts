// The token bucket, with the clock in the test's hand.
import { expect, it } from "vitest";
import { createBucket } from "./bucket.ts";

function bucketAt(limits: { burst: number; perSecond: number }) {
  const clock = { at: 1_000, now: () => clock.at };
  return { clock, bucket: createBucket(limits, clock) };
}

it("gives the burst at once, then says how long to wait", () => {
  const { bucket } = bucketAt({ burst: 3, perSecond: 2 });
  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 0, 500]);
});

it("fills with time, and never above the burst", () => {
  const { clock, bucket } = bucketAt({ burst: 2, perSecond: 2 });
  bucket.take();
  bucket.take();
  clock.at += 499;
  expect(bucket.take()).toBe(1);
  clock.at += 1;
  expect(bucket.take()).toBe(0);
  clock.at += 3_600_000;
  expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 500]);
});

it("gives nothing away when the clock goes back and forth", () => {
  const { clock, bucket } = bucketAt({ burst: 1, perSecond: 1 });
  bucket.take();
  for (let turn = 0; turn < 10; turn++) {
    clock.at -= 500;
    bucket.take();
    clock.at += 500;
    expect(bucket.take()).toBe(1_000);
  }
});
