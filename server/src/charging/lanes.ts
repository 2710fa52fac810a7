// Brings many changes to the database in few statements: lanes of batches, one change of a call at a time in each batch.
import { type CallEvent, FairminuteError } from "@fairminute/core";
import { type Database, DatabaseError } from "../db/database.ts";
import { ownerOf } from "../ledger/accounts.ts";
import { type Advanced, type Available, advance, type Decide } from "./advance.ts";
import { tellChange } from "./news.ts";
import type { StoredCall } from "./stored.ts";
import { type Decision, type Outcome, readCalls, writeCalls } from "./write.ts";

/** One thing that happens to one call: evidence, a command, a new call, or merely another look. */
export interface Change {
  callId: string;
  /** A call to be opened if there is none with this id. */
  open?: StoredCall;
  evidence: CallEvent[];
  decide?: Decide;
}

interface Waiting {
  change: Change;
  available: Available;
  attempts: number;
  resolve: (call: StoredCall) => void;
  reject: (error: unknown) => void;
}

export interface Lanes {
  /**
   * Puts a change in its call's lane.
   * @returns the call as written (or as it stands, when the change adds nothing)
   * @throws FairminuteError when the change is refused; DatabaseError when the database fails
   */
  submit(change: Change): Promise<StoredCall>;
  /** Waits until nothing is under way. */
  drain(): Promise<void>;
}

/** More in one statement makes its locks last longer than it saves. */
const BATCH = 500;
/** Deadlocks cannot happen by our own lock order; another program's can. A unique violation means that we read too early. */
const RETRY_STATES = new Set(["40P01", "40001", "23505"]);
/** A change that loses its race so often meets a fault, not a crowd: every loss means that another change won. */
const MAX_ATTEMPTS = 1000;
/** What is remembered of calls between their writes; the version guards every use of it. */
const REMEMBERED = 20_000;

/** A plan is new when it moves money, adds evidence, or says something else of the call than the row does. */
function isNews(before: StoredCall | null, advanced: Advanced): boolean {
  if (before === null || advanced.events.length > 0 || advanced.transfers.length > 0) return true;
  const { call } = advanced;
  return (
    call.status !== before.status ||
    call.deadlineAt !== before.deadlineAt ||
    call.fundedUntil !== before.fundedUntil ||
    call.interruptedSince !== before.interruptedSince ||
    call.endedAt !== before.endedAt
  );
}

/** Advances a call and makes of it what is to be written. @returns null when there is nothing to write */
export function decide(
  before: StoredCall | null,
  stored: StoredCall,
  input: Parameters<typeof advance>[1],
  tell: (call: StoredCall) => unknown,
): { decision: Decision | null; call: StoredCall } {
  const advanced = advance(stored, input);
  const { call } = advanced;
  const warn = advanced.lowBalance && call.status === "active" && call.warnedFor !== call.fundedUntil;
  if (warn) call.warnedFor = call.fundedUntil;
  if (!warn && !isNews(before, advanced)) return { decision: null, call };
  call.version = stored.version + 1;
  const news = tellChange(before, { call, events: advanced.events, transfers: advanced.transfers, warn });
  return { decision: { call, events: advanced.events, transfers: advanced.transfers, news, told: tell(call) }, call };
}

/** A short wallet, as the next plan and the refusal of a new call want it. */
function learnAvailable(waiting: Waiting, outcome: Outcome): void {
  const owner = ownerOf(outcome.account ?? "");
  if (owner !== null) waiting.available = { ...waiting.available, [owner]: outcome.available ?? 0n };
}

export function createLanes(world: {
  db: Database;
  lanes: number;
  now: () => number;
  tell: (call: StoredCall) => unknown;
  onWritten: () => void;
}): Lanes {
  const remembered = new Map<string, StoredCall>();
  const queues: Waiting[][] = Array.from({ length: world.lanes }, () => []);
  const busy: (Promise<void> | null)[] = queues.map(() => null);

  function remember(call: StoredCall): void {
    remembered.delete(call.id);
    remembered.set(call.id, call);
    if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value as string);
  }

  function laneOf(callId: string): number {
    let hash = 0;
    for (let i = 0; i < callId.length; i += 1) hash = (hash * 31 + callId.charCodeAt(i)) | 0;
    return Math.abs(hash) % world.lanes;
  }

  /** At most one change a call: a second one waits for the next batch, where it sees the first one's effect. */
  function takeBatch(lane: number): Waiting[] {
    const queue = queues[lane] as Waiting[];
    const batch = new Map<string, Waiting>();
    const later: Waiting[] = [];
    for (const waiting of queue) {
      if (batch.size >= BATCH || batch.has(waiting.change.callId)) later.push(waiting);
      else batch.set(waiting.change.callId, waiting);
    }
    queues[lane] = later;
    return [...batch.values()];
  }

  /** @returns the ids that were read just now; the others are remembered, and perhaps no longer true */
  async function loadMissing(batch: Waiting[]): Promise<Set<string>> {
    const missing = batch
      .filter(({ change }) => change.open === undefined && !remembered.has(change.callId))
      .map(({ change }) => change.callId);
    if (missing.length > 0) for (const call of await readCalls(world.db, missing)) remember(call);
    return new Set(missing);
  }

  /**
   * @param fresh whether the call was read for this batch. A write is guarded by the version, but an answer without a write
   *   (nothing new, refused) must not rest on memory: the call is read, and the change looked at again.
   * @returns what to write of one change, or null when it was answered at once
   */
  function prepare(waiting: Waiting, now: number, fresh: boolean): Decision | null {
    const { change } = waiting;
    const known = remembered.get(change.callId) ?? null;
    const stored = known ?? change.open ?? null;
    if (stored === null) {
      waiting.reject(new FairminuteError("call_not_found", `there is no call ${change.callId}`, { param: "id" }));
      return null;
    }
    // An opened call that is there already is answered as it stands: the second arrival has no effect.
    const evidence = known !== null && change.open !== undefined ? [] : change.evidence;
    try {
      const input = { now, evidence, available: waiting.available, decide: change.decide };
      const { decision, call } = decide(known, stored, input, world.tell);
      if (decision !== null) return decision;
      if (fresh) waiting.resolve(call);
      else lookAgain(waiting);
    } catch (error) {
      if (fresh || known === null) waiting.reject(error);
      else lookAgain(waiting);
    }
    return null;
  }

  function again(waiting: Waiting): void {
    waiting.attempts += 1;
    if (waiting.attempts > MAX_ATTEMPTS) {
      waiting.reject(
        new FairminuteError(
          "internal_error",
          `call ${waiting.change.callId} could not be written in ${MAX_ATTEMPTS} attempts`,
        ),
      );
      return;
    }
    (queues[laneOf(waiting.change.callId)] as Waiting[]).push(waiting);
  }

  function lookAgain(waiting: Waiting): void {
    remembered.delete(waiting.change.callId);
    again(waiting);
  }

  function settle(waiting: Waiting, decision: Decision, outcome: Outcome | undefined): void {
    if (outcome === undefined) {
      remember(decision.call);
      waiting.resolve(decision.call);
      return;
    }
    remembered.delete(decision.call.id);
    if (outcome.outcome === "stale") {
      // A new call whose id exists: it is read and answered as it stands.
      if (waiting.change.open !== undefined) {
        const { open: _, ...rest } = waiting.change;
        waiting.change = { ...rest, evidence: [] };
      }
      again(waiting);
      return;
    }
    learnAvailable(waiting, outcome);
    if (decision.call.version === 1) {
      const required = Number(decision.call.estimatedCoins);
      const available = Number(outcome.available ?? 0n);
      waiting.reject(
        new FairminuteError("insufficient_balance", `the call needs ${required} coins, the wallet has ${available}`, {
          details: { required, available },
        }),
      );
      return;
    }
    again(waiting);
  }

  async function writeBatch(pairs: { waiting: Waiting; decision: Decision }[], now: number): Promise<void> {
    try {
      const outcomes = await writeCalls(
        world.db,
        pairs.map(({ decision }) => decision),
        now,
      );
      const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
      for (const { waiting, decision } of pairs) settle(waiting, decision, byId.get(decision.call.id));
      world.onWritten();
    } catch (error) {
      for (const { decision } of pairs) remembered.delete(decision.call.id);
      const state = error instanceof DatabaseError ? error.sqlstate : null;
      if (state !== null && RETRY_STATES.has(state)) {
        for (const { waiting } of pairs) again(waiting);
      } else if (pairs.length > 1 && state !== null) {
        // One change of the batch breaks the statement: halve until it stands alone, so that the others get through.
        const middle = pairs.length >> 1;
        await writeBatch(pairs.slice(0, middle), now);
        await writeBatch(pairs.slice(middle), now);
      } else {
        for (const { waiting } of pairs) waiting.reject(error);
      }
    }
  }

  async function run(lane: number): Promise<void> {
    while ((queues[lane] as Waiting[]).length > 0) {
      const batch = takeBatch(lane);
      let fresh: Set<string>;
      try {
        fresh = await loadMissing(batch);
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
        continue;
      }
      const now = world.now();
      const pairs: { waiting: Waiting; decision: Decision }[] = [];
      for (const waiting of batch) {
        const decision = prepare(waiting, now, fresh.has(waiting.change.callId));
        if (decision !== null) pairs.push({ waiting, decision });
      }
      if (pairs.length > 0) await writeBatch(pairs, now);
    }
    busy[lane] = null;
  }

  return {
    submit(change) {
      return new Promise((resolve, reject) => {
        const lane = laneOf(change.callId);
        (queues[lane] as Waiting[]).push({ change, available: null, attempts: 0, resolve, reject });
        // No timer: the batch forms by itself while the one before is under way.
        busy[lane] ??= new Promise<void>((done) => setImmediate(() => run(lane).then(done)));
      });
    },
    async drain() {
      while (busy.some((lane) => lane !== null)) await Promise.all(busy);
    },
  };
}
