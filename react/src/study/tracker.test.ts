// The tracker of a study room: what it says and when, through lost lines, reloads, refusals and rooms that are over.
import { FairminuteError } from "@fairminute/core";
import { beforeEach, expect, test } from "vitest";
import { settle } from "../../test/fakeServer.ts";
import { unreachable } from "../client/problem.ts";
import type { StudyWord } from "../client/routes.ts";
import type { StudyTrackingJson } from "../client/wire.ts";
import { createStudyRegistry } from "./registry.ts";
import { createStudyTracker, type TrackerWorld } from "./tracker.ts";

/** A browser tab that a test moves by hand; `answer` is what the server says to a word. */
class Tab {
  now = 0;
  readonly said: string[] = [];
  readonly stored = new Map<string, string>();
  timers = new Set<{ at: number; run: () => void }>();
  userId = "leo";
  answer: (word: StudyWord) => Partial<StudyTrackingJson> | Error = ({ action }) => ({ isTracking: action !== "end" });
  network: () => void = () => {};
  hide: () => void = () => {};

  readonly world: TrackerWorld = {
    callId: "algebra",
    say: async (word, manner = {}) => {
      this.said.push(`${this.now / 1000} ${word.action}${manner.keepalive ? " (keepalive)" : ""}`);
      const answer = this.answer(word);
      if (answer instanceof Error) throw answer;
      return {
        callId: "call_1",
        isTracking: true,
        durationSeconds: 0,
        durationMinutes: 0,
        durationSource: null,
        dailyHours: 0,
        discrepancy: null,
        ...answer,
      };
    },
    readOwnId: async () => this.userId,
    localNow: () => this.now,
    after: (ms, run) => {
      const timer = { at: this.now + ms, run };
      this.timers.add(timer);
      return () => void this.timers.delete(timer);
    },
    onNetworkChange: (listener) => {
      this.network = listener;
      return () => {};
    },
    onPageHide: (listener) => {
      this.hide = listener;
      return () => {};
    },
    memory: {
      getItem: (key) => this.stored.get(key) ?? null,
      setItem: (key, value) => void this.stored.set(key, value),
      removeItem: (key) => void this.stored.delete(key),
    },
  };

  async pass(seconds: number): Promise<void> {
    const end = this.now + seconds * 1000;
    for (;;) {
      await settle();
      const next = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers.delete(next);
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }

  /** The page is loaded again: what was in memory is gone, what the tab stores is not. */
  reload(): void {
    this.timers = new Set();
  }
}

let tab: Tab;
beforeEach(() => {
  tab = new Tab();
});

test("it starts, proves itself at once and every 15 seconds, and ends", async () => {
  tab.answer = ({ action }) => ({ isTracking: action !== "end", dailyHours: tab.said.length / 10 });
  const tracker = createStudyTracker(tab.world);
  await tab.pass(60);
  expect(tab.said).toEqual([]);
  await tracker.start();
  expect(tracker.state.get()).toMatchObject({ isTracking: true, answer: { dailyHours: 0.2 }, error: null });
  await tab.pass(32);
  await tracker.end();
  await tab.pass(60);
  expect(tab.said).toEqual(["60 start", "60 heartbeat", "75 heartbeat", "90 heartbeat", "92 end"]);
  expect(tracker.state.get()).toMatchObject({ isTracking: false, answer: { dailyHours: 0.5 } });
});

test("starting or ending twice says it once", async () => {
  const tracker = createStudyTracker(tab.world);
  await tracker.end();
  await Promise.all([tracker.start(), tracker.start()]);
  await tracker.start();
  await Promise.all([tracker.end(), tracker.end()]);
  expect(tab.said).toEqual(["0 start", "0 heartbeat", "0 end"]);
});

test("an end never overtakes its start, and the last wish counts", async () => {
  const tracker = createStudyTracker(tab.world);
  void tracker.start();
  void tracker.end();
  void tracker.start();
  await tracker.end();
  expect(tab.said).toEqual(["0 start", "0 end"]);
  expect(tracker.state.get().isTracking).toBe(false);
});

test("without a line it keeps the wish, says why, and goes on when the line is back", async () => {
  const tracker = createStudyTracker(tab.world);
  await tracker.start();
  tab.answer = () => unreachable(new TypeError("fetch failed"));
  await tab.pass(21);
  expect(tracker.state.get()).toMatchObject({ isTracking: true, error: { code: "not_ready" } });
  tab.answer = () => ({});
  tab.network();
  await settle();
  expect(tab.said).toEqual(["0 start", "0 heartbeat", "15 heartbeat", "20 heartbeat", "21 heartbeat"]);
  expect(tracker.state.get()).toMatchObject({ isTracking: true, error: null });
});

test("a start that nobody heard is tried again every 5 seconds", async () => {
  tab.answer = () => (tab.now < 10_000 ? unreachable(null) : { isTracking: true });
  const tracker = createStudyTracker(tab.world);
  await tracker.start();
  expect(tracker.state.get().isTracking).toBe(true);
  await tab.pass(10);
  expect(tab.said).toEqual(["0 start", "5 start", "10 start", "10 heartbeat"]);
});

test("an end that nobody heard is tried again, unless one starts anew", async () => {
  const tracker = createStudyTracker(tab.world);
  await tracker.start();
  tab.answer = () => unreachable(null);
  await tracker.end();
  expect(tracker.state.get()).toMatchObject({ isTracking: false, error: { code: "not_ready" } });
  await tab.pass(5);
  tab.answer = () => ({ isTracking: true });
  await tracker.start();
  expect(tab.said).toEqual(["0 start", "0 heartbeat", "0 end", "5 end", "5 heartbeat"]);
});

test("a refusal is shown and not tried again", async () => {
  tab.answer = () => new FairminuteError("call_not_joinable", "that call is no study room");
  const tracker = createStudyTracker(tab.world);
  await tracker.start();
  await tab.pass(60);
  expect(tracker.state.get()).toMatchObject({ isTracking: false, error: { code: "call_not_joinable" } });
  expect(tab.said).toEqual(["0 start"]);
});

test("when the room's call is over it starts again, in the next one", async () => {
  const tracker = createStudyTracker(tab.world);
  await tracker.start();
  tab.answer = ({ action }) => (action === "heartbeat" ? { isTracking: false } : { callId: "call_2" });
  await tab.pass(15);
  tab.answer = () => ({ callId: "call_2" });
  await tab.pass(5);
  expect(tab.said).toEqual(["0 start", "0 heartbeat", "15 heartbeat", "20 start", "20 heartbeat"]);
  expect(tracker.state.get()).toMatchObject({ isTracking: true, answer: { callId: "call_2" } });
});

test("a page that goes away gives a last proof that outlives it, and ends nothing", async () => {
  const tracker = createStudyTracker(tab.world);
  tab.hide();
  await tracker.start();
  await tab.pass(7);
  tab.hide();
  expect(tab.said).toEqual(["0 start", "0 heartbeat", "7 heartbeat (keepalive)"]);
});

test("a reload goes on by itself; a long absence, an end and another person do not", async () => {
  await createStudyTracker(tab.world).start();
  await tab.pass(20);
  tab.hide();
  tab.reload();
  await tab.pass(60);
  const again = createStudyTracker(tab.world);
  await again.resume();
  expect(again.state.get().isTracking).toBe(true);
  expect(tab.said.slice(-2)).toEqual(["80 start", "80 heartbeat"]);

  tab.reload();
  tab.userId = "mia";
  const other = createStudyTracker(tab.world);
  await other.resume();
  expect(other.state.get().isTracking).toBe(false);

  tab.userId = "leo";
  await tab.pass(121);
  const late = createStudyTracker(tab.world);
  await late.resume();
  expect(late.state.get().isTracking).toBe(false);

  await late.start();
  await late.end();
  tab.reload();
  const ended = createStudyTracker(tab.world);
  await ended.resume();
  expect(ended.state.get().isTracking).toBe(false);
});

test("storage that is forbidden costs nothing but the resumption", async () => {
  const refuse = () => {
    throw new DOMException("denied", "SecurityError");
  };
  const tracker = createStudyTracker({
    ...tab.world,
    memory: { getItem: refuse, setItem: refuse, removeItem: refuse },
  });
  await tracker.resume();
  await tracker.start();
  await tracker.end();
  expect(tab.said).toEqual(["0 start", "0 heartbeat", "0 end"]);
});

test("the last one to go away ends the tracking, unless somebody comes at once", async () => {
  const waiting: (() => void)[] = [];
  const registry = createStudyRegistry(
    () => createStudyTracker(tab.world),
    (run) => void waiting.push(run),
  );
  const later = async () => {
    for (const run of waiting.splice(0)) run();
    await settle();
  };
  const first = registry.acquire("algebra");
  const second = registry.acquire("algebra");
  expect(second.tracker).toBe(first.tracker);
  await first.tracker.start();
  first.release();
  first.release();
  await later();
  second.release();
  const third = registry.acquire("algebra");
  await later();
  expect(tab.said).toEqual(["0 start", "0 heartbeat"]);
  third.release();
  await later();
  expect(tab.said).toEqual(["0 start", "0 heartbeat", "0 end"]);
});
