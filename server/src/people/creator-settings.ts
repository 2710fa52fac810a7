// What creators ask for a call: their price, the shortest call they take, and whether they are there.
import type { Queryable } from "../db/database.ts";
import { gather } from "../db/gather.ts";

/** A creator's settings. Price in coins a minute, the minimum in minutes. */
export interface CreatorSettings {
  callRatePerMinute: bigint;
  minimumCallDuration: number;
  isAvailableForCalls: boolean;
  autoAcceptCalls: boolean;
}

/** What holds until a creator says otherwise; the first two from source document 004. */
export const defaultCreatorSettings: CreatorSettings = {
  callRatePerMinute: 10n,
  minimumCallDuration: 5,
  isAvailableForCalls: true,
  autoAcceptCalls: false,
};

/** A person who can be called, with the settings that hold for them. */
export interface Creator extends CreatorSettings {
  userId: string;
  name: string;
}

interface Row {
  id: string;
  name: string;
  call_rate_per_minute: bigint | null;
  minimum_call_duration: number | null;
  is_available_for_calls: boolean | null;
  auto_accept_calls: boolean | null;
}

const columns = `u.id, u.name, s.call_rate_per_minute, s.minimum_call_duration, s.is_available_for_calls, s.auto_accept_calls
  from users u left join creator_settings s on s.user_id = u.id`;

function toCreator(row: Row): Creator {
  return {
    userId: row.id,
    name: row.name,
    callRatePerMinute: row.call_rate_per_minute ?? defaultCreatorSettings.callRatePerMinute,
    minimumCallDuration: row.minimum_call_duration ?? defaultCreatorSettings.minimumCallDuration,
    isAvailableForCalls: row.is_available_for_calls ?? defaultCreatorSettings.isAvailableForCalls,
    autoAcceptCalls: row.auto_accept_calls ?? defaultCreatorSettings.autoAcceptCalls,
  };
}

/** @returns the settings that hold for a person (defaults where they chose none), or null when the server never met them */
export async function readCreatorSettings(db: Queryable, userId: string): Promise<Creator | null> {
  const [row] = await db.query<Row>(`select ${columns} where u.id = $1`, [userId]);
  return row ? toCreator(row) : null;
}

/** Makes a readCreatorSettings for those who ask often: who asks at the same time shares one look at the database. */
export function createCreatorReader(db: Queryable): (userId: string) => Promise<Creator | null> {
  const read = gather(async (userIds: string[]) => {
    const rows = await db.query<Row>(`select ${columns} where u.id = any($1::text[])`, [userIds]);
    return new Map(rows.map((row) => [row.id, toCreator(row)]));
  });
  return async (userId) => (await read(userId)) ?? null;
}

/**
 * Changes settings; what is not given stays as it was.
 * @param at when, in ms since the epoch
 * @returns all settings as they now hold
 */
export async function writeCreatorSettings(
  db: Queryable,
  userId: string,
  change: { [K in keyof CreatorSettings]?: CreatorSettings[K] | undefined },
  at: number,
): Promise<CreatorSettings> {
  const first = { ...defaultCreatorSettings };
  const [row] = await db.query<Omit<Row, "id" | "name">>(
    `insert into creator_settings as s
       (user_id, call_rate_per_minute, minimum_call_duration, is_available_for_calls, auto_accept_calls, updated_at)
     values ($1, coalesce($2::bigint, ${first.callRatePerMinute}), coalesce($3::int, ${first.minimumCallDuration}),
             coalesce($4::boolean, ${first.isAvailableForCalls}), coalesce($5::boolean, ${first.autoAcceptCalls}),
             to_timestamp($6::bigint / 1000.0))
     on conflict (user_id) do update set
       call_rate_per_minute = coalesce($2::bigint, s.call_rate_per_minute),
       minimum_call_duration = coalesce($3::int, s.minimum_call_duration),
       is_available_for_calls = coalesce($4::boolean, s.is_available_for_calls),
       auto_accept_calls = coalesce($5::boolean, s.auto_accept_calls),
       updated_at = excluded.updated_at
     returning call_rate_per_minute, minimum_call_duration, is_available_for_calls, auto_accept_calls`,
    [
      userId,
      change.callRatePerMinute ?? null,
      change.minimumCallDuration ?? null,
      change.isAvailableForCalls ?? null,
      change.autoAcceptCalls ?? null,
      at,
    ],
  );
  const { userId: _id, name: _name, ...settings } = toCreator({ id: userId, name: "", ...row! });
  return settings;
}

/**
 * The people who can be called: who has the role of a creator, or has chosen settings.
 * @param limit at most so many, in the order of their names
 */
export async function listCreators(db: Queryable, limit: number): Promise<Creator[]> {
  const rows = await db.query<Row>(
    `select ${columns} where u.role = 'creator' or s.user_id is not null order by u.name, u.id limit $1`,
    [limit],
  );
  return rows.map(toCreator);
}
