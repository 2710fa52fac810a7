// The deposit of a call that is paid from an escrow: when the chain held it, as far as its evidence says.
import { stillOpen } from "./connection.ts";
import type { CallEvent } from "./event.ts";
import { type Interval, unionIntervals } from "./interval.ts";
import type { Terms } from "./terms.ts";

/** Between the id of a deposit and the number of the time that the chain took it back. */
const gone = ":gone:";

/** Whether the money of a call stands in an escrow on a chain. */
export function isEscrow({ funding }: Pick<Terms, "funding">): boolean {
  return funding.kind === "escrow";
}

/**
 * When a deposit was in force, as far as it has happened at `asOf`; it ends at `stillOpen` while one is. Only the chain is believed.
 *
 * A `call.funded` is in force from its instant to the first `call.unfunded` that names it, which is one whose id is that of the
 * deposit and `:gone:` and a number. A deposit that comes back is told under a new id. So neither order nor repeats matter (I6),
 * also of evidence of one instant.
 */
export function foldDeposit(events: readonly CallEvent[], asOf: number): Interval[] {
  const goneAt = new Map<string, number>();
  for (const { id, type, source, occurredAt } of events) {
    if (type !== "call.unfunded" || source !== "chain" || occurredAt > asOf) continue;
    const deposit = id.includes(gone) ? id.slice(0, id.lastIndexOf(gone)) : id;
    goneAt.set(deposit, Math.min(occurredAt, goneAt.get(deposit) ?? occurredAt));
  }
  const intervals: Interval[] = [];
  for (const { id, type, source, occurredAt } of events) {
    if (type !== "call.funded" || source !== "chain" || occurredAt > asOf) continue;
    const to = goneAt.get(id) ?? stillOpen;
    if (to > occurredAt) intervals.push({ from: occurredAt, to });
  }
  return unionIntervals(intervals);
}

/** Since when the deposit of a call has been in force, by its whole log; null when none is. */
export function fundedSince(events: readonly CallEvent[]): number | null {
  const last = foldDeposit(events, stillOpen).at(-1);
  return last?.to === stillOpen ? last.from : null;
}
