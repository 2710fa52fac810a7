// The simulator's database: calls, their log and the books, written one call at a time, whole or not at all.
import { type CallEvent, type CallStatus, type EarlyExitPolicy, finalStatuses, orderEvents } from "@fairminute/core";
import type { PriorBreak } from "../charging/prior-breaks.ts";
import { peopleOf, type StoredCall } from "../charging/stored.ts";
import type { Decision, Outcome } from "../charging/write.ts";
import { Books, BooksError } from "./books.ts";

/** The arrows of a call's status, as the database's trigger has them (I10). */
export const arrows: Readonly<Record<string, readonly CallStatus[]>> = {
  pending: ["accepted", "active", "completed", "rejected", "cancelled", "missed"],
  accepted: ["active", "completed", "cancelled", "missed"],
  active: ["completed"],
};

const isFinal = (status: string): boolean => (finalStatuses as readonly string[]).includes(status);

/** The transaction was cut off in its midst, at so many of its steps. */
export class CutOff extends Error {}

/** The row of a call with its log beside it. */
interface Row {
  call: StoredCall;
  log: Map<string, CallEvent>;
}

/** What stands in the way of a row, as the table's checks say it. */
function refuseRow(call: StoredCall): string | null {
  const { status, placed, captured, released, settledAt, deadlineAt } = call;
  if (placed < captured + released) return "I3: placed_covers_paid";
  if (settledAt !== null && placed !== captured + released) return "I3: settled_is_empty";
  if (isFinal(status) !== (settledAt !== null)) return "I10: final_is_settled";
  if ((settledAt === null) !== (deadlineAt !== null)) return "I11: live_has_deadline";
  return null;
}

export class Store {
  readonly books = new Books();
  readonly #rows = new Map<string, Row>();

  /** A call as it stands: a copy of its own, its log in order. */
  read(callId: string): StoredCall | null {
    const row = this.#rows.get(callId);
    return row === undefined ? null : { ...row.call, events: [...orderEvents([...row.log.values()])] };
  }

  /** The row alone. */
  row(callId: string): StoredCall | undefined {
    return this.#rows.get(callId)?.call;
  }

  get calls(): StoredCall[] {
    return [...this.#rows.values()].map(({ call }) => call);
  }

  /** What the call's people broke in other calls, where its terms count repeats. */
  priorBreaks(call: StoredCall): PriorBreak[] {
    const counts = (policy: { kind: string }): boolean => {
      const { firstFree = 0, growth = 0n } = policy as Partial<EarlyExitPolicy>;
      return policy.kind === "early_exit" && (firstFree > 0 || growth > 0n);
    };
    if (!call.terms.policies.some(counts)) return [];
    const people = peopleOf(call);
    return this.calls.flatMap(({ id, endedAt, policyBreaks, penalties }) => {
      if (id === call.id || endedAt === null) return [];
      return policyBreaks.flatMap((broken) => {
        const [policy = "", userId = ""] = broken.split(":");
        const isReversed = penalties.some(
          (mark) => mark.policy === policy && mark.userId === userId && mark.reversedAt !== null,
        );
        return isReversed || !people.includes(userId) ? [] : [{ callId: id, policy, userId, at: endedAt }];
      });
    });
  }

  /**
   * Writes what was decided, as write_calls does.
   * @param cutAt after so many steps the transaction is cut off: everything of it is taken back
   * @returns null when it is written
   * @throws CutOff; BooksError for what a check or a trigger refuses: nothing is written then either
   */
  write(decision: Decision, cutAt: number | null): Outcome | null {
    const { call, transfers } = decision;
    const before = this.#rows.get(call.id);
    if ((before?.call.version ?? 0) !== call.version - 1)
      return { id: call.id, outcome: "stale", account: null, available: null };
    const refusal = this.books.findRefusal(transfers);
    if (refusal !== null) {
      const outcome = refusal.code === "duplicate_transfer" ? "stale" : "insufficient_balance";
      return { id: call.id, outcome, account: refusal.account, available: refusal.available };
    }
    let steps = 0;
    const step = (): void => {
      if (cutAt !== null && steps++ >= cutAt) throw new CutOff();
    };
    this.books.begin();
    try {
      step();
      this.#writeRow(call, before);
      step();
      this.#writeLog(decision, step);
      step();
      this.books.post(transfers);
      step();
      this.books.commit();
    } catch (error) {
      this.books.rollback();
      throw error;
    }
    return null;
  }

  #writeRow(call: StoredCall, before: Row | undefined): void {
    const refusal = refuseRow(call);
    if (refusal !== null) throw new BooksError("23514", `${refusal} (${call.id}, ${call.status})`);
    const from = before?.call.status;
    if (from !== undefined && from !== call.status && arrows[from]?.includes(call.status) !== true) {
      throw new BooksError("FM003", `I10: ${call.id} may not go from ${from} to ${call.status}`);
    }
    const { events: _events, ...row } = call;
    const kept = { ...row, events: [] };
    if (before === undefined) this.#rows.set(call.id, { call: kept, log: new Map() });
    else this.#rows.set(call.id, { call: kept, log: before.log });
    this.books.noteUndo(() => {
      if (before === undefined) this.#rows.delete(call.id);
      else this.#rows.set(call.id, before);
    });
  }

  #writeLog({ call, events, grown }: Decision, step: () => void): void {
    const { log } = this.#rows.get(call.id) as Row;
    for (const event of events) {
      step();
      if (log.has(event.id)) throw new BooksError("23505", `I7: the event ${event.id} is written twice`);
      log.set(event.id, event);
      this.books.noteUndo(() => void log.delete(event.id));
    }
    for (const event of grown) {
      step();
      const known = log.get(event.id);
      if (known !== undefined && known.type !== "participant.seen") continue;
      const stretch: CallEvent =
        known === undefined
          ? event
          : {
              ...known,
              occurredAt: Math.min(known.occurredAt, event.occurredAt),
              untilAt: Math.max(known.untilAt ?? 0, event.untilAt ?? 0),
            };
      log.set(event.id, stretch);
      this.books.noteUndo(() => (known === undefined ? void log.delete(event.id) : void log.set(event.id, known)));
    }
  }
}
