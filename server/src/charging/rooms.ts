// Finding the call that belongs to a provider's room. Room names may be used again, by one call after the other.
import type { Queryable } from "../db/database.ts";
import { CALL_COLUMNS, readRow, type StoredCall } from "./stored.ts";

/** Clocks differ: evidence may be dated a little before the call that it belongs to was opened. */
const SKEW_MS = 5000;

/**
 * @param at ms, when the evidence says that something happened in the room
 * @returns the last call of the room that was opened by then; when there is none the earliest one, if it is still live
 */
export async function findStoredRoomCall(
  db: Queryable,
  provider: string,
  roomName: string,
  at: number,
): Promise<StoredCall | null> {
  const rows = await db.query(
    `select ${CALL_COLUMNS} from calls c join terms t on t.id = c.terms_id
      where c.room_name = $1 and c.provider = $2 and (c.requested_at <= $3 or c.settled_at is null)
      order by c.requested_at <= $3 desc, case when c.requested_at <= $3 then -c.requested_at else c.requested_at end limit 1`,
    [roomName, provider, at + SKEW_MS],
  );
  const [row] = rows;
  return row === undefined ? null : readRow(row);
}
