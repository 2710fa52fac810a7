// When a block was made: asked once, never believed of another block, and not asked again and again of a node that is silent.
import { expect, it } from "vitest";
import { createTimes } from "./times.ts";

function stage() {
  const asked: number[] = [];
  const on = { hash: "0x7", isSilent: false, now: 0 };
  const readTime = createTimes(
    {
      async readBlock(number) {
        asked.push(number);
        if (on.isSilent) throw new Error("no node answers");
        return number > 9 ? null : { number, hash: on.hash as `0x${string}`, parentHash: "0x6", time: 1000 + number };
      },
    },
    () => on.now,
  );
  return { asked, on, readTime };
}

it("asks once for a block, and knows it then", async () => {
  const { asked, readTime } = stage();
  expect(await readTime({ blockNumber: 7, blockHash: "0x7" })).toBe(1007);
  expect(await readTime({ blockNumber: 7, blockHash: "0x7" })).toBe(1007);
  expect(asked).toEqual([7]);
});

it("says nothing of a block that the chain has replaced, or does not know", async () => {
  const { readTime } = stage();
  expect(await readTime({ blockNumber: 7, blockHash: "0x77" })).toBeNull();
  expect(await readTime({ blockNumber: 10, blockHash: "0x10" })).toBeNull();
  expect(await readTime({ blockNumber: 7, blockHash: "0x7" })).toBe(1007);
});

it("leaves a silent node alone for a while, and asks it then", async () => {
  const { asked, on, readTime } = stage();
  on.isSilent = true;
  expect(await readTime({ blockNumber: 7, blockHash: "0x7" })).toBeNull();
  on.isSilent = false;
  on.now = 9999;
  expect(await readTime({ blockNumber: 7, blockHash: "0x7" })).toBeNull();
  expect(asked).toEqual([7]);
  on.now = 10_000;
  expect(await readTime({ blockNumber: 7, blockHash: "0x7" })).toBe(1007);
});
