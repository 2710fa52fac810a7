// Delivers notices to whoever listens in this process, each once, in commit order, whichever server wrote them.
import type { Database } from "../db/database.ts";
import { BUNDLE, type Notice } from "./notices.ts";

export type { Notice } from "./notices.ts";

export interface Courier {
  /**
   * @param asks.wants whether a notice is for anybody here; what nobody wants is not completed with its call
   * @param asks.isAnybodyHere while nobody is, notices are not even read
   * @returns a function that ends the subscription
   */
  subscribe(listener: (notice: Notice) => void, asks?: Partial<Asks>): () => void;
  /** Says that something was just written, so that it is read now and not at the next round. */
  poke(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Another server's notices are seen after this long at most; our own are poked. */
const INTERVAL_MS = 150;
const BATCH = 1000;
/** Notices are news, not records: what nobody read for so long is dropped (state is always read again over HTTP). */
const KEEP_MS = 60 * 60 * 1000;
const SWEEP_EVERY_MS = 60 * 1000;

/**
 * Rows get their ids before they commit, so "everything above the last id" would miss a slow writer. Only transactions older
 * than every one still running are read: no later commit can then appear behind the reader.
 */
const READ = `select n.id, n.txid::text as txid, n.call_id, n.audience, n.type, n.data from notices n
  where (n.txid, n.id) > ($1::xid8, $2::bigint) and n.txid < pg_snapshot_xmin(pg_current_snapshot())
  order by n.txid, n.id limit ${BATCH}`;

interface Row {
  id: bigint;
  txid: string;
  call_id: string | null;
  audience: string[];
  type: string;
  data: Record<string, unknown>;
}

/** The notices of one row. */
function unpack({ id, call_id: callId, audience, type, data }: Row): Notice[] {
  if (type !== BUNDLE) return [{ id, callId, audience, type, data }];
  const { news } = data as { news: Pick<Notice, "type" | "audience" | "data">[] };
  return news.map((item) => ({ id, callId, ...item }));
}

interface CourierWorld {
  db: Database;
  now: () => number;
  /** Calls as their people see them. A notice about a call carries it as it stands when the notice is read. */
  readCalls: (ids: readonly string[]) => Promise<ReadonlyMap<string, object>>;
  onError: (error: unknown) => void;
}

type Listener = (notice: Notice) => void;

interface Asks {
  wants: (notice: Notice) => boolean;
  isAnybodyHere: () => boolean;
}

/** The place up to which notices were read, and the reading on from it. */
function createReader({ db, now, readCalls }: CourierWorld, listeners: ReadonlyMap<Listener, Asks>) {
  const isWanted = (notice: Notice) => [...listeners.values()].some(({ wants }) => wants(notice));

  /** Bundles are about one call each; whoever is here to be told is told with it. */
  async function complete(rows: Row[]): Promise<Notice[]> {
    const notices = rows.flatMap((row) => unpack(row).map((notice) => ({ notice, isBundled: row.type === BUNDLE })));
    const wanted = notices.filter(({ notice }) => isWanted(notice));
    const ids = wanted.flatMap(({ notice, isBundled }) => (isBundled && notice.callId !== null ? [notice.callId] : []));
    const calls = ids.length === 0 ? new Map<string, object>() : await readCalls([...new Set(ids)]);
    return wanted.map(({ notice, isBundled }) => {
      const call = isBundled ? calls.get(notice.callId ?? "") : undefined;
      return call === undefined ? notice : { ...notice, data: { call, ...notice.data } };
    });
  }

  let position = { txid: "0", id: 0n };
  let sweptAt = 0;
  return {
    /** @returns whether there may be more */
    async read(): Promise<boolean> {
      const rows = await db.query<Row>(READ, [position.txid, position.id]);
      const notices = await complete(rows);
      const last = rows.at(-1);
      if (last !== undefined) position = { txid: last.txid, id: last.id };
      for (const notice of notices) for (const [hear, { wants }] of listeners) if (wants(notice)) hear(notice);
      return rows.length === BATCH;
    },
    /** Jumps over what was written: nobody is here to be told. */
    async skipToNow(): Promise<void> {
      const sql = "select (pg_snapshot_xmin(pg_current_snapshot()))::text as txid";
      const [row] = await db.query<{ txid: string }>(sql);
      position = { txid: row?.txid ?? "0", id: 0n };
    },
    async sweep(): Promise<void> {
      if (now() - sweptAt < SWEEP_EVERY_MS) return;
      sweptAt = now();
      await db.query("delete from notices where written_at < $1", [sweptAt - KEEP_MS]);
    },
  };
}

/** @param world.onError told of a failed round; the next round tries again */
export function createCourier(world: CourierWorld): Courier {
  const listeners = new Map<Listener, Asks>();
  const isAnybodyHere = () => [...listeners.values()].some((asks) => asks.isAnybodyHere());
  const reader = createReader(world, listeners);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = true;

  async function round(): Promise<void> {
    try {
      do {
        again = false;
        if (!isAnybodyHere()) await reader.skipToNow();
        else if (await reader.read()) again = true;
      } while (again && !stopped);
      await reader.sweep();
    } catch (error) {
      world.onError(error);
    }
    running = undefined;
    if (!stopped) timer = setTimeout(run, INTERVAL_MS);
  }

  function run(): void {
    if (stopped) return;
    if (running !== undefined) {
      again = true;
      return;
    }
    clearTimeout(timer);
    running = round();
  }

  return {
    subscribe(listener, { wants = () => true, isAnybodyHere = () => true } = {}) {
      listeners.set(listener, { wants, isAnybodyHere });
      return () => listeners.delete(listener);
    },
    poke: () => {
      // Nobody here to tell: the writer need not pay for a read.
      if (isAnybodyHere()) run();
    },
    async start() {
      await reader.skipToNow();
      stopped = false;
      timer = setTimeout(run, INTERVAL_MS);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
