// The live connection to the server: notices come in, questions with acknowledgement go out, over one socket per person.
import { FairminuteError } from "@fairminute/core";
import { io } from "socket.io-client";
import { readProblem, unreachable } from "./problem.ts";
import type { TokenSource } from "./request.ts";
import { readInstant } from "./serverClock.ts";
import { createStore, type Store } from "./store.ts";

/** One piece of news from the server. `seq` counts per call; the screen must always be rebuildable without any notice. */
export type Notice = {
  type: string;
  callId: string | null;
  seq: number | null;
  serverTime: number | null;
  data: Record<string, unknown>;
};

export type LiveState = "offline" | "connecting" | "online";

export type LiveConnection = {
  state: Store<LiveState>;
  /** Keeps the socket open until the answer is called. The last one to let go closes it, a moment later. */
  hold(): () => void;
  /** Asks the server and waits for its acknowledgement. Throws FairminuteError (refusal, or nothing heard in time). */
  ask<Answer>(event: string, body: object, timeoutMs?: number): Promise<Answer>;
  onNotice(listener: (notice: Notice) => void): () => void;
  /** Called each time the socket is (again) connected: news may have been missed. */
  onConnect(listener: () => void): () => void;
};

/** The part of a socket.io client socket that is used here. */
export type LiveSocket = {
  readonly connected: boolean;
  /** False when the library will not try again by itself. */
  readonly active: boolean;
  connect(): unknown;
  disconnect(): unknown;
  on(event: string, listener: (...args: never[]) => void): unknown;
  onAny(listener: (event: string, ...args: unknown[]) => void): unknown;
  timeout(ms: number): { emitWithAck(event: string, body: object): Promise<unknown> };
};

export type OpenSocket = (baseUrl: string, token: TokenSource) => LiveSocket;

/** Opens a socket.io socket that is not yet connected. Reconnects for ever, at most 4 s apart. */
export const openSocket: OpenSocket = (baseUrl, token) => {
  const options = {
    autoConnect: false,
    reconnectionDelay: 400,
    reconnectionDelayMax: 4000,
    auth: (give: (data: object) => void) => {
      void Promise.resolve(typeof token === "function" ? token() : token).then((text) => give({ token: text }));
    },
  };
  return baseUrl === "" ? io(options) : io(baseUrl, options);
};

/** Makes the live connection of one person. */
export function createLiveConnection(socket: LiveSocket): LiveConnection {
  const state = createStore<LiveState>("offline");
  const listeners = new Set<(notice: Notice) => void>();
  const connectListeners = new Set<() => void>();
  let holders = 0;
  let wanted = false;
  const comeBack = (ms: number) => setTimeout(() => wanted && socket.connect(), ms);
  // Later, so that a view that is unmounted and mounted again at once (React's StrictMode) keeps its socket.
  const closeUnlessHeld = () => {
    if (holders > 0) return;
    wanted = false;
    state.set("offline");
    socket.disconnect();
  };

  socket.on("connect", () => {
    state.set("online");
    for (const listener of [...connectListeners]) listener();
  });
  socket.on("disconnect", (reason: string) => {
    state.set(wanted ? "connecting" : "offline");
    // socket.io comes back by itself from everything except a goodbye of the server, which a restart also says.
    if (reason === "io server disconnect") comeBack(1000);
  });
  socket.on("connect_error", (error: Error & { data?: { code?: unknown } }) => {
    state.set(wanted ? "connecting" : "offline");
    if (!socket.active && error.data?.code !== "unauthenticated") comeBack(4000);
  });
  socket.onAny((type, payload) => {
    const notice = readNotice(type, payload);
    for (const listener of [...listeners]) listener(notice);
  });

  return {
    state,
    hold() {
      holders++;
      if (!wanted) {
        wanted = true;
        state.set("connecting");
        socket.connect();
      }
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        holders--;
        setTimeout(closeUnlessHeld, 0);
      };
    },
    ask: (event, body, timeoutMs = 5000) => ask(socket, event, body, timeoutMs),
    onNotice: (listener) => addTo(listeners, listener),
    onConnect: (listener) => addTo(connectListeners, listener),
  };
}

async function ask<Answer>(socket: LiveSocket, event: string, body: object, timeoutMs: number): Promise<Answer> {
  if (!socket.connected) throw unreachable(new Error("the socket is not connected"));
  let answer: unknown;
  try {
    answer = await socket.timeout(timeoutMs).emitWithAck(event, body);
  } catch (cause) {
    throw unreachable(cause);
  }
  const { ok, error } = (answer ?? {}) as { ok?: unknown; error?: unknown };
  if (ok === true) return answer as Answer;
  if (ok === false) throw readProblem(error, 400);
  throw new FairminuteError("internal_error", `The server acknowledged ${event} with something unreadable.`);
}

function readNotice(type: string, payload: unknown): Notice {
  const data = (typeof payload === "object" && payload !== null ? payload : {}) as Record<string, unknown>;
  return {
    type,
    callId: typeof data.callId === "string" ? data.callId : null,
    seq: typeof data.seq === "number" ? data.seq : null,
    serverTime: readInstant(data.serverTime),
    data,
  };
}

function addTo<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => {
    set.delete(item);
  };
}
