// Time as a parameter: the system's clock, and the sandbox's, which can be moved forward.
import type { Database } from "../db/database.ts";

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The true time of this machine. */
export const systemClock: Clock = { now: () => Date.now() };

export interface SandboxClock extends Clock {
  /** Moves the time of every server on this database forward. @returns the new now, in ms */
  advance(seconds: number): Promise<number>;
  /** Takes over what another server moved. */
  refresh(): Promise<void>;
}

/**
 * The sandbox's clock: the base clock plus an offset that lives in the database, so that it survives a restart (calls must
 * not find themselves in the past) and is shared by every server.
 */
export async function openSandboxClock(db: Database, base: Clock): Promise<SandboxClock> {
  let offsetMs = 0;
  const read = async () => {
    const [row] = await db.query<{ value: number }>("select value from settings where name = 'clock_offset_ms'");
    // Never backwards, whatever order two answers arrive in.
    offsetMs = Math.max(offsetMs, Number(row?.value ?? 0));
  };
  await read();
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
    refresh: read,
  };
}
