// Lists of a user's calls, newest first, in pages.
import { type CallStatus, FairminuteError } from "@fairminute/core";
import type { Queryable } from "../db/database.ts";
import { CALL_COLUMNS, readRow, type StoredCall } from "./stored.ts";

export interface CallFilter {
  userId: string;
  statuses?: readonly CallStatus[] | undefined;
  /** Calls with this other person only. */
  otherUserId?: string | undefined;
  /** Only calls in which the user is this side. */
  role?: "payer" | "payee" | undefined;
  /** Requested at or after, ms. */
  from?: number | undefined;
  /** Requested before, ms. */
  to?: number | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** The place behind a call in the list. Opaque to clients: a list may change its order without breaking them. */
const writeCursor = (call: StoredCall): string => Buffer.from(`${call.requestedAt}|${call.id}`).toString("base64url");

function readCursor(cursor: string): { requestedAt: number; id: string } {
  const [requestedAt, id, rest] = Buffer.from(cursor, "base64url").toString().split("|");
  if (requestedAt === undefined || !/^\d{1,15}$/.test(requestedAt) || !id || rest !== undefined) {
    throw new FairminuteError("invalid_cursor", "the cursor is not one that this list returned", { param: "cursor" });
  }
  return { requestedAt: Number(requestedAt), id };
}

/** Conditions as SQL, with their parameters in `params`. */
function conditions(filter: CallFilter, params: unknown[]): string[] {
  const param = (value: unknown) => `$${params.push(value)}`;
  const user = param(filter.userId);
  const side =
    filter.role === undefined
      ? `(c.payer_id = ${user} or c.payee_id = ${user} or (c.attendee_ids <> '{}' and c.attendee_ids @> array[${user}::text]))`
      : `c.${filter.role}_id = ${user}`;
  const all = [side];
  if (filter.statuses !== undefined) all.push(`c.status = any(${param([...filter.statuses])}::text[])`);
  if (filter.otherUserId !== undefined) {
    const other = param(filter.otherUserId);
    all.push(`(c.payer_id = ${other} or c.payee_id = ${other})`);
  }
  if (filter.from !== undefined) all.push(`c.requested_at >= ${param(filter.from)}`);
  if (filter.to !== undefined) all.push(`c.requested_at < ${param(filter.to)}`);
  if (filter.cursor !== undefined) {
    const { requestedAt, id } = readCursor(filter.cursor);
    all.push(`(c.requested_at, c.id) < (${param(requestedAt)}, ${param(id)})`);
  }
  return all;
}

/** @throws FairminuteError invalid_cursor */
export async function listStoredCalls(
  db: Queryable,
  filter: CallFilter,
): Promise<{ calls: StoredCall[]; hasMore: boolean; nextCursor: string | null }> {
  const params: unknown[] = [];
  const where = conditions(filter, params).join(" and ");
  params.push(filter.limit + 1);
  const rows = await db.query(
    `select ${CALL_COLUMNS} from calls c join terms t on t.id = c.terms_id where ${where}
      order by c.requested_at desc, c.id desc limit $${params.length}`,
    params,
  );
  const calls = rows.slice(0, filter.limit).map((row) => readRow(row));
  const hasMore = rows.length > filter.limit;
  const last = calls.at(-1);
  return { calls, hasMore, nextCursor: hasMore && last !== undefined ? writeCursor(last) : null };
}

/** No call lasts longer: the longest that terms allow, and the time to answer it. */
const LONGEST_MS = 25 * 3_600_000;

/**
 * Who of these people is in a call that was accepted and is not over. One statement for all of them.
 * @param now ms
 */
export async function listBusyUsers(db: Queryable, userIds: readonly string[], now: number): Promise<Set<string>> {
  const rows = await db.query<{ user_id: string }>(
    `select u.user_id from unnest($1::text[]) u(user_id)
      where exists (select 1 from calls c where c.payee_id = u.user_id and c.requested_at > $2 and c.status in ('accepted', 'active'))
         or exists (select 1 from calls c where c.payer_id = u.user_id and c.requested_at > $2 and c.status in ('accepted', 'active'))`,
    [[...new Set(userIds)], now - LONGEST_MS],
  );
  return new Set(rows.map((row) => row.user_id));
}
