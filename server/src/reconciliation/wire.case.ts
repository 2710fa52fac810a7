// A whole server beside servers that speak LiveKit's and Stream's wire, all on one clock that goes from one due thing to the next.
import type { AddressInfo } from "node:net";
import type { DatabaseKind } from "../../test/databases.ts";
import type { CallJson } from "../charging/charging.ts";
import { readConfig, sandboxSecretKey } from "../config.ts";
import { type LivekitFake, startLivekitFake } from "../fakes/livekit/fake.ts";
import { type StreamFake, startStreamFake } from "../fakes/stream/fake.ts";
import { creditWallet } from "../ledger/outside.ts";
import { buildServer, type Server } from "../server.ts";
import type { WatchedCallJson } from "./reconciliation.ts";

const keys = {
  livekit: { apiKey: "APIfake", apiSecret: "a-secret-of-the-fake-0123456789abcdef" },
  stream: { apiKey: "streamfake", secretKey: "a-secret-of-the-fake" },
};

/** People come and go in a room of either fake in the same words. */
export interface Room {
  provider: "livekit" | "stream";
  name: string;
  enter(userId: string): void;
  leave(userId: string): void;
  reconnect(userId: string): void;
  fake: LivekitFake | StreamFake;
}

export interface Wire {
  server: Server;
  livekit: LivekitFake;
  stream: StreamFake;
  /** Seconds since this story began. */
  second(): number;
  /** A new story begins now: nothing is wrong with anybody, and its seconds count from here. */
  begin(): void;
  /** Lets time pass up to a second of this story; all that falls due on the way is carried out, and webhooks are told. */
  to(second: number): Promise<void>;
  /** A room that an app has made there. */
  room(provider: Room["provider"], people: readonly string[]): Room;
  /** A request of the operator, or of a user. */
  ask<T>(method: "GET" | "POST" | "PUT", url: string, body?: object, userId?: string): Promise<T>;
  coins(userId: string, amount: number): Promise<void>;
  register(room: Room, call: { payerId: string; payeeId: string } & Record<string, unknown>): Promise<CallJson>;
  read(callId: string): Promise<CallJson>;
  troubles(): Promise<WatchedCallJson[]>;
  at(instant: string | null): number | null;
  close(): Promise<void>;
}

const START = Date.UTC(2026, 10, 21, 12);

function createClock() {
  let now = START;
  let began = START;
  return {
    now: () => now,
    began: () => began,
    second: () => (now - began) / 1000,
    begin: () => {
      now += 3_600_000;
      began = now;
    },
    set: (to: number) => {
      now = Math.max(now, to);
    },
  };
}

function createRooms(livekit: LivekitFake, stream: StreamFake): Wire["room"] {
  let count = 0;
  return (provider, people) => {
    count += 1;
    if (provider === "livekit") {
      const name = `room-${count}`;
      return {
        provider,
        name,
        fake: livekit,
        enter: (userId) => void livekit.join(name, userId),
        leave: (userId) => livekit.leave(name, userId),
        reconnect: (userId) => void livekit.reconnectFull(name, userId),
      };
    }
    const name = stream.createCall({ id: `call-${count}`, createdBy: people[0] as string, memberIds: people });
    return {
      provider,
      name,
      fake: stream,
      enter: (userId) => void stream.join(name, userId),
      leave: (userId) => stream.leave(name, userId),
      reconnect: (userId) => void stream.reconnect(name, userId),
    };
  };
}

async function openServer(kind: DatabaseKind, clock: { now(): number }, livekit: LivekitFake, stream: StreamFake) {
  const database = await kind.open();
  const config = readConfig({
    DATABASE_URL: database.url ?? "memory:",
    LIVEKIT_URL: livekit.url,
    LIVEKIT_API_KEY: keys.livekit.apiKey,
    LIVEKIT_API_SECRET: keys.livekit.apiSecret,
    STREAM_API_KEY: keys.stream.apiKey,
    STREAM_SECRET_KEY: keys.stream.secretKey,
    STREAM_API_URL: stream.url,
    FAIRMINUTE_PRESET_PROVIDERS: "creator-call=livekit",
  });
  const onFault = (error: unknown): never => {
    throw error;
  };
  // However busy the machine is: an answer that comes at all has come in time, and the true time plays no part.
  const timeoutMs = 60_000;
  const settings = {
    ...config,
    livekit: config.livekit && { ...config.livekit, timeoutMs },
    stream: config.stream && { ...config.stream, timeoutMs },
  };
  const looks = { answerMs: timeoutMs, perSecond: 1000 };
  const server = await buildServer(settings, { db: database.db, clock, looks, onFault });
  await server.app.listen({ port: 0, host: "127.0.0.1" });
  return { server, database };
}

/** Carries out what falls due up to an instant, each at its own moment, with the webhooks that come of it. */
function createPassing({
  server,
  clock,
  flush,
}: {
  server: Server;
  clock: ReturnType<typeof createClock>;
  flush(): Promise<void>;
}) {
  const sql = `select least((select min(deadline_at) from call_deadlines),
    (select min(next_look_at) from provider_calls)) as next`;
  return async (until: number): Promise<void> => {
    for (;;) {
      await flush();
      const [row] = await server.db.query<{ next: bigint | null }>(sql);
      const next = Number(row?.next ?? until + 1);
      if (next > until) break;
      clock.set(next);
      await server.charging.advanceDue(clock.now());
      await server.webhooks.applyPending();
      await server.reconciliation.runDue();
    }
    clock.set(until);
    await flush();
  };
}

/** Opens it all. Close it when the stories are told. */
export async function openWire(kind: DatabaseKind): Promise<Wire> {
  const clock = createClock();
  const clocks = { now: clock.now, sweepEveryMs: null };
  // Between two attempts nobody waits: what was not taken at once is lost, as in an outage that lasts.
  const livekit = await startLivekitFake({ ...keys.livekit, ...clocks, sleep: async () => {} });
  const stream = await startStreamFake({ ...keys.stream, ...clocks });
  const { server, database } = await openServer(kind, clock, livekit, stream);
  const { port } = server.app.server.address() as AddressInfo;
  livekit.sendWebhooksTo(`http://127.0.0.1:${port}/api/livekit/webhook`);
  stream.sendWebhooksTo(`http://127.0.0.1:${port}/api/stream/webhook`);
  const flush = async (): Promise<void> => {
    livekit.sweep();
    stream.sweep();
    await livekit.flush();
    await stream.flush();
  };
  const passTo = createPassing({ server, clock, flush });
  const ask: Wire["ask"] = async (method, url, body, userId) => {
    const user = userId === undefined ? {} : { "fairminute-user": userId };
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const headers = { authorization: `Bearer ${sandboxSecretKey}`, ...user, ...json };
    const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
    const answer = await server.app.inject({ method, url, headers, ...payload });
    if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.statusCode} ${answer.payload}`);
    return answer.json();
  };
  return {
    server,
    livekit,
    stream,
    second: clock.second,
    begin() {
      clock.begin();
      for (const { troubles } of [livekit, stream]) {
        for (const name of Object.keys(troubles)) Object.assign(troubles, { [name]: false });
        Object.assign(troubles, { apiSlowMs: 0, apiLies: null });
      }
    },
    to: (second) => passTo(clock.began() + second * 1000),
    room: createRooms(livekit, stream),
    ask,
    async coins(userId, amount) {
      const key = `${userId}-${clock.now()}`;
      await creditWallet(server.db, { userId, amount: BigInt(amount), key, now: clock.now() });
    },
    async register({ provider, name }, call) {
      const body = { provider, providerCallId: name, preset: "coin-minutes", ...call };
      return (await ask<{ call: CallJson }>("POST", "/api/calls", body)).call;
    },
    read: async (callId) => (await ask<{ call: CallJson }>("GET", `/api/calls/${callId}`)).call,
    troubles: async () => (await ask<{ providerCalls: WatchedCallJson[] }>("GET", "/api/provider-calls")).providerCalls,
    at: (instant) => (instant === null ? null : (Date.parse(instant) - clock.began()) / 1000),
    async close() {
      await livekit.stop();
      await stream.stop();
      await server.close();
      await database.close();
    },
  };
}
