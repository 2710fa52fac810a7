// The whole server, twice on one database where that can be shared, with fakes for providers and a clock that only the stage moves.
import { readConfig, sandboxSecretKey } from "../../config.ts";
import { type Database, DatabaseError } from "../../db/database.ts";
import { migrate } from "../../db/migrate.ts";
import { openPglite } from "../../db/pglite.ts";
import { openPostgres } from "../../db/postgres.ts";
import { type LivekitFake, startLivekitFake } from "../../fakes/livekit/fake.ts";
import { type StreamFake, startStreamFake } from "../../fakes/stream/fake.ts";
import { buildServer, type Server } from "../../server.ts";
import { livekitKeys, streamKeys } from "../words.ts";
import { type FaultyDatabase, openFaulty } from "./faulty-database.ts";
import { openJournal } from "./journal.ts";

export const stageStart = Date.UTC(2026, 10, 21, 12);

/** A webhook on its way, as the fake signed it. */
export interface Sent {
  path: string;
  room: string;
  body: Uint8Array;
  headers: Record<string, string>;
}

export interface Reply {
  status: number;
  text: string;
}

export interface HttpServer {
  server: Server;
  db: FaultyDatabase;
  /** How far its clock is off, ms. */
  offsetMs: number;
  pausedUntil: number;
}

function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (error instanceof DatabaseError && error.connectionLost) || isConnectionLost(error.cause);
}

export class HttpStage {
  readonly db: Database;
  readonly servers: HttpServer[];
  readonly livekit: LivekitFake;
  readonly stream: StreamFake;
  readonly sent: Sent[] = [];
  now = stageStart;
  #faults: unknown[] = [];
  readonly #pools: Database[];

  private constructor(db: Database, pools: Database[], fakes: [LivekitFake, StreamFake]) {
    this.db = db;
    this.#pools = pools;
    [this.livekit, this.stream] = fakes;
    this.servers = [];
  }

  /** @param url an empty PostgreSQL database; null: the embedded one, which is one server's own */
  static async open(url: string | null): Promise<HttpStage> {
    const connect = (): Promise<Database> | Database =>
      url === null ? openPglite(null) : openPostgres(url, { connections: 6 });
    const db = await connect();
    await migrate(db);
    await openJournal(db);
    let stage: HttpStage | null = null;
    const clocks = {
      now: () => stage?.now ?? stageStart,
      trueNow: () => stage?.now ?? stageStart,
      sweepEveryMs: null,
      sleep: async () => {},
    };
    const hear = (path: string, room: string, body: Uint8Array, headers: Record<string, string>) => {
      stage?.sent.push({ path, room, body, headers });
      return Promise.resolve({ status: 200 });
    };
    const livekit = await startLivekitFake({
      ...livekitKeys,
      ...clocks,
      deliver: ({ room, body, headers }) => hear("/api/livekit/webhook", room, body, headers),
    });
    const stream = await startStreamFake({
      apiKey: streamKeys.apiKey,
      secretKey: streamKeys.secret,
      ...clocks,
      deliver: ({ cid, body, headers }) => hear("/api/stream/webhook", cid, body, headers),
    });
    const pools = url === null ? [db] : [await connect(), await connect()];
    stage = new HttpStage(db, pools, [livekit, stream]);
    for (const pool of pools) stage.servers.push(await stage.#start(pool));
    return stage;
  }

  async #start(pool: Database): Promise<HttpServer> {
    const config = readConfig({
      DATABASE_URL: "memory:",
      PORT: "0",
      LIVEKIT_URL: this.livekit.url,
      LIVEKIT_API_KEY: livekitKeys.apiKey,
      LIVEKIT_API_SECRET: livekitKeys.apiSecret,
      STREAM_API_KEY: streamKeys.apiKey,
      STREAM_SECRET_KEY: streamKeys.secret,
      STREAM_API_URL: this.stream.url,
      FAIRMINUTE_POLL_SECONDS: "40",
      FAIRMINUTE_LOG_LEVEL: "error",
    });
    const db = openFaulty(pool);
    const entry: Omit<HttpServer, "server"> & { server: Server | null } = {
      server: null,
      db,
      offsetMs: 0,
      pausedUntil: 0,
    };
    entry.server = await buildServer(config, {
      db,
      clock: { now: () => this.now + entry.offsetMs },
      onFault: (error) => this.#faults.push(error),
      logStream: { write: () => {} },
      // The fakes are patient, and the stage's time is not the machine's.
      looks: { perSecond: 100_000, atOnce: 8 },
    });
    await entry.server.app.ready();
    return entry as HttpServer;
  }

  /** What servers reported since the last time; that the database was away is what was done to them, and no fault of theirs. */
  takeFaults(): unknown[] {
    const since = this.#faults.filter((error) => !isConnectionLost(error));
    this.#faults = [];
    return since;
  }

  /** The server of this place; any number. */
  at(index: number): HttpServer {
    return this.servers[index % this.servers.length] as HttpServer;
  }

  /** A request of the app's backend, for one of its users where one is named. */
  async ask(
    index: number,
    path: string,
    body: unknown,
    { userId, key }: { userId?: string | undefined; key?: string | undefined } = {},
  ): Promise<Reply> {
    const headers = {
      authorization: `Bearer ${sandboxSecretKey}`,
      "content-type": "application/json",
      ...(userId === undefined ? {} : { "fairminute-user": userId }),
      ...(key === undefined ? {} : { "idempotency-key": key }),
    };
    return this.#post(index, path, JSON.stringify(body), headers);
  }

  /** A webhook as it arrives. */
  tell(index: number, { path, body, headers }: Sent): Promise<Reply> {
    return this.#post(index, path, Buffer.from(body), headers);
  }

  async #post(index: number, url: string, payload: string | Buffer, headers: Record<string, string>): Promise<Reply> {
    const { app } = this.at(index).server;
    // Time passes with each request.
    this.now += 1;
    const answer = await app.inject({ method: "POST", url, headers, payload });
    return { status: answer.statusCode, text: answer.payload };
  }

  /** Everybody's loops, once. */
  async lookAround(withLooks: boolean): Promise<void> {
    this.livekit.sweep();
    this.stream.sweep();
    for (const { server, db, pausedUntil } of this.servers) {
      this.now += 1;
      if (db.isAway || pausedUntil > this.now) continue;
      try {
        await server.webhooks.applyPending();
        await server.deadlines.runDue();
        if (withLooks) await server.reconciliation.runDue();
      } catch (error) {
        // A loop that meets a fate tries again in its next round.
        if (!isConnectionLost(error)) throw error;
      }
    }
    await this.livekit.flush();
    await this.stream.flush();
  }

  async close(): Promise<void> {
    for (const { server } of this.servers) await server.close();
    await this.livekit.stop();
    await this.stream.stop();
    for (const pool of this.#pools) await pool.close();
    if (!this.#pools.includes(this.db)) await this.db.close();
  }
}
