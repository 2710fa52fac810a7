// The stage for the stories of this room: the whole real server on a loopback port, a clock in the story's hand, and
// real socket.io browsers.
import { io, type Socket } from "socket.io-client";
import { type Config, readConfig } from "../config.ts";
import type { Database } from "../db/database.ts";
import { buildServer, type Server } from "../server.ts";

/** A clock that stands still until a story moves it. */
export type StoryClock = { at: number; now(): number };

/** 2026-11-21 12:00:00 UTC, when every story begins. */
export const noon = Date.UTC(2026, 10, 21, 12);

export const stunUrl = "stun:stun.example.org:3478";
export const turnSecret = "north-wind-and-the-sun";

export type Answer = { ok: boolean; error?: { code: string; param: string | null; message: string } } & Record<
  string,
  unknown
>;
type Heard = { type: string; payload: Record<string, unknown> };

/** One window of one person. */
export type Browser = {
  socket: Socket;
  /** Everything that the server said, in order. */
  heard: Heard[];
  /** Sends a message and waits for its acknowledgement. */
  ask(name: string, body?: unknown): Promise<Answer>;
  /** The first news of a type (and of one call) that was not asked for before; waits until it comes. */
  next(type: string, callId?: string): Promise<Record<string, unknown>>;
  /** How often the server said something of a type. */
  count(type: string): number;
};

export type Stage = {
  server: Server;
  url: string;
  clock: StoryClock;
  faults: unknown[];
  token(userId: string): Promise<string>;
  /** Asks the API over HTTP, as a user. */
  request(userId: string, method: "GET" | "POST", path: string, body?: object): Promise<Record<string, unknown>>;
  /** Opens a window. Rejects with the problem when the server refuses. */
  open(userId: string, options?: { token?: string; transport?: "websocket" | "polling" }): Promise<Browser>;
  /** A call from ada (who gets 1000 coins) to ben for 30 minutes at 10. */
  callPending(): Promise<string>;
  /** The same, accepted. */
  callAccepted(): Promise<string>;
  /** Moves the clock and carries out what fell due, as the server's loop does. */
  pass(seconds: number): Promise<void>;
  /** The log of a call. */
  log(callId: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
};

const patienceMs = 20_000;

function storyConfig(settings: Record<string, string>): Config {
  return readConfig({
    PORT: "0",
    FAIRMINUTE_MODE: "sandbox",
    DATABASE_URL: "memory:",
    FAIRMINUTE_LOG_LEVEL: "silent",
    FAIRMINUTE_STUN_URLS: stunUrl,
    FAIRMINUTE_TURN_URLS: "turn:turn.example.org:3478",
    FAIRMINUTE_TURN_SECRET: turnSecret,
    ...settings,
  });
}

/** The server's API, as people of the sandbox use it. */
function openApi(url: string): Pick<Stage, "token" | "request" | "callPending" | "callAccepted"> {
  const tokens = new Map<string, string>();
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const sent = { ...headers, "content-type": "application/json" };
    const response = await fetch(`${url}${path}`, { method: "POST", headers: sent, body: JSON.stringify(body) });
    return (await response.json()) as Record<string, unknown>;
  };
  const api: ReturnType<typeof openApi> = {
    async token(userId) {
      const known = tokens.get(userId);
      if (known !== undefined) return known;
      const role = userId === "ben" ? "creator" : "fan";
      const answer = await post("/api/sandbox/tokens", { userId, name: userId, role });
      tokens.set(userId, String(answer.token));
      return String(answer.token);
    },
    async request(userId, method, path, body) {
      const headers = { authorization: `Bearer ${await api.token(userId)}` };
      if (method === "POST") return post(path, body ?? {}, headers);
      return (await (await fetch(`${url}${path}`, { headers })).json()) as Record<string, unknown>;
    },
    async callPending() {
      await Promise.all([api.token("ada"), api.token("ben")]);
      await post("/api/sandbox/wallets/ada/credit", { amount: 1_000 });
      const wish = { creatorId: "ben", estimatedMinutes: 30 };
      const answer = await api.request("ada", "POST", "/api/calls/initiate", wish);
      const { call } = answer as { call?: { id: string } };
      if (call === undefined) throw new Error(`no call: ${JSON.stringify(answer)}`);
      return call.id;
    },
    async callAccepted() {
      const callId = await api.callPending();
      await api.request("ben", "POST", `/api/calls/${callId}/accept`);
      return callId;
    },
  };
  return api;
}

/** Raises the curtain. Several stages on one database are several servers. */
export async function openStage(
  db: Database,
  options: { clock?: StoryClock; settings?: Record<string, string> } = {},
): Promise<Stage> {
  const clock: StoryClock = options.clock ?? { at: noon, now: () => clock.at };
  const faults: unknown[] = [];
  const server = await buildServer(storyConfig(options.settings ?? {}), {
    db,
    clock,
    onFault: (fault) => faults.push(fault),
  });
  const { url } = await server.listen();
  const api = openApi(url);
  const windows: Socket[] = [];
  return {
    ...api,
    server,
    url,
    clock,
    faults,
    async open(userId, { token, transport = "websocket" } = {}) {
      const auth = { token: token ?? (await api.token(userId)) };
      const socket = io(url, { auth, transports: [transport], forceNew: true, reconnection: false });
      windows.push(socket);
      return await openBrowser(socket);
    },
    async pass(seconds) {
      clock.at += seconds * 1000;
      await server.deadlines.runDue();
    },
    async log(callId) {
      return (await server.charging.readLive(callId, null)).events as unknown as Record<string, unknown>[];
    },
    async close() {
      for (const socket of windows) socket.disconnect();
      await server.close();
    },
  };
}

function openBrowser(socket: Socket): Promise<Browser> {
  const heard: Heard[] = [];
  const taken = new Set<Heard>();
  const waiting = new Set<() => void>();
  socket.onAny((type: string, payload: Record<string, unknown>) => {
    heard.push({ type, payload });
    for (const look of [...waiting]) look();
  });
  const next = (type: string, callId?: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const look = (): boolean => {
        const isSought = (one: Heard) =>
          one.type === type && (callId === undefined || (one.payload.callId ?? one.payload.sessionId) === callId);
        const found = heard.find((one) => isSought(one) && !taken.has(one));
        if (found === undefined) return false;
        taken.add(found);
        waiting.delete(look);
        clearTimeout(timer);
        resolve(found.payload);
        return true;
      };
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`${type} did not come; heard: ${heard.map((one) => one.type).join(", ")}`));
      }, patienceMs);
      if (!look()) waiting.add(look);
    });
  const browser: Browser = {
    socket,
    heard,
    ask: (name, ...body) => socket.timeout(patienceMs).emitWithAck(name, ...body) as Promise<Answer>,
    next,
    count: (type) => heard.filter((one) => one.type === type).length,
  };
  return new Promise((resolve, reject) => {
    socket.on("connect", () => resolve(browser));
    socket.on("connect_error", (error: Error & { data?: object }) => reject(error.data ?? error));
  });
}
