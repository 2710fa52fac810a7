// Sources that disagree on how long somebody was there: found after the settlement, kept once each, resolved by the operator.
import { type Discrepancy, discrepanciesOf, FairminuteError } from "@fairminute/core";
import { factsOf, type StoredCall } from "../charging/stored.ts";
import type { Queryable } from "../db/database.ts";
import type { LookLimits } from "./limits.ts";
import { type Page, type PageOf, pageOf, readPlace } from "./pages.ts";

/** One disagreement, with both figures. */
export interface DiscrepancyJson {
  id: string;
  callId: string;
  userId: string;
  a: { source: string; seconds: number };
  b: { source: string; seconds: number };
  toleranceSeconds: number;
  foundAt: string;
  resolvedAt: string | null;
  /** What the operator wrote, or `sources_agree` when later evidence cleared it up. */
  resolution: string | null;
}

type Row = Record<string, unknown>;

function discrepancyJson(row: Row): DiscrepancyJson {
  const iso = (value: unknown): string => new Date(Number(value)).toISOString();
  return {
    id: row.id as string,
    callId: row.call_id as string,
    userId: row.user_id as string,
    a: { source: row.source_a as string, seconds: Number(row.seconds_a) },
    b: { source: row.source_b as string, seconds: Number(row.seconds_b) },
    toleranceSeconds: Number(row.tolerance),
    foundAt: iso(row.found_at),
    resolvedAt: row.resolved_at === null ? null : iso(row.resolved_at),
    resolution: row.resolution as string | null,
  };
}

/** Polls see each connection come late and go early, by an interval at most: so much of a difference is no disagreement. */
function toleranceFor(call: StoredCall, { userId, sources }: Discrepancy, { toleranceSeconds }: LookLimits) {
  if (!sources.includes("poll")) return toleranceSeconds;
  const connections = call.events.filter((event) => event.userId === userId && event.type !== "participant.left");
  const count = new Set(connections.map(({ connectionId }) => connectionId)).size;
  return toleranceSeconds + call.terms.limits.pollIntervalSeconds * count;
}

/**
 * Compares the sources of a settled call. Each pair is kept once; figures that move are kept up to date until somebody has
 * resolved them, and a pair that agrees after all is resolved by itself.
 */
export async function keepDiscrepancies(
  db: Queryable,
  call: StoredCall,
  world: { at: number; nextId: (prefix: string) => string; limits: LookLimits },
): Promise<void> {
  const { at, nextId, limits } = world;
  const kept: string[] = [];
  for (const found of discrepanciesOf(factsOf(call), call.events, at, limits.toleranceSeconds)) {
    const tolerance = toleranceFor(call, found, limits);
    const { userId, sources, seconds } = found;
    if (Math.abs(seconds[0] - seconds[1]) <= tolerance) continue;
    const [row] = await db.query<{ id: string }>(
      `insert into discrepancies as d
         (id, call_id, user_id, source_a, seconds_a, source_b, seconds_b, tolerance, found_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       on conflict (call_id, user_id, source_a, source_b) do update
         set seconds_a = case when d.resolved_at is null then excluded.seconds_a else d.seconds_a end,
             seconds_b = case when d.resolved_at is null then excluded.seconds_b else d.seconds_b end
       returning id`,
      [nextId("disc"), call.id, userId, sources[0], seconds[0], sources[1], seconds[1], tolerance, at],
    );
    if (row !== undefined) kept.push(row.id);
  }
  await db.query(
    `update discrepancies set resolved_at = $3, resolution = 'sources_agree'
      where call_id = $1 and resolved_at is null and id <> all($2::text[])`,
    [call.id, kept, at],
  );
}

/** @param filter.isOpen only those that nobody has resolved. @throws FairminuteError invalid_cursor */
export async function listDiscrepancies(
  db: Queryable,
  filter: Page & { isOpen: boolean },
): Promise<PageOf<"discrepancies", DiscrepancyJson>> {
  const [foundAt, id] = filter.cursor === undefined ? [null, null] : readPlace(filter.cursor, 2);
  if (foundAt !== null && !/^\d{1,15}$/.test(foundAt ?? "")) {
    throw new FairminuteError("invalid_cursor", "the cursor is not one that this list returned", { param: "cursor" });
  }
  const rows = await db.query(
    `select * from discrepancies
      where ($1::bigint is null or (found_at, id) < ($1::bigint, $2::text)) and (not $3::boolean or resolved_at is null)
      order by found_at desc, id desc limit $4`,
    [foundAt, id, filter.isOpen, filter.limit + 1],
  );
  return pageOf("discrepancies", rows, filter.limit, discrepancyJson, (row) => [String(row.found_at), String(row.id)]);
}

/**
 * Writes down what came of it. The first word stands.
 * @throws FairminuteError not_found
 */
export async function resolveDiscrepancy(
  db: Queryable,
  id: string,
  resolution: string,
  at: number,
): Promise<DiscrepancyJson> {
  await db.query("update discrepancies set resolved_at = $2, resolution = $3 where id = $1 and resolved_at is null", [
    id,
    at,
    resolution,
  ]);
  const [row] = await db.query("select * from discrepancies where id = $1", [id]);
  if (row === undefined) throw new FairminuteError("not_found", `there is no discrepancy ${id}`, { param: "id" });
  return discrepancyJson(row);
}
