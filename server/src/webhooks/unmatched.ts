// What the operator has to look at: rooms whose webhooks belong to no call, and webhooks whose times make no sense.
import { FairminuteError } from "@fairminute/core";
import type { Queryable } from "../db/database.ts";

/** One life of a room whose webhooks have no effect. */
export interface UnmatchedRoom {
  provider: string;
  roomName: string | null;
  life: string | null;
  /** `unmatched`: no call, and no terms for one. `doubtful`: genuine, but its times make no sense; it proves nothing. */
  outcome: "unmatched" | "doubtful";
  /** Why, in words. */
  reason: string;
  webhooks: number;
  /** Of those in doubt, by which one of them can be released; the first hundred. */
  webhookIds: string[];
  kinds: string[];
  people: string[];
  createdBy: string | null;
  firstAt: string;
  lastAt: string;
  receivedAt: string;
}

export interface UnmatchedPage {
  rooms: UnmatchedRoom[];
  hasMore: boolean;
  nextCursor: string | null;
}

interface Row {
  provider: string;
  room_name: string | null;
  life: string | null;
  outcome: "unmatched" | "doubtful";
  reason: string | null;
  webhooks: bigint;
  ids: string[] | null;
  kinds: string[];
  people: string[] | null;
  created_by: string | null;
  first_at: bigint;
  last_at: bigint;
  received_at: bigint;
  place: string;
}

/** The place behind a room in the list; names may hold anything, so it is JSON. */
const writeCursor = (row: Row): string =>
  Buffer.from(JSON.stringify([Number(row.received_at), row.place])).toString("base64url");

function readCursor(cursor: string): [receivedAt: number, place: string] {
  try {
    const [receivedAt, place] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    if (Number.isSafeInteger(receivedAt) && typeof place === "string") return [receivedAt as number, place];
  } catch {
    // Said below.
  }
  throw new FairminuteError("invalid_cursor", "the cursor is not one that this list returned", { param: "cursor" });
}

const iso = (ms: bigint): string => new Date(Number(ms)).toISOString();

function roomOf(row: Row): UnmatchedRoom {
  return {
    provider: row.provider,
    roomName: row.room_name,
    life: row.life,
    outcome: row.outcome,
    reason: row.reason ?? "",
    webhooks: Number(row.webhooks),
    webhookIds: row.ids ?? [],
    kinds: row.kinds,
    people: row.people ?? [],
    createdBy: row.created_by,
    firstAt: iso(row.first_at),
    lastAt: iso(row.last_at),
    receivedAt: iso(row.received_at),
  };
}

/**
 * Rooms without a call, the latest first. What proves nothing (a room that was made, a track that was published) is no reason to
 * look at one.
 * @throws FairminuteError invalid_cursor
 */
export async function listUnmatchedRooms(
  db: Queryable,
  page: { limit: number; cursor?: string | undefined },
): Promise<UnmatchedPage> {
  const [before, place] = page.cursor === undefined ? [null, null] : readCursor(page.cursor);
  const rows = await db.query<Row>(
    `select * from (
       select w.provider, w.room_name, w.life, w.outcome, max(coalesce(w.note, w.doubt)) as reason,
              count(distinct w.id) as webhooks,
              case w.outcome when 'doubtful' then (array_agg(distinct w.id))[1:100] end as ids, array_agg(distinct w.kind) as kinds,
              array_agg(distinct p.id) filter (where p.id is not null) as people, max(w.created_by) as created_by,
              min(w.occurred_at) as first_at, max(w.occurred_at) as last_at, max(w.received_at) as received_at,
              jsonb_build_array(w.provider, w.room_name, w.life, w.outcome)::text as place
         from webhooks w left join lateral unnest(w.people) p(id) on true
        where w.outcome in ('unmatched', 'doubtful')
        group by w.provider, w.room_name, w.life, w.outcome
       having w.outcome = 'doubtful' or bool_or(json_array_length(w.events) > 0)) r
      where $1::bigint is null or (r.received_at, r.place collate "C") < ($1::bigint, $2::text collate "C")
      order by r.received_at desc, r.place collate "C" desc limit $3`,
    [before, place, page.limit + 1],
  );
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const hasMore = rows.length > page.limit;
  return { rooms: shown.map(roomOf), hasMore, nextCursor: hasMore && last !== undefined ? writeCursor(last) : null };
}
