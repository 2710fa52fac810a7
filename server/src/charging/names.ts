// What people are called, remembered: a name stands beside a call and decides nothing.
import type { Queryable } from "../db/database.ts";

export interface Names {
  /** Reads the names that are not known yet. */
  learn(db: Queryable, userIds: readonly (string | null)[]): Promise<void>;
  nameOf(userId: string): string | null;
}

/** After so long a name is read again: people rename themselves. */
const KEEP_MS = 60_000;
const LIMIT = 50_000;

export function createNames(now: () => number): Names {
  const known = new Map<string, { name: string | null; until: number }>();
  return {
    async learn(db, userIds) {
      const at = now();
      const wanted = [...new Set(userIds)].filter(
        (id): id is string => id !== null && (known.get(id)?.until ?? 0) <= at,
      );
      if (wanted.length === 0) return;
      if (known.size > LIMIT) known.clear();
      const rows = await db.query<{ id: string; name: string }>(
        "select id, name from users where id = any($1::text[])",
        [wanted],
      );
      const found = new Map(rows.map(({ id, name }) => [id, name]));
      for (const id of wanted) known.set(id, { name: found.get(id) ?? null, until: at + KEEP_MS });
    },
    nameOf: (userId) => known.get(userId)?.name ?? null,
  };
}
