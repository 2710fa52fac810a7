// A simulated server: the hall's pure step over the store, with the memory, the retries and the deaths of a real one.
import { type CallEvent, FairminuteError } from "@fairminute/core";
import { type Available, type Decide, learnAvailable } from "../charging/advance.ts";
import { decide } from "../charging/decision.ts";
import { createMemory, type Memory } from "../charging/memory.ts";
import type { StoredCall } from "../charging/stored.ts";
import type { Decision } from "../charging/write.ts";
import type { Fate } from "./script.ts";
import { CutOff, type Store } from "./store.ts";

export interface DeskChange {
  callId: string;
  open?: StoredCall | undefined;
  evidence: CallEvent[];
  decide?: Decide | undefined;
}

/** What befalls the first write of a change, and what the world does between its read and its write. */
export interface Befall {
  fate: Fate | null;
  /** After how many steps a crashing database cuts it off. */
  cutAt: number;
  /** Told that the fate took effect: there was something to write. */
  onFate(fate: Fate): void;
  between: (() => void) | null;
}

export type Answer =
  | { what: "written" | "nothing"; call: StoredCall }
  | { what: "refused"; code: string }
  /** Nobody answered. Whoever asked does not know whether it took effect. */
  | { what: "lost" };

export type OnWritten = (decision: Decision, before: StoredCall | null, at: number) => void;

const REMEMBERED = 100;
/** Each attempt that is lost was won by somebody else, and there are two servers. */
const MAX_ATTEMPTS = 50;

export class Desk {
  readonly #store: Store;
  readonly #onWritten: OnWritten;
  #memory: Memory = createMemory(REMEMBERED);

  constructor(store: Store, onWritten: OnWritten) {
    this.#store = store;
    this.#onWritten = onWritten;
  }

  /** The process dies and comes back: what it remembered is gone. */
  restart(): void {
    this.#memory = createMemory(REMEMBERED);
  }

  /** One change of one call, as a lane carries it out. */
  submit(change: DeskChange, now: number, befall: Befall): Answer {
    const { callId, open } = change;
    let available: Available = null;
    let left: Befall = befall;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const remembered = open === undefined || attempt > 0 ? this.#memory.get(callId) : undefined;
      const known = remembered ?? this.#store.read(callId);
      const isFresh = remembered === undefined;
      const stored = known ?? open;
      if (stored === undefined) return { what: "refused", code: "call_not_found" };
      const evidence = known !== null && open !== undefined ? [] : change.evidence;
      const input = { now, evidence, available, breaks: this.#store.priorBreaks(stored), decide: change.decide };
      let decided: ReturnType<typeof decide>;
      try {
        decided = decide(known, stored, input);
      } catch (error) {
        if (!(error instanceof FairminuteError)) throw error;
        if (isFresh) return { what: "refused", code: error.code };
        this.#memory.forget(callId);
        continue;
      }
      if (decided.decision === null) {
        if (isFresh) return { what: "nothing", call: decided.call };
        this.#memory.forget(callId);
        continue;
      }
      left.between?.();
      const outcome = this.#write(decided.decision, known, now, left);
      left = { ...left, fate: null, between: null };
      if (outcome === "lost") return { what: outcome };
      if (outcome === null) return { what: "written", call: decided.call };
      this.#memory.forget(callId);
      if (outcome.outcome === "insufficient_balance") {
        if (decided.call.version === 1) return { what: "refused", code: "insufficient_balance" };
        available = learnAvailable(available, decided.call, outcome);
      }
    }
    throw new Error(`I7: ${callId} was not written in ${MAX_ATTEMPTS} attempts`);
  }

  /** A due call, as the clock's loop carries it out: read and written in one transaction that nobody overtakes. */
  carryOut(callId: string, now: number, befall: Befall): Answer {
    let available: Available = null;
    for (let round = 0; round < MAX_ATTEMPTS; round++) {
      const call = this.#store.read(callId);
      if (call === null) return { what: "refused", code: "call_not_found" };
      const { decision } = decide(call, call, { now, evidence: [], available, breaks: this.#store.priorBreaks(call) });
      if (decision === null) return { what: "nothing", call };
      const outcome = this.#write(decision, call, now, befall);
      if (outcome === "lost") return { what: outcome };
      if (outcome === null) return { what: "written", call: decision.call };
      available = learnAvailable(available, call, outcome);
    }
    throw new Error(`I7: the due call ${callId} was not written in ${MAX_ATTEMPTS} rounds`);
  }

  #write(decision: Decision, before: StoredCall | null, now: number, { fate, cutAt, onFate }: Befall) {
    // A database that falls after the last step has written everything: nothing befell that write.
    if (fate !== null && fate !== "database_crash") onFate(fate);
    if (fate === "crash_before_commit") {
      this.restart();
      return "lost";
    }
    try {
      const outcome = this.#store.write(decision, fate === "database_crash" ? cutAt : null);
      if (outcome !== null) return outcome;
    } catch (error) {
      if (!(error instanceof CutOff)) throw error;
      onFate("database_crash");
      this.#memory.forget(decision.call.id);
      return "lost";
    }
    this.#onWritten(decision, before, now);
    if (fate === "crash_after_commit") {
      this.restart();
      return "lost";
    }
    if (decision.call.settledAt === null) this.#memory.keep(decision.call);
    else this.#memory.forget(decision.call.id);
    return null;
  }
}
