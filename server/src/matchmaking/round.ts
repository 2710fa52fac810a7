// One round of matching: everybody who fits somebody is paired, and each pair's call is opened, in one transaction.
import type { Catalogue } from "@fairminute/core";
import { type Opening, openWithin } from "../charging/open-within.ts";
import { type Database, DatabaseError, type Queryable } from "../db/database.ts";
import { ownerOf } from "../ledger/accounts.ts";
import { type Pair, pairUp } from "./pairing.ts";
import { isAlive, PLACE_COLUMNS, type PlaceRow, readPlace } from "./places.ts";

export interface RoundWorld {
  db: Database;
  now: () => number;
  nextId: (prefix: string) => string;
  /** Who carries the calls of a preset. */
  providerFor: (preset: string) => string;
  /** The name of a new room at a provider, made from an id. */
  newRoomName: (provider: string, id: string) => string;
  /** How many calls one person may have at once; null: as the preset says. */
  callsAtOnce: number | null;
  /** What presets there are here. Another server on the same queue may have others. */
  presets: Catalogue;
  /** Told of a round that broke. */
  onFault: (error: unknown) => void;
}

/** Any number will do, as long as every server asks for the same advisory lock. */
const MATCHING_LOCK = 4_210_078;
/** A server that freezes in the middle of a round must not hold up the others' for longer. */
const LONGEST_ROUND_MS = 10_000;
/** How many places one round looks at, and how many pairs it makes. */
const LOOKED_AT = 5000;
const MOST_PAIRS = 200;

/**
 * The names of presets under which nobody pays anybody. Who waits for another one is left to the server that let them wait: here
 * it may not be known, or have a price that they have not agreed to.
 */
export const freePresets = (presets: Catalogue): string[] =>
  [...presets.values()].filter(({ terms }) => terms.funding.kind === "none").map(({ name }) => name);

interface Made extends Pair {
  matchId: string;
  callId: string;
}

const usersOf = (pairs: readonly Pair[]): string[] =>
  pairs.flatMap(({ waiting, joining }) => [waiting.userId, joining.userId]);

/** Locks the places of pairs. @returns the users who still wait, and those who talk already and wait no more */
async function lockPlaces(tx: Queryable, pairs: readonly Pair[]): Promise<{ there: Set<string>; busy: string[] }> {
  const rows = await tx.query<{ user_id: string; busy: boolean }>(
    `select q.user_id, exists (select 1 from calls c
              where (c.payer_id = q.user_id or c.payee_id = q.user_id) and c.settled_at is null
                and c.status in ('accepted', 'active')) as busy
       from match_places q where q.user_id = any($1::text[]) order by q.user_id for update of q`,
    [usersOf(pairs)],
  );
  const busy = rows.filter((row) => row.busy).map((row) => row.user_id);
  return { there: new Set(rows.filter((row) => !row.busy).map((row) => row.user_id)), busy };
}

function openingOf({ waiting, joining, matchId, callId }: Made, world: RoundWorld): Opening {
  const { preset } = waiting;
  const provider = world.providerFor(preset);
  return {
    input: {
      callId,
      payerId: waiting.userId,
      payeeId: joining.userId,
      preset,
      estimatedMinutes: 1,
      minimumMinutes: 0,
      autoAccept: false,
      accepted: "matched",
      provider,
      // The built-in calls' rooms are named by the hall; at a provider they have its own kind of name.
      ...(provider === "webrtc" ? {} : { roomName: world.newRoomName(provider, world.nextId("room")) }),
      ...(world.callsAtOnce === null ? {} : { maximumCallsAtOnce: world.callsAtOnce }),
    },
    news: [{ type: "match:found", audience: [waiting.userId, joining.userId], data: { matchId } }],
  };
}

async function keepMatches(tx: Queryable, made: readonly Made[], now: number): Promise<void> {
  const column = <T>(of: (match: Made) => T): T[] => made.map(of);
  await tx.query(
    `insert into matches (id, preset, topic, language, waiting_user_id, joining_user_id, waiting_since, matched_at, call_id)
     select m.id, m.preset, m.topic, m.language, m.waiting, m.joining, m.since, $9, m.call
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[])
            as m(id, preset, topic, language, waiting, joining, since, call)`,
    [
      column(({ matchId }) => matchId),
      column(({ waiting }) => waiting.preset),
      column(({ waiting, joining }) => waiting.topic ?? joining.topic),
      column(({ waiting, joining }) => waiting.language ?? joining.language),
      column(({ waiting }) => waiting.userId),
      column(({ joining }) => joining.userId),
      column(({ waiting }) => waiting.waitingSince),
      column(({ callId }) => callId),
      now,
    ],
  );
}

interface Wish {
  most: number;
  /** People who are left alone in this attempt. */
  without: ReadonlySet<string>;
  /** Told of the people whom the attempt is about, before anything can go wrong with them. */
  onChosen?: (userIds: string[]) => void;
}

/** @returns how many pairs were made, and whether looking again may make more */
async function matchIn(tx: Queryable, world: RoundWorld, wish: Wish): Promise<{ made: number; again: boolean }> {
  await tx.query("select set_config('idle_in_transaction_session_timeout', $1, true)", [String(LONGEST_ROUND_MS)]);
  await tx.query("select pg_advisory_xact_lock($1)", [MATCHING_LOCK]);
  const now = world.now();
  await tx.query(`delete from match_places q where not ${isAlive}`, [now]);
  const rows = await tx.query<PlaceRow>(
    `select ${PLACE_COLUMNS} from match_places q where q.preset = any($1::text[])
      order by q.waiting_since, q.user_id limit ${LOOKED_AT}`,
    [freePresets(world.presets)],
  );
  const places = rows.map(readPlace).filter(({ userId }) => !wish.without.has(userId));
  const pairs = pairUp(places, wish.most);
  if (pairs.length === 0) return { made: 0, again: false };
  wish.onChosen?.(usersOf(pairs));
  const { there, busy } = await lockPlaces(tx, pairs);
  const tried = pairs
    .filter(({ waiting, joining }) => there.has(waiting.userId) && there.has(joining.userId))
    .map((pair): Made => ({ ...pair, matchId: world.nextId("match"), callId: world.nextId("call") }));
  const openings = tried.map((pair) => openingOf(pair, world));
  const outcomes = await openWithin(tx, openings, { ...world, now });
  const refused = new Map(outcomes.map((one) => [one.id, one]));
  const made = tried.filter(({ callId }) => !refused.has(callId));
  if (made.length > 0) await keepMatches(tx, made, now);
  // Whoever may have no more calls waits no more; their partner does.
  const full = tried.flatMap((pair) => {
    const refusal = refused.get(pair.callId);
    if (refusal === undefined) return [];
    const owner = ownerOf(refusal.account ?? "");
    return owner === null ? usersOf([pair]) : [owner];
  });
  await tx.query("delete from match_places where user_id = any($1::text[])", [[...usersOf(made), ...busy, ...full]]);
  return { made: made.length, again: pairs.length === wish.most || made.length < pairs.length };
}

/** Something in the batch breaks it: pair by pair, and the broken one is left waiting, so that all others are matched. */
async function matchOneByOne(world: RoundWorld): Promise<number> {
  const without = new Set<string>();
  let total = 0;
  for (;;) {
    let chosen: string[] = [];
    const onChosen = (userIds: string[]) => {
      chosen = userIds;
    };
    try {
      const { made, again } = await world.db.transaction((tx) => matchIn(tx, world, { most: 1, without, onChosen }));
      total += made;
      if (!again) return total;
    } catch (error) {
      if (chosen.length === 0 || (error instanceof DatabaseError && error.connectionLost)) throw error;
      world.onFault(new Error(`${chosen.join(" and ")} cannot be matched`, { cause: error }));
      for (const userId of chosen) without.add(userId);
    }
  }
}

/**
 * Pairs everybody who waits and fits, until nobody is left who does.
 * @returns how many pairs were made
 * @throws DatabaseError when the database is away; those who wait are matched by a later round
 */
export async function matchAll(world: RoundWorld): Promise<number> {
  const wish = { most: MOST_PAIRS, without: new Set<string>() };
  let total = 0;
  try {
    for (;;) {
      const { made, again } = await world.db.transaction((tx) => matchIn(tx, world, wish));
      total += made;
      if (!again) return total;
    }
  } catch (error) {
    if (error instanceof DatabaseError && error.connectionLost) throw error;
    return total + (await matchOneByOne(world));
  }
}
