// Carries a batch of changes out: reads what is not remembered, decides each, writes all in one statement, answers each.
import { type CallEvent, FairminuteError } from "@fairminute/core";
import { type Database, DatabaseError } from "../db/database.ts";
import { ownerOf } from "../ledger/accounts.ts";
import { type Available, type Decide, learnAvailable } from "./advance.ts";
import { decide } from "./decision.ts";
import type { Keep } from "./keeping.ts";
import type { Memory } from "./memory.ts";
import type { Names } from "./names.ts";
import { type PriorBreak, readPriorBreaks } from "./prior-breaks.ts";
import { peopleOf, type StoredCall } from "./stored.ts";
import { type Decision, type Outcome, readCalls, writeTrusted } from "./write.ts";

/** One thing that happens to one call: evidence, a command, a new call, or merely another look. */
export interface Change {
  callId: string;
  /** A call to be opened if there is none with this id. */
  open?: StoredCall;
  evidence: CallEvent[];
  decide?: Decide;
  /** The request with a key that asks for it: its answer is kept with its effect. */
  keep?: Keep | undefined;
}

export interface LaneWorld {
  db: Database;
  now: () => number;
  memory: Memory;
  names: Names;
  /** Told after every commit. */
  onWritten: () => void;
}

/** A change that waits for its turn, and who waits for its answer. */
export interface Waiting {
  change: Change;
  available: Available;
  attempts: number;
  resolve: (call: StoredCall) => void;
  reject: (error: unknown) => void;
}

interface Pair {
  waiting: Waiting;
  decision: Decision;
}

/** Deadlocks cannot happen by our own lock order; another program's can. A unique violation means that we read too early. */
const RETRY_STATES = new Set(["40P01", "40001", "23505"]);
/** What could not be written comes in swarms (an empty wallet, a second server): after it so many sound batches are looked at first. */
const CAREFUL_BATCHES = 8;
/** A change that loses its race so often meets a fault, not a crowd: every loss means that another change won. */
const MAX_ATTEMPTS = 1000;

export class Lane {
  readonly #world: LaneWorld;
  readonly #putBack: (waiting: Waiting) => void;
  /** How many sound batches are still written with a look first. */
  #careful = 0;

  /** @param putBack takes a change that lost its race: it is looked at again in a later batch */
  constructor(world: LaneWorld, putBack: (waiting: Waiting) => void) {
    this.#world = world;
    this.#putBack = putBack;
  }

  /** @param batch at most one change a call. Each of them is answered, or put back, when this resolves; it never rejects */
  async carry(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#runBatch(batch);
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    }
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    const { db, memory, now } = this.#world;
    const missing = batch
      .filter(({ change }) => change.open === undefined && memory.get(change.callId) === undefined)
      .map(({ change }) => change.callId);
    if (missing.length > 0) for (const call of await readCalls(db, missing)) memory.keep(call);
    await this.#learnNames(batch);
    const at = now();
    const calls = batch.flatMap(({ change }) => memory.get(change.callId) ?? change.open ?? []);
    const breaks = await readPriorBreaks(db, calls, at);
    const fresh = new Set(missing);
    const pairs: Pair[] = [];
    for (const waiting of batch) {
      const { callId } = waiting.change;
      const decision = this.#decide(waiting, at, fresh.has(callId), breaks.get(callId));
      if (decision !== null) pairs.push({ waiting, decision });
    }
    if (pairs.length > 0) await this.#write(pairs, at);
  }

  /** An answer that is kept tells what its people are called, before anybody else asks. */
  async #learnNames(batch: readonly Waiting[]): Promise<void> {
    const { memory, names } = this.#world;
    const asked = batch.filter(({ change }) => change.keep !== undefined);
    const calls = asked.flatMap(({ change }) => memory.get(change.callId) ?? change.open ?? []);
    if (calls.length > 0) await names.learn(calls.flatMap(peopleOf));
  }

  /**
   * @param fresh whether the call was read for this batch. A write is guarded by the version, but an answer without a write
   *   (nothing new, refused) must not rest on memory: the call is read, and the change looked at again.
   * @returns what to write of one change, or null when it was answered at once
   */
  #decide(waiting: Waiting, now: number, fresh: boolean, breaks: readonly PriorBreak[] | undefined): Decision | null {
    const { change, available } = waiting;
    const known = this.#world.memory.get(change.callId) ?? null;
    const stored = known ?? change.open;
    if (stored === undefined) {
      waiting.reject(new FairminuteError("call_not_found", `there is no call ${change.callId}`, { param: "id" }));
      return null;
    }
    // An opened call that is there already is answered as it stands: the second arrival has no effect.
    const evidence = known !== null && change.open !== undefined ? [] : change.evidence;
    try {
      const { decision, call } = decide(known, stored, { now, evidence, available, breaks, decide: change.decide });
      if (decision !== null) return keepAnswer(change, known, decision);
      if (fresh) waiting.resolve(call);
      else this.#lookAgain(waiting);
    } catch (error) {
      if (fresh || known === null) waiting.reject(error);
      else this.#lookAgain(waiting);
    }
    return null;
  }

  async #write(pairs: Pair[], now: number): Promise<void> {
    const { db, memory, onWritten } = this.#world;
    try {
      const decisions = pairs.map(({ decision }) => decision);
      const { outcomes: found, isSound } = await writeTrusted(db, decisions, now, this.#careful === 0);
      this.#careful = isSound ? Math.max(0, this.#careful - 1) : CAREFUL_BATCHES;
      const outcomes = new Map(found.map((outcome) => [outcome.id, outcome]));
      for (const pair of pairs) this.#answer(pair, outcomes.get(pair.decision.call.id));
      onWritten();
    } catch (error) {
      for (const { decision } of pairs) memory.forget(decision.call.id);
      await this.#recover(pairs, now, error);
    }
  }

  async #recover(pairs: Pair[], now: number, error: unknown): Promise<void> {
    const state = error instanceof DatabaseError && !error.connectionLost ? error.sqlstate : null;
    const isRoomTaken = error instanceof DatabaseError && error.constraint === "one_live_call_per_room";
    if (isRoomTaken && pairs.length === 1) {
      for (const { waiting, decision } of pairs) waiting.reject(roomInUse(decision.call));
    } else if (state !== null && RETRY_STATES.has(state) && !isRoomTaken) {
      for (const { waiting } of pairs) this.#again(waiting);
    } else if (state !== null && pairs.length > 1) {
      // One change of the batch breaks the statement: halve until it stands alone, so that the others get through.
      const middle = pairs.length >> 1;
      await this.#write(pairs.slice(0, middle), now);
      await this.#write(pairs.slice(middle), now);
    } else {
      for (const { waiting } of pairs) waiting.reject(error);
    }
  }

  #answer({ waiting, decision }: Pair, outcome: Outcome | undefined): void {
    const { call } = decision;
    if (outcome === undefined) {
      const { answer } = decision;
      if (answer !== undefined) answer.keeping.kept = answer.call;
      // A final call is hardly ever written again: remembering it would only fill the memory.
      if (call.settledAt === null) this.#world.memory.keep(call);
      else this.#world.memory.forget(call.id);
      waiting.resolve(call);
      return;
    }
    if (outcome.outcome === "key_used") {
      if (decision.answer !== undefined) decision.answer.keeping.isUsed = true;
      waiting.reject(new FairminuteError("idempotency_key_reused", "the request's key was used before"));
      return;
    }
    if (outcome.outcome === "too_many_calls") {
      waiting.reject(tooManyCalls(ownerOf(outcome.account ?? ""), call));
      return;
    }
    if (outcome.outcome === "insufficient_balance") {
      if (call.version === 1) {
        waiting.reject(shortBalance(call.estimatedCoins, outcome.available ?? 0n));
        return;
      }
      waiting.available = learnAvailable(waiting.available, call, outcome);
    } else if (waiting.change.open !== undefined) {
      // A new call whose id exists: it is read and answered as it stands.
      waiting.change = { callId: waiting.change.callId, evidence: [] };
    }
    this.#lookAgain(waiting);
  }

  #lookAgain(waiting: Waiting): void {
    this.#world.memory.forget(waiting.change.callId);
    this.#again(waiting);
  }

  #again(waiting: Waiting): void {
    waiting.attempts += 1;
    if (waiting.attempts <= MAX_ATTEMPTS) {
      this.#putBack(waiting);
      return;
    }
    const { callId } = waiting.change;
    waiting.reject(new FairminuteError("internal_error", `call ${callId} was not written in ${MAX_ATTEMPTS} attempts`));
  }
}

/** A second arrival of an opened call is answered with what stands there, which may be somebody else's: that is not kept here. */
function keepAnswer({ keep, open }: Change, known: StoredCall | null, decision: Decision): Decision {
  if (keep === undefined || (open !== undefined && known !== null)) return decision;
  const { call } = decision;
  return { ...decision, answer: { callId: call.id, keeping: keep.keeping, call: keep.tell(call) } };
}

function tooManyCalls(userId: string | null, call: StoredCall): FairminuteError {
  const most = call.terms.limits.maximumCallsAtOnce;
  const who = userId === call.payerId ? "you have" : "the person you call has";
  return new FairminuteError(
    "too_many_calls",
    `${who} ${most} ${most === 1 ? "call" : "calls"} already, and may have no more at once`,
  );
}

function roomInUse({ provider, roomName }: StoredCall): FairminuteError {
  return new FairminuteError("room_in_use", `the room ${roomName} at ${provider} carries another live call`, {
    param: "roomName",
  });
}

/** The refusal of a call that cannot be paid for. */
export function shortBalance(required: bigint, available: bigint): FairminuteError {
  return new FairminuteError("insufficient_balance", `the call needs ${required} coins, the wallet has ${available}`, {
    details: { required: Number(required), available: Number(available) },
  });
}
