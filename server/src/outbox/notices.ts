// What is to be told, as rows: written with the change that made it true, read by every server after the commit.
import type { Queryable } from "../db/database.ts";

export interface Notice {
  id: bigint;
  callId: string | null;
  /** User ids, or `connection:<id>` for one connection, or `everyone`. */
  audience: string[];
  type: string;
  data: Record<string, unknown>;
}

/** A row of several notices that were made true by one write: `data` is { news: [{ type, audience, data }] }. */
export const BUNDLE = "bundle";

/** Writes a notice that belongs to no change of a call (a relayed signal, a wallet credited). */
export async function putNotice(
  db: Queryable,
  notice: Omit<Notice, "id" | "callId"> & { callId?: string | null },
  now: number,
): Promise<void> {
  await db.query("insert into notices (call_id, audience, type, data, written_at) values ($1, $2, $3, $4::jsonb, $5)", [
    notice.callId ?? null,
    notice.audience,
    notice.type,
    JSON.stringify(notice.data),
    now,
  ]);
}
