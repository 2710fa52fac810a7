// The rooms without sides that one person took part in, for whoever counts attendance.
import type { Queryable } from "../db/database.ts";
import { CALL_COLUMNS, isOpenRoom, readRow, type StoredCall } from "./stored.ts";

/** A client may say that it left after its room was over: so much later at most. */
const LATE_MS = 24 * 3600 * 1000;

/**
 * The open rooms (no payee, no money) whose evidence names the user, and that were open at some instant of [from, to), in ms.
 * @returns them with their whole logs, in the order in which they were opened; parts of them may lie outside
 */
export async function readAttendedCalls(
  db: Queryable,
  userId: string,
  from: number,
  to: number,
): Promise<StoredCall[]> {
  const rows = await db.query(
    `select ${CALL_COLUMNS} from calls c join terms t on t.id = c.terms_id
      where c.attendee_ids <> '{}' and c.attendee_ids @> array[$1::text] and c.payee_id is null
        and c.requested_at < $3 and (c.settled_at is null or coalesce(c.ended_at, c.settled_at) >= $2)
      order by c.requested_at, c.id`,
    [userId, from - LATE_MS, to],
  );
  return rows.map((row) => readRow(row)).filter(isOpenRoom);
}
