// Time as a parameter: the system's clock, and the sandbox's, which can be moved forward.
import type { Database } from "../db/database.ts";
import { gather } from "../db/gather.ts";

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The true time of this machine. */
export const systemClock: Clock = { now: () => Date.now() };

export interface SandboxClock extends Clock {
  /** Moves the time of every server on this database forward. @returns the new now, in ms */
  advance(seconds: number): Promise<number>;
  /** Takes over what another server moved before this was called. Who calls at the same time shares one look. */
  refresh(): Promise<void>;
}

/**
 * The sandbox's clock: the base clock plus an offset that lives in the database, so that it survives a restart (calls must
 * not find themselves in the past) and is shared by every server.
 */
export async function openSandboxClock(db: Database, base: Clock): Promise<SandboxClock> {
  let offsetMs = 0;
  const read = gather(async (names: string[]) => {
    const sql = "select value from settings where name = $1";
    const [row] = await db.query<{ value: number }>(sql, names);
    // Never backwards, whatever order two answers arrive in.
    offsetMs = Math.max(offsetMs, Number(row?.value ?? 0));
    return new Map();
  });
  const refresh = async () => void (await read("clock_offset_ms"));
  await refresh();
  return {
    now: () => base.now() + offsetMs,
    async advance(seconds) {
      const [row] = await db.query<{ value: number }>(
        `insert into settings (name, value) values ('clock_offset_ms', to_jsonb($1::bigint))
         on conflict (name) do update set value = to_jsonb((settings.value)::bigint + $1::bigint) returning value`,
        [BigInt(seconds) * 1000n],
      );
      offsetMs = Math.max(offsetMs, Number(row?.value ?? 0));
      return base.now() + offsetMs;
    },
    refresh,
  };
}
