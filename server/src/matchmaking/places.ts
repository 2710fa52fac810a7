// The places of the queue in the database: taken, kept alive, given up.
import type { Queryable } from "../db/database.ts";
import type { Place } from "./pairing.ts";

/** A place without a sign of life for so long is nobody's any more. */
export const SILENCE_MS = 30_000;
/** How often realtime refreshes who is online is its own matter; a row older than this is a dead server's. */
const ONLINE = `exists (select 1 from online o where o.user_id = q.user_id and o.seen_at > now() - interval '20 seconds')`;
/** $1: now, ms. Presence is of the real world: whoever is connected does not age when the sandbox's clock is moved. */
export const isAlive = `(q.seen_at > $1::bigint - ${SILENCE_MS} or ${ONLINE})`;

export const PLACE_COLUMNS = "q.user_id, q.preset, q.topic, q.language, q.waiting_since";

export interface PlaceRow {
  user_id: string;
  preset: string;
  topic: string | null;
  language: string | null;
  waiting_since: bigint;
}

export const readPlace = (row: PlaceRow): Place => ({
  userId: row.user_id,
  preset: row.preset,
  topic: row.topic,
  language: row.language,
  waitingSince: Number(row.waiting_since),
});

/** Somebody is in a call when it is accepted or running; one that rings is none yet. */
const LIVE_CALL = `select c.id from calls c
  where (c.payer_id = $1 or c.payee_id = $1) and c.settled_at is null and c.status in ('accepted', 'active') limit 1`;

/** @returns the call that the user is in, or null */
export async function findLiveCall(db: Queryable, userId: string): Promise<string | null> {
  const [row] = await db.query<{ id: string }>(LIVE_CALL, [userId]);
  return row?.id ?? null;
}

/**
 * Takes a place, or gives a sign of life for the one that is there. Waits for a match that is being made of it.
 * @returns the place as it stands: an older one keeps its wishes and its time
 */
export async function takePlace(tx: Queryable, place: Place): Promise<Place> {
  const { userId, preset, topic, language, waitingSince } = place;
  // One that its owner left behind long ago is given up first: the wait begins anew.
  await dropIfDead(tx, userId, waitingSince);
  const [row] = await tx.query<PlaceRow>(
    `insert into match_places as q (user_id, preset, topic, language, waiting_since, seen_at)
       values ($1, $2, $3, $4, $5, $5)
       on conflict (user_id) do update set seen_at = greatest(q.seen_at, excluded.seen_at)
       returning ${PLACE_COLUMNS}`,
    [userId, preset, topic, language, waitingSince],
  );
  return readPlace(row as PlaceRow);
}

/** Takes a place away that nobody gave a sign of life for. */
export async function dropIfDead(db: Queryable, userId: string, now: number): Promise<void> {
  await db.query(`delete from match_places q where q.user_id = $2 and not ${isAlive}`, [now, userId]);
}

/** Gives a sign of life. @returns the user's place, how many with the same preset wait longer, and whether somebody fits; null without one */
export async function keepPlace(
  db: Queryable,
  userId: string,
  now: number,
): Promise<{ place: Place; before: number; fitting: boolean } | null> {
  const [row] = await db.query<PlaceRow & { before: bigint; fitting: boolean }>(
    `update match_places q set seen_at = greatest(q.seen_at, $1::bigint) where q.user_id = $2 and ${isAlive}
      returning ${PLACE_COLUMNS},
        (select count(*) from match_places o
          where o.preset = q.preset and (o.waiting_since, o.user_id) < (q.waiting_since, q.user_id)) as before,
        exists (select 1 from match_places o
                 where o.preset = q.preset and o.user_id <> q.user_id and coalesce(o.topic = q.topic, true)
                   and coalesce(o.language = q.language, true)) as fitting`,
    [now, userId],
  );
  return row === undefined ? null : { place: readPlace(row), before: Number(row.before), fitting: row.fitting };
}

/** Gives a place up. Too late when a match was made of it: then there is none any more. */
export async function leavePlace(db: Queryable, userId: string): Promise<void> {
  await db.query("delete from match_places where user_id = $1", [userId]);
}
