// Who is online, on this server and on the others: one row a user and server, refreshed while it is true.
import type { Queryable } from "../db/database.ts";
import { putNotice } from "../outbox/notices.ts";

export type Presence = {
  /** Whether the user has a socket on any server. Answered from memory, at most a few seconds old for other servers. */
  isOnline(userId: string): boolean;
  /** Says that the first socket of a user opened here. */
  arrive(userId: string): void;
  /** Says that the last socket of a user closed here. */
  depart(userId: string): void;
  /** Takes over what another server just told, ahead of the next look at the table. */
  learn(userId: string, online: boolean): void;
  /** Waits for what is being written, then takes this server's rows away. */
  close(): Promise<void>;
};

/** Rows are refreshed, and the other servers' rows are read, this often. */
const refreshMs = 5_000;
/** A server that has not refreshed its rows for so long is dead, and nobody is online there. */
const staleSeconds = 20;
/** A reload closes one socket and opens the next: nobody is called offline before so long has passed. */
const lingerMs = 3_000;

const sayOnline = `insert into online (user_id, server_id, seen_at) select unnest($1::text[]), $2, now()
  on conflict (user_id, server_id) do update set seen_at = excluded.seen_at`;
const sayOffline = "delete from online where server_id = $2 and user_id = $1";
const readOthers = `select distinct user_id from online
  where server_id <> $1 and seen_at > now() - interval '${staleSeconds} seconds'`;
const sweep = `delete from online where seen_at < now() - interval '1 hour'`;

/**
 * Keeps the table `online` true for this server and a copy of what the others say. Times are the database's own clock:
 * presence is about the real world, so the movable clock of the sandbox must not age it, nor may servers disagree.
 */
export function createPresence(world: {
  db: Queryable;
  serverId: string;
  clock: { now(): number };
  onFault(error: unknown): void;
}): Presence {
  const { db, serverId } = world;
  const here = new Set<string>();
  let elsewhere = new Set<string>();
  const leaving = new Map<string, NodeJS.Timeout>();
  let writing = Promise.resolve();

  // One after the other: "offline" of a moment ago must not overtake the "online" of now.
  const write = (work: () => Promise<unknown>): void => {
    writing = writing.then(work).then(undefined, world.onFault) as Promise<void>;
  };
  const tell = (userId: string, online: boolean): Promise<void> =>
    putNotice(db, { audience: ["everyone"], type: "presence:updated", data: { userId, online } }, world.clock.now());
  const refresh = async (): Promise<void> => {
    if (here.size > 0) await db.query(sayOnline, [[...here], serverId]);
    const rows = await db.query<{ user_id: string }>(readOthers, [serverId]);
    elsewhere = new Set(rows.map((row) => row.user_id));
  };

  write(() => db.query(sweep));
  write(refresh);
  const timer = setInterval(() => write(refresh), refreshMs);

  return {
    isOnline: (userId) => here.has(userId) || elsewhere.has(userId),
    arrive(userId) {
      clearTimeout(leaving.get(userId));
      leaving.delete(userId);
      if (here.has(userId)) return;
      const wasOnline = elsewhere.has(userId);
      here.add(userId);
      write(async () => {
        await db.query(sayOnline, [[userId], serverId]);
        if (!wasOnline) await tell(userId, true);
      });
    },
    depart(userId) {
      clearTimeout(leaving.get(userId));
      const gone = setTimeout(() => {
        leaving.delete(userId);
        here.delete(userId);
        write(async () => {
          await db.query(sayOffline, [userId, serverId]);
          await refresh();
          if (!here.has(userId) && !elsewhere.has(userId)) await tell(userId, false);
        });
      }, lingerMs);
      leaving.set(userId, gone);
    },
    learn(userId, online) {
      if (here.has(userId)) return;
      if (online) elsewhere.add(userId);
      else elsewhere.delete(userId);
    },
    async close() {
      clearInterval(timer);
      for (const gone of leaving.values()) clearTimeout(gone);
      leaving.clear();
      // The people are still there and reconnect elsewhere, so nobody is called offline; only this server's word ends.
      write(() => db.query("delete from online where server_id = $1", [serverId]));
      await writing;
    },
  };
}
