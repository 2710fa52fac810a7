// The rows of calls that are watched at a provider: taken by one server at a time, given back with what was found.
import type { Queryable } from "../db/database.ts";

/** Where the watching stands: evidence is looked for, the room is being emptied, the room was empty. */
export type WatchState = "live" | "closing" | "closed";

/** One watched call, as it was taken. */
export interface Watched {
  callId: string;
  provider: string;
  roomName: string;
  state: WatchState;
  /** Until when nobody else takes it, and the number of this look: the marks by which it is given back. */
  takenUntil: number;
  looks: bigint;
  lastLookedAt: number | null;
  failures: number;
  lastError: string | null;
  roomOpenedAt: number | null;
  limitUntil: number | null;
  /** The limit of the app's own, in seconds; 0 when it gave none, null while nobody has asked. */
  appLimit: number | null;
  endAskedAt: number | null;
  closedAt: number | null;
  reportTries: number;
  missing: Missing;
}

/** Connections that an answer did not show although nothing else says that they left, and when (ms): to be asked for again. */
export type Missing = Readonly<Record<string, number>>;

/** What a look found out about the watching itself. `error` is null when everything could be asked and obeyed. */
export interface Found {
  state: WatchState;
  nextLookAt: number;
  error: string | null;
  limitUntil: number | null;
  endAskedAt: number | null;
  closedAt: number | null;
  reportTries: number;
  missing: Missing;
}

/** Never: the place of a row behind all instants. The index of due rows ends here. */
export const NEVER = Number.MAX_SAFE_INTEGER;

type Row = Record<string, unknown>;

const ms = (value: unknown): number | null => (value === null ? null : Number(value));

function readWatched(row: Row): Watched {
  return {
    callId: row.call_id as string,
    provider: row.provider as string,
    roomName: row.room_name as string,
    state: row.state as WatchState,
    takenUntil: Number(row.next_look_at),
    looks: row.looks as bigint,
    lastLookedAt: ms(row.last_looked_at),
    failures: Number(row.failures),
    lastError: row.last_error as string | null,
    roomOpenedAt: ms(row.room_opened_at),
    limitUntil: ms(row.limit_until),
    appLimit: ms(row.app_limit),
    endAskedAt: ms(row.end_asked_at),
    closedAt: ms(row.closed_at),
    reportTries: Number(row.report_tries),
    missing: row.missing as Missing,
  };
}

/** Takes are one statement: it commits by itself, and a server that dies after it has only put the look off. */
const TAKE_DUE = `with due as materialized (
    select call_id from provider_calls where next_look_at <= $1 and next_look_at < ${NEVER}
     order by next_look_at limit $3 for update skip locked)
  update provider_calls p set next_look_at = $2, looks = p.looks + 1 from due where p.call_id = due.call_id returning p.*`;

/** @returns at most `limit` rows that are due, the longest waiting first; nobody else gets them before `until` */
export async function takeDue(db: Queryable, at: number, until: number, limit: number): Promise<Watched[]> {
  return (await db.query(TAKE_DUE, [at, until, limit])).map(readWatched);
}

/** Takes one row, due or not. @returns null when the call is not watched */
export async function takeOne(db: Queryable, callId: string, until: number): Promise<Watched | null> {
  const sql = "update provider_calls set next_look_at = $2, looks = looks + 1 where call_id = $1 returning *";
  const [row] = await db.query(sql, [callId, until]);
  return row === undefined ? null : readWatched(row);
}

/**
 * Gives a row back. Whoever took or woke it meanwhile has moved its next look, and their word stands.
 * @param lookedAt when the provider answered, null when it did not
 */
export async function giveBack(db: Queryable, watched: Watched, found: Found, lookedAt: number | null): Promise<void> {
  await db.query(
    `update provider_calls set state = $3, next_look_at = $4, last_looked_at = coalesce($5, last_looked_at),
       failures = case when $6::text is null then 0 else failures + 1 end, last_error = $6, limit_until = $7,
       end_asked_at = $8, closed_at = $9, report_tries = $10, missing = $12::json
     where call_id = $1 and next_look_at = $2 and looks = $11`,
    [
      watched.callId,
      watched.takenUntil,
      found.state,
      found.nextLookAt,
      lookedAt,
      found.error,
      found.limitUntil,
      found.endAskedAt,
      found.closedAt,
      found.reportTries,
      watched.looks,
      JSON.stringify(found.missing),
    ],
  );
}

/** Gives a row back as if it had not been taken: somebody else takes the look. */
export async function putBack(db: Queryable, watched: Watched, at: number): Promise<void> {
  const sql = "update provider_calls set next_look_at = $4 where call_id = $1 and next_look_at = $2 and looks = $3";
  await db.query(sql, [watched.callId, watched.takenUntil, watched.looks, at]);
}

/** The next look is now, also at a call that was closed. @returns whether the call is watched */
export async function wake(db: Queryable, callId: string, at: number): Promise<boolean> {
  const sql = "update provider_calls set next_look_at = least(next_look_at, $2) where call_id = $1 returning call_id";
  return (await db.query(sql, [callId, at])).length > 0;
}

/** Every row that is not closed is due now. @returns how many */
export async function wakeAll(db: Queryable, at: number): Promise<number> {
  const rows = await db.query(
    `with open as materialized (select call_id from provider_calls
       where next_look_at < ${NEVER} and state <> 'closed' for update skip locked)
     update provider_calls p set next_look_at = least(p.next_look_at, $1) from open where p.call_id = open.call_id
     returning p.call_id`,
    [at],
  );
  return rows.length;
}

/** The room was made here: it is ours to close. Written before the provider is asked, so that no crash leaves it unclaimed. */
export async function markRoomOpened(db: Queryable, callId: string, at: number): Promise<void> {
  await db.query(
    "update provider_calls set room_opened_at = $2 where call_id = $1 and room_opened_at is null and state = 'live'",
    [callId, at],
  );
}

/** The app's own limit, in seconds; 0 for none. Written before another is set, so that no crash takes ours for theirs. */
export async function markAppLimit(db: Queryable, callId: string, seconds: number): Promise<void> {
  await db.query("update provider_calls set app_limit = $2 where call_id = $1 and app_limit is null", [
    callId,
    seconds,
  ]);
}

/** Whether another call that is still live has the same room: then the room is that call's. */
export async function isRoomTaken(db: Queryable, { callId, provider, roomName }: Watched): Promise<boolean> {
  const rows = await db.query(
    "select 1 from provider_calls where provider = $1 and room_name = $2 and state = 'live' and call_id <> $3 limit 1",
    [provider, roomName, callId],
  );
  return rows.length > 0;
}

/** The looks that are due and that nobody has begun: how many, and when the one that waits longest was due; null when none waits. */
export async function readDue(db: Queryable, at: number): Promise<{ count: number; since: number | null }> {
  const sql = "select count(*) as count, min(next_look_at) as since from provider_calls where next_look_at <= $1";
  const [row] = await db.query<{ count: bigint; since: bigint | null }>(sql, [at]);
  return { count: Number(row?.count ?? 0), since: ms(row?.since ?? null) };
}

/** The ids of calls whose evidence is looked for and that somebody may be in, in an order that goes on after `after`. */
export async function listLive(db: Queryable, after: string, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select p.call_id as id from provider_calls p join calls c on c.id = p.call_id
      where p.state = 'live' and c.status <> 'pending' and p.call_id > $1 order by p.call_id limit $2`,
    [after, limit],
  );
  return rows.map(({ id }) => id);
}

/**
 * Puts right what does not fit together: a live call at a provider that nobody watches, and a settled one that is still
 * looked at as a live one. The triggers on calls see to both; this finds what happened without them, as in a restored table.
 * @returns the ids of the calls that were put right
 */
export async function repairWatching(db: Queryable, at: number): Promise<string[]> {
  const missed = await db.query<{ call_id: string }>(
    `with ended as materialized (
       select p.call_id from provider_calls p join calls c on c.id = p.call_id
        where p.state = 'live' and c.settled_at is not null for update of p skip locked)
     update provider_calls p set state = 'closing', next_look_at = $1 from ended where p.call_id = ended.call_id
     returning p.call_id`,
    [at],
  );
  const unwatched = await db.query<{ call_id: string }>(
    `insert into provider_calls (call_id, provider, room_name, state, next_look_at)
     select c.id, c.provider, c.room_name, 'live', $1 from call_deadlines d join calls c on c.id = d.call_id
      where c.provider <> 'webrtc' and c.settled_at is null
        and not exists (select 1 from provider_calls p where p.call_id = c.id)
     on conflict do nothing returning call_id`,
    [at],
  );
  return [...missed, ...unwatched].map(({ call_id: id }) => id);
}
