// The whole real server for stories over HTTP: a fresh database, a clock that only a story moves, and no port.
import type { ErrorCode } from "@fairminute/core";
import type { InjectOptions } from "fastify";
import { expect } from "vitest";
import type { CallJson, ReceiptJson } from "../src/charging/charging.ts";
import { readConfig, sandboxSecretKey } from "../src/config.ts";
import { signToken } from "../src/http/token.ts";
import type { TransferJson } from "../src/ledger/wallet.ts";
import type { Notice } from "../src/outbox/notices.ts";
import { buildServer, type World as Outside, type Server } from "../src/server.ts";
import { createAnswerCheck } from "./answers.ts";
import type { DatabaseKind } from "./databases.ts";

/** When every story begins. */
export const noon = Date.UTC(2026, 10, 21, 12);
export const atSecond = (seconds: number): string => new Date(noon + seconds * 1000).toISOString();

/** What answers hold, all together; a story reads what its answer has. */
export interface Body {
  call: CallJson;
  calls: CallJson[];
  hasMore: boolean;
  nextCursor: string | null;
  code: ErrorCode;
  message: string;
  param: string | null;
  status: number;
  type: string;
  requestId: string;
  retryable: boolean;
  required: number;
  available: number;
  held: number;
  earnings: number;
  total: number;
  transfers: TransferJson[];
  token: string;
  now: string;
  creators: Record<string, unknown>[];
  callRatePerMinute: number;
  lines: ReceiptJson["payers"][number]["lines"];
  details: Record<string, unknown>;
}

export interface Reply {
  status: number;
  body: Body;
  text: string;
  headers: Record<string, string | string[] | number | undefined>;
}

export interface RequestOptions {
  /** Idempotency-Key. */
  key?: string;
  headers?: Record<string, string>;
}

/** Somebody who makes requests. */
export interface Voice {
  get(path: string, options?: RequestOptions): Promise<Reply>;
  post(path: string, body?: unknown, options?: RequestOptions): Promise<Reply>;
  put(path: string, body?: unknown, options?: RequestOptions): Promise<Reply>;
}

/** One piece of evidence, in seconds after noon; now when `at` is absent. */
export interface Told {
  type: "joined" | "left" | "seen" | "hangup";
  userId: string;
  at?: number;
  connectionId?: string;
  reason?: string;
}

export interface World {
  server: Server;
  /** Everything that was told to anybody since `listen`, in order. */
  news: Notice[];
  /** From now on the news are read, as a server with browsers does. */
  listen(): Promise<void>;
  /** A user with a token. */
  as(userId: string): Voice;
  /** The backend with its secret key, for a user or as the operator. */
  backend(userId?: string): Voice;
  /** Nobody. */
  anybody: Voice;
  /** Makes a person: in the sandbox everybody may. */
  meet(userId: string, person?: { name?: string; role?: string; coins?: number }): Promise<Voice>;
  /** Tells evidence and answers the call. */
  tell(callId: string, events: Told[]): Promise<CallJson>;
  /** Moves the clock to so many seconds after noon. */
  passTo(seconds: number): Promise<void>;
  /** A request exactly as given; its answer is not held against the document. */
  inject(options: InjectOptions): Promise<Reply>;
  close(): Promise<void>;
}

const failOnFault = (error: unknown): never => {
  throw error;
};

type Reading = Awaited<ReturnType<Server["app"]["inject"]>>;

function toReply(answer: Reading): Reply {
  const isJson = /json/.test(String(answer.headers["content-type"]));
  const body = (isJson && answer.payload !== "" ? JSON.parse(answer.payload) : {}) as Body;
  return { status: answer.statusCode, body, text: answer.payload, headers: answer.headers };
}

/** A voice that sends these headers, and holds every answer against the OpenAPI document. */
function voiceOf(
  server: Server,
  check: ReturnType<typeof createAnswerCheck>,
  who: () => Promise<Record<string, string>>,
): Voice {
  const send = async (
    method: "GET" | "POST" | "PUT",
    url: string,
    body: unknown,
    options: RequestOptions = {},
  ): Promise<Reply> => {
    const headers = {
      ...(await who()),
      ...(options.key === undefined ? {} : { "idempotency-key": options.key }),
      ...options.headers,
    };
    const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const reply = toReply(await server.app.inject({ method, url, headers: { ...json, ...headers }, ...payload }));
    const contentType = String(reply.headers["content-type"]);
    expect(check({ method, path: url, status: reply.status, contentType, body: reply.body })).toBeNull();
    return reply;
  };
  return {
    get: (path, options) => send("GET", path, undefined, options),
    post: (path, body, options) => send("POST", path, body, options),
    put: (path, body, options) => send("PUT", path, body, options),
  };
}

/** Opens the world, with presets of the operator's own where `outside.presets` has them. Close it when the story is over. */
export async function openWorld(
  kind: DatabaseKind,
  settings: Record<string, string> = {},
  outside: Partial<Outside> & { presets?: object } = {},
): Promise<World> {
  const database = await kind.open();
  const { presets, ...around } = outside;
  const file = presets === undefined ? {} : { FAIRMINUTE_PRESETS: "presets.json" };
  const config = readConfig({ DATABASE_URL: database.url ?? "memory:", ...file, ...settings }, () =>
    JSON.stringify({ presets }),
  );
  const world = { db: database.db, clock: { now: () => noon }, onFault: failOnFault, ...around };
  const server = await buildServer(config, world);
  await server.app.ready();
  const document = JSON.parse((await server.app.inject({ method: "GET", url: "/openapi.json" })).payload);
  const check = createAnswerCheck(document);

  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (userId: string): Promise<string> => {
    const token = tokens.get(userId) ?? signToken(config, { userId, name: null, role: null }, new Date(), 3600);
    tokens.set(userId, token);
    return token;
  };
  const voice = (who: () => Promise<Record<string, string>>): Voice => voiceOf(server, check, who);
  const as = (userId: string): Voice => voice(async () => ({ authorization: `Bearer ${await tokenOf(userId)}` }));
  const anybody = voice(async () => ({}));

  const news: Notice[] = [];
  return {
    server,
    news,
    async listen() {
      server.courier.subscribe((notice) => news.push(notice));
      await server.courier.start();
    },
    as,
    anybody,
    backend: (userId) =>
      voice(async () => ({
        authorization: `Bearer ${sandboxSecretKey}`,
        ...(userId === undefined ? {} : { "fairminute-user": userId }),
      })),
    async meet(userId, { coins, ...person } = {}) {
      expect((await anybody.post("/api/sandbox/tokens", { userId, ...person })).status).toBe(200);
      if (coins)
        expect((await anybody.post(`/api/sandbox/wallets/${userId}/credit`, { amount: coins })).status).toBe(200);
      return as(userId);
    },
    async tell(callId, events) {
      const body = events.map(({ type, at, ...event }) => ({
        type: type === "hangup" ? type : `participant.${type}`,
        ...event,
        ...(at === undefined ? {} : { occurredAt: atSecond(at) }),
      }));
      const reply = await anybody.post(`/api/sandbox/calls/${callId}/events`, body);
      expect(reply.status, reply.text).toBe(200);
      return reply.body.call;
    },
    async passTo(seconds) {
      const ahead = (noon + seconds * 1000 - server.clock.now()) / 1000;
      expect((await anybody.post("/api/sandbox/clock/advance", { seconds: ahead })).status).toBe(200);
    },
    inject: async (options) => toReply(await server.app.inject(options)),
    async close() {
      await server.close();
      await database.close();
    },
  };
}
