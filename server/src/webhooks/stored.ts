// Webhooks in the database: kept as they came, found by their room, and marked with what became of them.
import { gunzipSync } from "node:zlib";
import type { Evidence } from "../charging/charging.ts";
import type { Queryable } from "../db/database.ts";
import type { WebhookReading, WebhookRequest } from "../providers/provider.ts";

export type Outcome = "pending" | "watched" | "applied" | "unmatched" | "doubtful" | "roomless";

/** A webhook that is about a room and that nobody doubts. */
export interface StoredWebhook {
  provider: string;
  id: string;
  kind: string;
  roomName: string;
  life: string | null;
  occurredAt: number;
  receivedAt: number;
  events: Evidence[];
  people: string[];
  createdBy: string | null;
  callId: string | null;
  outcome: Outcome;
}

/** What stands of one webhook after it was stored. */
export interface Kept {
  /** Whether it was here before. */
  isKnown: boolean;
  outcome: Outcome;
  callId: string | null;
}

const BODY_MAX_BYTES = 4 * 1024 * 1024;
/** Longer than any signature that a provider accepts. */
const SIGNATURE_MAX = 4096;

/** Texts come from outside: a database keeps neither NUL nor half of a character. */
const keepable = (text: string): string => text.replace(/[\0\p{Surrogate}]/gu, "\uFFFD");

function keepableAll(value: unknown): unknown {
  if (typeof value === "string") return keepable(value);
  if (Array.isArray(value)) return value.map(keepableAll);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, keepableAll(field)]));
}

/** The signed text, for whoever looks at it later; null when it is no JSON, which a database would refuse. */
function textOfBody(body: Uint8Array): string | null {
  try {
    const bytes = body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body, { maxOutputLength: BODY_MAX_BYTES }) : body;
    const text = Buffer.from(bytes).toString("utf8");
    JSON.parse(text);
    return text;
  } catch {
    return null;
  }
}

/** Of the headers of a request those by which webhooks are signed; nobody else's business is kept. */
function signedBy(headers: WebhookRequest["headers"]): Record<string, string> {
  const isKept = ([name, value]: [string, string | undefined]) =>
    value !== undefined && /^(authorization|x-.{1,60})$/.test(name) && value.length <= SIGNATURE_MAX;
  return Object.fromEntries(Object.entries(headers).filter(isKept)) as Record<string, string>;
}

function firstOutcome({ doubt, roomName }: WebhookReading): Outcome {
  if (doubt !== null) return "doubtful";
  return roomName === null ? "roomless" : "pending";
}

/** Keeps a genuine webhook before anything is done with it. Committed when this returns. */
export async function storeWebhook(
  db: Queryable,
  provider: string,
  given: WebhookReading,
  { body, headers, now }: WebhookRequest & { now: number },
): Promise<Kept> {
  const reading = keepableAll(given) as WebhookReading;
  const outcome = firstOutcome(reading);
  const added = await db.query(
    `insert into webhooks (provider, id, kind, room_name, life, occurred_at, received_at, body, events, people, created_by, doubt, outcome, signed)
     values ($1, $2, $3, $4, $5, $6, $7, $8::json, $9::json, $10::text[], $11, $12, $13, $14::json) on conflict do nothing returning id`,
    [
      provider,
      reading.id,
      reading.kind,
      reading.roomName,
      reading.life ?? null,
      reading.occurredAt,
      now,
      textOfBody(body),
      JSON.stringify(reading.events),
      reading.people,
      reading.createdBy,
      reading.doubt,
      outcome,
      reading.doubt === null ? null : keepable(JSON.stringify(signedBy(headers))),
    ],
  );
  if (added.length > 0) return { isKnown: false, outcome, callId: null };
  return { isKnown: true, ...(await readKept(db, provider, reading.id)) };
}

/** How a stored webhook stands now. */
export async function readKept(db: Queryable, provider: string, id: string): Promise<Omit<Kept, "isKnown">> {
  const sql = "select outcome, call_id from webhooks where provider = $1 and id = $2";
  const [row] = await db.query<{ outcome: Outcome; call_id: string | null }>(sql, [provider, keepable(id)]);
  return { outcome: row?.outcome ?? "pending", callId: row?.call_id ?? null };
}

const COLUMNS = `w.provider, w.id, w.kind, w.room_name, w.life, w.occurred_at, w.received_at, w.events, w.people, w.created_by,
  w.call_id, w.outcome`;

type Row = Record<string, unknown>;

function readRow(row: Row): StoredWebhook {
  return {
    provider: row.provider as string,
    id: row.id as string,
    kind: row.kind as string,
    roomName: row.room_name as string,
    life: row.life as string | null,
    occurredAt: Number(row.occurred_at),
    receivedAt: Number(row.received_at),
    events: row.events as Evidence[],
    people: row.people as string[],
    createdBy: row.created_by as string | null,
    callId: row.call_id as string | null,
    outcome: row.outcome as Outcome,
  };
}

/** Whatever of a room still has to take effect: stored and not recorded, or recorded to a call that is over by now. */
export async function readPending(db: Queryable, provider: string, roomName: string): Promise<StoredWebhook[]> {
  const rows = await db.query<Row>(
    `select ${COLUMNS} from webhooks w left join calls c on c.id = w.call_id
      where w.provider = $1 and w.room_name = $2 and w.outcome in ('pending', 'watched')
        and (w.outcome = 'pending' or c.settled_at is not null)
      order by w.occurred_at, w.id`,
    [provider, roomName],
  );
  return rows.map(readRow);
}

/** Everything that was told of one life of a room, and what names no life; in the order of time. */
export async function readLife(
  db: Queryable,
  provider: string,
  roomName: string,
  life: string | null,
): Promise<StoredWebhook[]> {
  const rows = await db.query<Row>(
    `select ${COLUMNS} from webhooks w
      where w.provider = $1 and w.room_name = $2 and (w.life = $3 or w.life is null) and w.outcome not in ('doubtful', 'roomless')
      order by w.occurred_at, w.id`,
    [provider, roomName, life],
  );
  return rows.map(readRow);
}

/** A webhook in doubt as it came: its body, and by what it was signed. */
export interface DoubtedWebhook {
  id: string;
  request: WebhookRequest | null;
}

/** What of a room is in doubt, or one such webhook; in the order of time. A body that was no JSON is not there to be read again. */
export async function readDoubted(
  db: Queryable,
  { provider, roomName, id }: { provider: string; roomName: string; id: string | null },
): Promise<DoubtedWebhook[]> {
  const rows = await db.query<{ id: string; body: string | null; signed: Record<string, string> | null }>(
    `select w.id, w.body::text as body, w.signed from webhooks w
      where w.provider = $1 and w.room_name = $2 and w.outcome = 'doubtful' and ($3::text is null or w.id = $3)
      order by w.occurred_at, w.id`,
    [provider, roomName, id],
  );
  return rows.map(({ id: own, body, signed }) => ({
    id: own,
    request: body === null || signed === null ? null : { body: Buffer.from(body), headers: signed },
  }));
}

/** Takes the doubt from a webhook that was read again: its effect is still to come. What somebody made of it meanwhile stands. */
export async function clearDoubt(db: Queryable, provider: string, given: WebhookReading): Promise<boolean> {
  const { id, events, people, createdBy } = keepableAll(given) as WebhookReading;
  const rows = await db.query(
    `update webhooks set outcome = 'pending', doubt = null, signed = null, events = $3::json, people = $4::text[], created_by = $5
      where provider = $1 and id = $2 and outcome = 'doubtful' returning id`,
    [provider, id, JSON.stringify(events), people, createdBy],
  );
  return rows.length > 0;
}

/** The lives of a room that belong to no call, the latest first; null is what names none. */
export async function listUnmatchedLives(
  db: Queryable,
  provider: string,
  roomName: string,
): Promise<(string | null)[]> {
  const rows = await db.query<{ life: string | null }>(
    `select w.life from webhooks w where w.provider = $1 and w.room_name = $2 and w.outcome = 'unmatched'
        and json_array_length(w.events) > 0
      group by w.life order by max(w.occurred_at) desc`,
    [provider, roomName],
  );
  return rows.map(({ life }) => life);
}

/** The call that a life of a room belongs to, by what was recorded of it first; null when nothing was. */
export async function readCallOfLife(
  db: Queryable,
  provider: string,
  roomName: string,
  life: string,
): Promise<string | null> {
  const [row] = await db.query<{ call_id: string }>(
    `select call_id from webhooks where provider = $1 and room_name = $2 and life = $3 and outcome = 'applied'
      order by occurred_at, id limit 1`,
    [provider, roomName, life],
  );
  return row?.call_id ?? null;
}

/** Rooms with webhooks whose effect is still to come, those that wait longest first. */
export async function listPendingRooms(
  db: Queryable,
  limit: number,
): Promise<{ provider: string; roomName: string }[]> {
  const rows = await db.query<{ provider: string; room_name: string }>(
    `select w.provider, w.room_name from webhooks w left join calls c on c.id = w.call_id
      where w.outcome in ('pending', 'watched') and (w.outcome = 'pending' or c.settled_at is not null)
      group by w.provider, w.room_name order by min(w.received_at) limit $1`,
    [limit],
  );
  return rows.map((row) => ({ provider: row.provider, roomName: row.room_name }));
}

/**
 * Marks webhooks as part of a call's log. One that is of another life of the room than others of the call is watched while the
 * call lives: when that turns out to have ended before, it belongs to the next one.
 */
export async function markApplied(
  db: Queryable,
  provider: string,
  ids: readonly string[],
  call: { id: string; isLive: boolean },
): Promise<void> {
  await db.query(
    `update webhooks w set call_id = $3, note = null,
        outcome = case when $4 and w.life is not null and exists (
            select 1 from webhooks o where o.call_id = $3 and o.life is not null and o.life <> w.life)
          then 'watched' else 'applied' end
      where w.provider = $1 and w.id = any($2::text[])`,
    [provider, ids, call.id, call.isLive],
  );
}

/** Marks a webhook as one that belongs to no call. What another server has made of it meanwhile stands. */
export async function markUnmatched(db: Queryable, provider: string, id: string, note: string): Promise<void> {
  await db.query(
    `update webhooks set outcome = 'unmatched', note = $3, call_id = null
      where provider = $1 and id = $2 and outcome in ('pending', 'watched', 'unmatched')`,
    [provider, id, note],
  );
}

/**
 * Forgets the oldest webhooks that came before an instant and have done all that they could: their call has been settled for as long,
 * they are about no room, or nobody has seen to them in all that time. Evidence keeps its identity in the call's log, so that the same webhook again is still no news.
 * Servers that do so at once share them.
 * @returns how many
 */
export async function forgetWebhooks(db: Queryable, before: number, limit: number): Promise<number> {
  const gone = await db.query(
    `with old as materialized (
       select w.provider, w.id from webhooks w
        where w.received_at < $1 and w.outcome in ('applied', 'roomless', 'unmatched', 'doubtful')
          and (w.outcome <> 'applied' or exists (select 1 from calls c where c.id = w.call_id and c.settled_at < $1))
        order by w.received_at limit $2 for update skip locked)
     delete from webhooks w using old where w.provider = old.provider and w.id = old.id returning w.id`,
    [before, limit],
  );
  return gone.length;
}

/** How the call came about when its room is not ours. */
export type How = "found" | "adopted" | "registered";

/** Written before the call is opened: a crash in between leaves a name that nobody uses. */
export async function keepOutsideCall(
  db: Queryable,
  call: { id: string; provider: string; roomName: string; how: How },
): Promise<void> {
  await db.query(
    `insert into outside_calls (call_id, provider, room_name, how) values ($1, $2, $3, $4)
      on conflict (call_id) do update set how = excluded.how`,
    [call.id, call.provider, call.roomName, call.how],
  );
}

/** How a call came about; null when its room was made here. */
export async function readHow(db: Queryable, callId: string): Promise<How | null> {
  const [row] = await db.query<{ how: How }>("select how from outside_calls where call_id = $1", [callId]);
  return row?.how ?? null;
}
