// The loop of deadlines: when it says that it has stopped, nothing of it is under way and nothing more is begun.
import { describe, expect, it } from "vitest";
import { createDeadlines } from "./deadlines.ts";

/** Somebody who waits, and is let go by hand. */
function gate() {
  let open: () => void = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

describe("the loop of deadlines", () => {
  it("stops only when the clock's reading that is under way has ended, and carries out nothing after it", async () => {
    const [asked, answered] = [gate(), gate()];
    const seen: string[] = [];
    const deadlines = createDeadlines({
      clock: {
        now: () => 0,
        async refresh() {
          seen.push("asked");
          asked.open();
          await answered.passed;
          seen.push("answered");
        },
      },
      advanceDue: async () => {
        seen.push("advanced");
        return 0;
      },
      onError: (error) => seen.push(`fault: ${error}`),
    });
    deadlines.start();
    await asked.passed;
    const stopped = deadlines.stop().then(() => seen.push("stopped"));
    // Nobody is told that it has stopped while the database is still asked.
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual(["asked"]);
    answered.open();
    await stopped;
    expect(seen).toEqual(["asked", "answered", "stopped"]);
  });

  it("a round goes on until nothing is due, however many batches that takes, and says how many calls it were", async () => {
    const batches = [500, 500, 3, 0];
    const deadlines = createDeadlines({
      clock: { now: () => 0 },
      advanceDue: async () => batches.shift() ?? 0,
      onError: () => {},
    });
    expect(await deadlines.runDue()).toBe(1003);
    expect(batches).toEqual([]);
  });

  it("waits for the round under way, and tells of a failed one", async () => {
    const [begun, ended] = [gate(), gate()];
    const seen: string[] = [];
    const deadlines = createDeadlines({
      clock: { now: () => 0 },
      async advanceDue() {
        begun.open();
        await ended.passed;
        seen.push("advanced");
        throw new Error("the database is away");
      },
      onError: (error) => seen.push((error as Error).message),
    });
    deadlines.start();
    await begun.passed;
    const stopped = deadlines.stop().then(() => seen.push("stopped"));
    ended.open();
    await stopped;
    expect(seen).toEqual(["advanced", "the database is away", "stopped"]);
  });
});
