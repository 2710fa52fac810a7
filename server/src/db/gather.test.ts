// Questions asked together: once for all, never an answer older than its question, and a failure stays with those who asked.
import { describe, expect, it } from "vitest";
import { gather } from "./gather.ts";

/** A place to ask, whose answers come when the test says so. */
function createOracle() {
  const asked: string[][] = [];
  const waiting: ((fail: boolean) => void)[] = [];
  const read = gather((keys: string[]) => {
    asked.push(keys);
    return new Promise<Map<string, string>>((resolve, reject) => {
      waiting.push((fail) =>
        fail ? reject(new Error("away")) : resolve(new Map(keys.map((key) => [key, key.toUpperCase()]))),
      );
    });
  });
  const answer = async (fail = false): Promise<void> => {
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    waiting.shift()?.(fail);
  };
  return { asked, read, answer };
}

describe("gather", () => {
  it("asks once for all who ask at the same time, and names each key once", async () => {
    const { asked, read, answer } = createOracle();
    const answers = Promise.all(["a", "b", "a"].map(read));
    await answer();
    expect(await answers).toEqual(["A", "B", "A"]);
    expect(asked).toEqual([["a", "b"]]);
  });

  it("whoever asks while a question is under way gets an answer to a later one", async () => {
    const { asked, read, answer } = createOracle();
    const first = read("a");
    while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = Promise.all([read("a"), read("b")]);
    await answer();
    expect(await first).toBe("A");
    expect(asked).toEqual([["a"]]);
    await answer();
    expect(await second).toEqual(["A", "B"]);
    expect(asked).toEqual([["a"], ["a", "b"]]);
  });

  it("a failed question fails those who asked it, and the next one is asked", async () => {
    const { read, answer } = createOracle();
    const first = expect(read("a")).rejects.toThrow("away");
    await answer(true);
    await first;
    const second = read("a");
    await answer();
    expect(await second).toBe("A");
  });

  it("a key without an answer is undefined", async () => {
    const read = gather(async () => new Map<string, string>());
    expect(await read("nobody")).toBeUndefined();
  });
});
