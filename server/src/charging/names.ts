// What people are called, remembered: a name stands beside a call and decides nothing.
import type { Queryable } from "../db/database.ts";
import { gather } from "../db/gather.ts";

export interface Names {
  /** Reads the names that are not known yet. Whoever asks at the same time shares one question to the database. */
  learn(userIds: readonly (string | null)[]): Promise<void>;
  /** Takes over a name that somebody has just read, which saves the question. */
  know(userId: string, name: string): void;
  nameOf(userId: string): string | null;
}

/** After so long a name is read again: people rename themselves. */
const KEEP_MS = 60_000;
const LIMIT = 50_000;

export function createNames(db: Queryable, now: () => number): Names {
  const known = new Map<string, { name: string | null; until: number }>();
  const read = gather(async (ids: string[]) => {
    const rows = await db.query<{ id: string; name: string }>("select id, name from users where id = any($1::text[])", [
      ids,
    ]);
    return new Map(rows.map(({ id, name }) => [id, name]));
  });

  function know(id: string, name: string | null): void {
    // A map keeps the order of insertion: whoever was learned longest ago goes first.
    known.delete(id);
    known.set(id, { name, until: now() + KEEP_MS });
    if (known.size > LIMIT) known.delete(known.keys().next().value as string);
  }

  const readOne = async (id: string): Promise<void> => know(id, (await read(id)) ?? null);

  return {
    know,
    async learn(userIds) {
      const at = now();
      const missing = userIds.filter((id): id is string => id !== null && (known.get(id)?.until ?? 0) <= at);
      if (missing.length > 0) await Promise.all(missing.map(readOne));
    },
    nameOf: (userId) => known.get(userId)?.name ?? null,
  };
}
