// What people are called, remembered: a name stands beside a call and decides nothing.
import type { Queryable } from "../db/database.ts";

export interface Names {
  /** Reads the names that are not known yet. Whoever asks in the same turn shares one question to the database. */
  learn(userIds: readonly (string | null)[]): Promise<void>;
  nameOf(userId: string): string | null;
}

/** After so long a name is read again: people rename themselves. */
const KEEP_MS = 60_000;
const LIMIT = 50_000;

export function createNames(db: Queryable, now: () => number): Names {
  const known = new Map<string, { name: string | null; until: number }>();
  let wanted = new Set<string>();
  let answer: Promise<void> | null = null;

  async function ask(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const ids = [...wanted];
    wanted = new Set();
    answer = null;
    const sql = "select id, name from users where id = any($1::text[])";
    const found = new Map((await db.query<{ id: string; name: string }>(sql, [ids])).map(({ id, name }) => [id, name]));
    if (known.size > LIMIT) known.clear();
    const until = now() + KEEP_MS;
    for (const id of ids) known.set(id, { name: found.get(id) ?? null, until });
  }

  return {
    async learn(userIds) {
      const at = now();
      const missing = userIds.filter((id): id is string => id !== null && (known.get(id)?.until ?? 0) <= at);
      if (missing.length === 0) return;
      for (const id of missing) wanted.add(id);
      answer ??= ask();
      await answer;
    },
    nameOf: (userId) => known.get(userId)?.name ?? null,
  };
}
