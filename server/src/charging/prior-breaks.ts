// What people broke before: read for calls whose terms count repeats, and for no others.
import type { EarlyExitPolicy, Policy } from "@fairminute/core";
import type { Queryable } from "../db/database.ts";
import { readMarks } from "./penalties.ts";
import { peopleOf, type StoredCall } from "./stored.ts";

/** One policy that somebody broke in another call. */
export interface PriorBreak {
  callId: string;
  policy: string;
  userId: string;
  /** When that call ended, ms. */
  at: number;
}

const countsRepeats = (policy: Policy): policy is EarlyExitPolicy =>
  policy.kind === "early_exit" && (policy.firstFree > 0 || policy.growth > 0n);

/** How far back repeats count, ms; null when they count for ever. */
const periodMs = ({ periodSeconds }: EarlyExitPolicy): number | null =>
  periodSeconds === null ? null : periodSeconds * 1000;

const READ = `select id, ended_at, policy_breaks, penalties from calls
  where policy_breaks <> '{}' and (payer_id = any($1::text[]) or payee_id = any($1::text[])) and ended_at >= $2`;

/** How far back a batch has to look: to the longest period of its terms. */
function since(calls: readonly StoredCall[], now: number): number {
  const periods = calls.flatMap(({ terms }) => terms.policies.filter(countsRepeats).map(periodMs));
  const longest = Math.max(...periods.map((ms) => ms ?? Number.POSITIVE_INFINITY));
  const from = Math.min(now, ...calls.map((call) => call.endedAt ?? call.requestedAt));
  return Number.isFinite(longest) ? from - longest : 0;
}

/**
 * Reads, for those of the calls whose terms count repeats, what their people broke: one question for all of them, none at all
 * when there is no such call. A break whose penalty an operator gave back does not count.
 * @param db the transaction in which the calls are decided, or the database
 * @returns breaks by call id
 */
export async function readPriorBreaks(
  db: Queryable,
  calls: readonly StoredCall[],
  now: number,
): Promise<ReadonlyMap<string, readonly PriorBreak[]>> {
  const counting = calls.filter(({ terms }) => terms.policies.some(countsRepeats));
  if (counting.length === 0) return new Map();
  const people = [...new Set(counting.flatMap(peopleOf))];
  const rows = await db.query<{ id: string; ended_at: bigint; policy_breaks: string[]; penalties: unknown }>(READ, [
    people,
    since(counting, now),
  ]);
  const breaks = rows.flatMap(({ id, ended_at, policy_breaks, penalties }) => {
    const reversed = new Set(
      readMarks(penalties).flatMap(({ policy, userId, reversedAt }) =>
        reversedAt === null ? [] : [`${policy}:${userId}`],
      ),
    );
    return policy_breaks
      .filter((broken) => !reversed.has(broken))
      .map((broken) => {
        const colon = broken.indexOf(":");
        return { callId: id, policy: broken.slice(0, colon), userId: broken.slice(colon + 1), at: Number(ended_at) };
      });
  });
  return new Map(
    counting.map((call) => [
      call.id,
      breaks.filter(({ callId, userId }) => callId !== call.id && peopleOf(call).includes(userId)),
    ]),
  );
}

/**
 * How often each of the call's people broke its policies before it ended, within the policies' periods. Calls that ended later
 * do not count, so that a call looked at again says the same.
 */
export function countBreaks(
  { id, terms }: Pick<StoredCall, "id" | "terms">,
  breaks: readonly PriorBreak[],
  endedAt: number,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const policy of terms.policies.filter(countsRepeats)) {
    const period = periodMs(policy);
    for (const { callId, policy: broken, userId, at } of breaks) {
      const isBefore = at < endedAt || (at === endedAt && callId < id);
      const isRecent = period === null || at >= endedAt - period;
      if (broken === policy.kind && isBefore && isRecent) counts[userId] = (counts[userId] ?? 0) + 1;
    }
  }
  return counts;
}
