// The face of the room: the loop that looks at calls at their providers, and what the operator and the doors may ask of it.
import { FairminuteError } from "@fairminute/core";
import type { Charging } from "../charging/charging.ts";
import { readCalls } from "../charging/write.ts";
import type { Database } from "../db/database.ts";
import { type Asking, createAsking } from "./ask.ts";
import { type DiscrepancyJson, listDiscrepancies, resolveDiscrepancy } from "./discrepancies.ts";
import { examineAll, type Finding } from "./examine.ts";
import { defaultLimits, type LookLimits } from "./limits.ts";
import { listWatchedCalls, readWatchedCall, type WatchedCallJson, type WatchFilter } from "./list.ts";
import { lookAt } from "./look.ts";
import { createPace, type RealTime, realTime } from "./pace.ts";
import type { Page, PageOf } from "./pages.ts";
import {
  listLive,
  markRoomOpened,
  readDue,
  repairWatching,
  takeDue,
  takeOne,
  type Watched,
  wake,
  wakeAll,
} from "./watched.ts";
import { isAppsRoom, type LookWorld, type Providers, providerCallOf, providerOf } from "./world.ts";

export type { DiscrepancyJson } from "./discrepancies.ts";
export type { Finding } from "./examine.ts";
export { boundsOf, defaultLimits, type LookLimits } from "./limits.ts";
export { type WatchedCallJson, type WatchFilter, watchFilters } from "./list.ts";
export type { Page, PageOf } from "./pages.ts";

export interface Reconciliation {
  /** Carries out every look that is due, at the rate that the limits allow. @returns how many */
  runDue(): Promise<number>;
  start(): void;
  /** Stops the loop. Looks under way are put back as they were, for another server or the next start. */
  stop(): Promise<void>;
  /** Something was heard of the call: it is looked at now, also when its room was closed already. */
  poke(callId: string): Promise<void>;
  /**
   * Makes the room of a call that was opened here, before somebody is let in. Nothing happens for an app's own room.
   * @throws FairminuteError call_not_found, call_not_joinable, provider_not_configured, provider_unavailable
   */
  ensureRoom(callId: string): Promise<void>;
  /** The sandbox's clock is about to be moved to `untilAt`: whoever is in a room stays there meanwhile. */
  carryUntil(untilAt: number): Promise<void>;
  /** Looks at one call now. @returns how it stands then; null for a call of the built-in provider. @throws FairminuteError call_not_found */
  lookNow(callId: string): Promise<WatchedCallJson | null>;
  listDiscrepancies(page: Page & { isOpen: boolean }): Promise<PageOf<"discrepancies", DiscrepancyJson>>;
  /** @throws FairminuteError not_found */
  resolveDiscrepancy(id: string, resolution: string): Promise<DiscrepancyJson>;
  listWatchedCalls(page: Page & { state: WatchFilter }): Promise<PageOf<"providerCalls", WatchedCallJson>>;
  /** The looks that should have begun by now: how many, and when the oldest of them was due. */
  readDue(): Promise<DueLooks>;
  /** Asks about every call that is not closed and says what does not fit, without changing anything. */
  examine(): Promise<Finding[]>;
  /** Puts rows right that nobody watches, and looks at every call that is not closed. */
  repair(): Promise<{ looks: number; repaired: string[] }>;
}

/** Looks that wait for a server to begin them. `since` is when the oldest was due; null when none waits. */
export interface DueLooks {
  count: number;
  since: string | null;
}

export interface ReconciliationWorld {
  db: Database;
  charging: Pick<Charging, "recordEvents">;
  providers: Providers;
  now: () => number;
  nextId: (prefix: string) => string;
  /** Told of what went wrong in a round; the next one tries again. A provider that fails is no fault. */
  onFault: (error: unknown) => void;
  limits?: Partial<LookLimits> | undefined;
  /** Real time, for the rate; a test's own otherwise. */
  realTime?: RealTime | undefined;
}

/** How often the database is asked for due looks. */
const TICK_MS = 250;
/** How often rows are put right that the triggers missed. */
const REPAIR_EVERY_MS = 60_000;
const CARRY_BATCH = 100;

/** Looks under way, bounded in number and rate. */
function createLooks(world: LookWorld, asking: Asking, time: RealTime, onFault: (error: unknown) => void) {
  const pace = createPace(world.limits.perSecond, time);
  const underWay = new Set<Promise<void>>();
  let stopped = false;

  function begin(watched: Watched, call: Parameters<typeof lookAt>[2], at: number, untilAt: number | null): void {
    const one: Promise<void> = lookAt(world, watched, call, at, untilAt)
      .catch(onFault)
      .finally(() => underWay.delete(one));
    underWay.add(one);
  }

  async function beginAll(taken: Watched[], at: number, untilAt: number | null = null): Promise<void> {
    if (taken.length === 0) return;
    const calls = new Map(
      (
        await readCalls(
          world.db,
          taken.map(({ callId }) => callId),
        )
      ).map((call) => [call.id, call]),
    );
    for (const watched of taken) begin(watched, calls.get(watched.callId), at, untilAt);
  }

  return {
    pace,
    beginAll,
    allowAgain() {
      stopped = false;
      asking.allowAgain();
    },
    /** Begins what is due, as far as there is room; waits for room when `isPatient`. @returns how many looks were begun */
    async beginDue(isPatient: boolean): Promise<number> {
      const at = world.now();
      for (let begun = 0; ; ) {
        while (underWay.size >= world.limits.atOnce) {
          if (!isPatient) return begun;
          await Promise.race(underWay);
        }
        if (stopped) return begun;
        const allowed = await pace.take(world.limits.atOnce - underWay.size);
        const taken = await takeDue(world.db, at, world.now() + world.limits.leaseMs, allowed);
        pace.giveBack(allowed - taken.length);
        if (taken.length === 0) return begun;
        await beginAll(taken, at);
        begun += taken.length;
      }
    },
    async settle(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop() {
      stopped = true;
      asking.stop();
    },
  };
}

type Looks = ReturnType<typeof createLooks>;

/** The loop: a timer only wakes it, what is done is read from the database. */
function createLoop(world: LookWorld, looks: Looks, onFault: (error: unknown) => void) {
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> | undefined;
  let repairedAt = Number.NEGATIVE_INFINITY;

  async function round(): Promise<void> {
    try {
      if (Math.abs(world.now() - repairedAt) >= REPAIR_EVERY_MS) {
        repairedAt = world.now();
        await repairWatching(world.db, repairedAt);
      }
      await looks.beginDue(false);
    } catch (error) {
      onFault(error);
    }
    if (timer !== undefined) timer = setTimeout(run, TICK_MS);
  }

  function run(): void {
    underWay = round();
  }

  return {
    start() {
      looks.allowAgain();
      timer ??= setTimeout(run, 0);
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      looks.stop();
      await underWay;
      await looks.settle();
    },
  };
}

async function ensureRoom({ db, providers, ask, now }: LookWorld, callId: string): Promise<void> {
  const [call] = await readCalls(db, [callId]);
  if (call === undefined) throw new FairminuteError("call_not_found", `there is no call ${callId}`, { param: "id" });
  if (call.provider === "webrtc" || isAppsRoom(call)) return;
  if (call.settledAt !== null) {
    throw new FairminuteError("call_not_joinable", `the call is ${call.status}: there is no room to enter`);
  }
  const provider = providerOf(providers, call.provider);
  await markRoomOpened(db, callId, now());
  if (provider.openRoom !== null) await ask(provider.openRoom(providerCallOf(call)));
}

/**
 * Makes the room.
 * @param given.onFault told of a failed round; the next round tries again
 */
export function createReconciliation(given: ReconciliationWorld): Reconciliation {
  const { db, now, onFault } = given;
  const limits = { ...defaultLimits, ...given.limits };
  const asking = createAsking(limits.answerMs);
  const world: LookWorld = { ...given, limits, ask: asking.ask };
  const looks = createLooks(world, asking, given.realTime ?? realTime, onFault);
  const loop = createLoop(world, looks, onFault);
  const runDue = async (): Promise<number> => {
    looks.allowAgain();
    const begun = await looks.beginDue(true);
    await looks.settle();
    return begun;
  };
  return {
    runDue,
    ...loop,
    async poke(callId) {
      await wake(db, callId, now());
    },
    ensureRoom: (callId) => ensureRoom(world, callId),
    async carryUntil(untilAt) {
      for (let after = ""; ; ) {
        const ids = await listLive(db, after, CARRY_BATCH);
        for (const id of ids) {
          const taken = await takeOne(db, id, now() + limits.leaseMs);
          if (taken !== null) await looks.beginAll([taken], now(), untilAt);
        }
        await looks.settle();
        const last = ids.at(-1);
        if (last === undefined) return;
        after = last;
      }
    },
    async lookNow(callId) {
      const [call] = await readCalls(db, [callId]);
      if (call === undefined)
        throw new FairminuteError("call_not_found", `there is no call ${callId}`, { param: "id" });
      const taken = await takeOne(db, callId, now() + limits.leaseMs);
      if (taken === null) return null;
      await lookAt(world, taken, call, now());
      return readWatchedCall(db, callId);
    },
    listDiscrepancies: (page) => listDiscrepancies(db, page),
    resolveDiscrepancy: (id, resolution) => resolveDiscrepancy(db, id, resolution, now()),
    listWatchedCalls: (page) => listWatchedCalls(db, page, now()),
    async readDue() {
      const { count, since } = await readDue(db, now());
      return { count, since: since === null ? null : new Date(since).toISOString() };
    },
    examine: () => examineAll(world, async () => void (await looks.pace.take(1))),
    async repair() {
      const repaired = await repairWatching(db, now());
      await wakeAll(db, now());
      return { looks: await runDue(), repaired };
    },
  };
}
