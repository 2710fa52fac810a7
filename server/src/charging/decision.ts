// A call, advanced, as what is to be written of it: or nothing, when nothing is new.
import type { CallEvent } from "@fairminute/core";
import { type Advanced, advance } from "./advance.ts";
import { tellChange } from "./news.ts";
import type { StoredCall } from "./stored.ts";
import type { Decision } from "./write.ts";

/** A plan is new when it moves money, adds evidence, or says something else of the call than the row does. */
function isNew(before: StoredCall | null, { call, events, transfers }: Advanced): boolean {
  return (
    before === null ||
    events.length > 0 ||
    transfers.length > 0 ||
    call.status !== before.status ||
    call.deadlineAt !== before.deadlineAt ||
    call.fundedUntil !== before.fundedUntil ||
    call.interruptedSince !== before.interruptedSince ||
    call.endedAt !== before.endedAt
  );
}

/**
 * Advances a call and makes of it what is to be written.
 * @param before the call as it was last written, null for a new one
 * @param stored the call to advance: `before`, or the new one
 * @returns no decision when there is nothing to write, and the call as it now stands
 */
export function decide(
  before: StoredCall | null,
  stored: StoredCall,
  input: Parameters<typeof advance>[1],
): { decision: Decision | null; call: StoredCall } {
  const advanced = advance(stored, input);
  const { call, events, transfers } = advanced;
  const warn = advanced.lowBalance && call.status === "active" && call.warnedFor !== call.fundedUntil;
  if (!warn && !isNew(before, advanced)) return { decision: null, call };
  if (warn) call.warnedFor = call.fundedUntil;
  call.version = stored.version + 1;
  const news = tellChange(before, { call, events, transfers, warn });
  const isGrown = ({ id, type }: CallEvent) =>
    type === "participant.seen" && before?.events.some((known) => known.id === id) === true;
  const grown = events.filter(isGrown);
  return { decision: { call, events: events.filter((event) => !grown.includes(event)), grown, transfers, news }, call };
}
