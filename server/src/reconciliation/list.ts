// The watched calls as the operator sees them: above all those that a provider does not answer for, or that do not end.
import type { Queryable } from "../db/database.ts";
import { type Page, type PageOf, pageOf, readPlace } from "./pages.ts";
import { NEVER, type WatchState } from "./watched.ts";

/** `troubled`: looked at, but either the last look failed, or the end is long past and the room is not known to be empty. */
export const watchFilters = ["troubled", "live", "closing", "closed"] as const;
export type WatchFilter = (typeof watchFilters)[number];

/** The watching of one call. */
export interface WatchedCallJson {
  callId: string;
  provider: string;
  roomName: string;
  state: WatchState;
  /** When the call was settled; null while it runs. */
  settledAt: string | null;
  lastLookedAt: string | null;
  /** Null when nobody needs to look again. */
  nextLookAt: string | null;
  /** Looks in a row that failed. */
  failures: number;
  /** What the provider said, or did not do. */
  lastError: string | null;
}

/** A room should be empty so long after the end; later somebody should know. */
const STUCK_AFTER_MS = 60_000;

const SELECT = `select p.*, c.settled_at from provider_calls p left join calls c on c.id = p.call_id`;

export function watchedCallJson(row: Record<string, unknown>): WatchedCallJson {
  const iso = (value: unknown): string | null => (value === null ? null : new Date(Number(value)).toISOString());
  return {
    callId: row.call_id as string,
    provider: row.provider as string,
    roomName: row.room_name as string,
    state: row.state as WatchState,
    settledAt: iso(row.settled_at),
    lastLookedAt: iso(row.last_looked_at),
    nextLookAt: Number(row.next_look_at) >= NEVER ? null : iso(row.next_look_at),
    failures: Number(row.failures),
    lastError: row.last_error as string | null,
  };
}

/** @throws FairminuteError invalid_cursor */
export async function listWatchedCalls(
  db: Queryable,
  filter: Page & { state: WatchFilter },
  now: number,
): Promise<PageOf<"providerCalls", WatchedCallJson>> {
  const [after] = filter.cursor === undefined ? [""] : readPlace(filter.cursor, 1);
  const which =
    filter.state === "troubled"
      ? `p.next_look_at < ${NEVER} and (p.failures > 0 or (p.state = 'closing' and c.settled_at <= $3))`
      : `p.state = '${filter.state}' and $3::bigint is not null`;
  const rows = await db.query(`${SELECT} where ${which} and p.call_id > $1 order by p.call_id limit $2`, [
    after,
    filter.limit + 1,
    now - STUCK_AFTER_MS,
  ]);
  return pageOf("providerCalls", rows, filter.limit, watchedCallJson, (row) => [String(row.call_id)]);
}

/** @returns null for a call of the built-in provider */
export async function readWatchedCall(db: Queryable, callId: string): Promise<WatchedCallJson | null> {
  const [row] = await db.query(`${SELECT} where p.call_id = $1`, [callId]);
  return row === undefined ? null : watchedCallJson(row);
}
