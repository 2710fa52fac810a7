// Says of one person in one study room that they come, are there, and go; without React, and across lost lines and reloads.

import { isRetryable } from "../client/problem.ts";
import type { Manner } from "../client/request.ts";
import type { StudyWord } from "../client/routes.ts";
import { createStore, type Store } from "../client/store.ts";
import type { StudyTrackingJson } from "../client/wire.ts";

export type TrackerState = {
  /** Whether the person wants to be tracked here. Stays true while the server cannot be reached. */
  isTracking: boolean;
  /** The server's last word; null before its first. */
  answer: StudyTrackingJson | null;
  /** Why the last word was not heard; null when it was. */
  error: Error | null;
};

export type StudyTracker = {
  state: Store<TrackerState>;
  /** Settles when the server has heard it, or could not be reached; then it is tried again by itself. */
  start(): Promise<void>;
  end(): Promise<void>;
  /** Goes on where the page was before a reload. */
  resume(): Promise<void>;
};

export type TrackerWorld = {
  /** The call's id here, or Stream's. */
  callId: string;
  say: (word: StudyWord, manner?: Manner) => Promise<StudyTrackingJson>;
  readOwnId: () => Promise<string>;
  localNow: () => number;
  after: (ms: number, run: () => void) => () => void;
  onNetworkChange: (listener: () => void) => () => void;
  onPageHide: (listener: () => void) => () => void;
  /** Lasts as long as the tab; null where storage is forbidden. */
  memory: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null;
};

const beatMs = 15_000;
const retryMs = 5000;
/** After a reload it goes on; after a longer absence the person says so again. */
const resumeMs = 120_000;

type Run = {
  world: TrackerWorld;
  state: Store<TrackerState>;
  wanted: "tracking" | "idle";
  /** What the server knows, as far as it is known here. */
  told: "tracking" | "idle";
  ownId: string | null;
  busy: Promise<void> | null;
  cancelTimer: () => void;
};

/** Makes the tracker of one room. It says nothing before `start` or `resume`. */
export function createStudyTracker(world: TrackerWorld): StudyTracker {
  const state = createStore<TrackerState>({ isTracking: false, answer: null, error: null });
  const run: Run = { world, state, wanted: "idle", told: "idle", ownId: null, busy: null, cancelTimer: () => {} };

  world.onNetworkChange(() => {
    if (run.state.get().error !== null) void step(run);
  });
  // A page that goes away may come back as a reload: it proves that it was there until now, and does not end anything.
  world.onPageHide(() => {
    if (run.wanted !== "tracking" || run.ownId === null) return;
    remember(run);
    const word = { ...wordOf(run, run.ownId), action: "heartbeat" } as const;
    world.say(word, { keepalive: true }).catch(() => {});
  });

  const want = (wanted: Run["wanted"]): Promise<void> => {
    if (run.wanted === wanted && run.told === wanted) return run.busy ?? Promise.resolve();
    run.wanted = wanted;
    state.set({ ...state.get(), isTracking: wanted === "tracking", error: null });
    if (wanted === "idle") forget(world);
    return step(run);
  };
  return {
    state,
    start: () => want("tracking"),
    end: () => want("idle"),
    async resume() {
      const userId = recall(world);
      if (userId !== null && userId === (await world.readOwnId().catch(() => null))) await want("tracking");
    },
  };
}

function wordOf({ world }: Run, userId: string): Omit<StudyWord, "action"> {
  return { userId, callId: world.callId, timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone };
}

/** One word to the server, the one that is due; one at a time, so that a start never overtakes an end. */
function step(run: Run): Promise<void> {
  run.cancelTimer();
  run.busy ??= speak(run).finally(() => {
    run.busy = null;
  });
  return run.busy;
}

async function speak(run: Run): Promise<void> {
  for (;;) {
    const wanted = run.wanted;
    if (wanted === "idle" && run.told === "idle") return;
    const action = wanted === "idle" ? "end" : run.told === "idle" ? "start" : "heartbeat";
    try {
      run.ownId ??= await run.world.readOwnId();
      hear(run, action, await run.world.say({ ...wordOf(run, run.ownId), action }));
    } catch (error) {
      if (fail(run, error as Error, wanted)) continue;
      return;
    }
    // A start is proven at once; what was asked for meanwhile is said at once.
    if (run.wanted !== wanted || (action === "start" && run.told === "tracking")) continue;
    if (run.wanted === "tracking") repeatAfter(run, run.told === "tracking" ? beatMs : retryMs);
    return;
  }
}

function hear(run: Run, action: StudyWord["action"], answer: StudyTrackingJson): void {
  // A room whose call is over tracks nobody: the next word is a start again, which opens the room's next call.
  run.told = action !== "end" && answer.isTracking ? "tracking" : "idle";
  if (run.wanted === "tracking") remember(run);
  run.state.set({ isTracking: run.wanted === "tracking", answer, error: null });
}

/** @returns whether there is something else to say at once */
function fail(run: Run, error: Error, wanted: Run["wanted"]): boolean {
  if (run.wanted !== wanted) return true;
  if (isRetryable(error)) {
    run.state.set({ ...run.state.get(), error });
    repeatAfter(run, retryMs);
    return false;
  }
  // Refused for good: asking again would be refused again.
  run.wanted = "idle";
  run.told = "idle";
  forget(run.world);
  run.state.set({ ...run.state.get(), isTracking: false, error });
  return false;
}

/** Set when an answer has come, not by the timer before: such timers run on time also in a tab that nobody looks at. */
function repeatAfter(run: Run, ms: number): void {
  run.cancelTimer = run.world.after(ms, () => void step(run));
}

const keyOf = (callId: string): string => `fairminute.study:${callId}`;

function remember({ world, ownId }: Run): void {
  try {
    world.memory?.setItem(keyOf(world.callId), JSON.stringify({ userId: ownId, at: world.localNow() }));
  } catch {
    // A full or forbidden storage costs nothing but the resumption after a reload.
  }
}

function forget({ memory, callId }: TrackerWorld): void {
  try {
    memory?.removeItem(keyOf(callId));
  } catch {
    // As above.
  }
}

/** Who was tracked here a moment ago, or null. */
function recall({ memory, callId, localNow }: TrackerWorld): string | null {
  try {
    const { userId, at } = JSON.parse(memory?.getItem(keyOf(callId)) ?? "null") as { userId: string; at: number };
    return localNow() - at < resumeMs ? userId : null;
  } catch {
    return null;
  }
}
