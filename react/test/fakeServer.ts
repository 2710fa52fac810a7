// A server of answers: the real client with a fetch, a socket and a clock that a test holds in its hands.

import { createLocalMedia } from "../src/call/media.ts";
import { type ClientWorld, createFairminuteClient, type FairminuteClient } from "../src/client/client.ts";
import type { LiveSocket } from "../src/client/live.ts";
import { fakeDevices } from "./fakeMedia.ts";
import { FakePeer } from "./fakePeer.ts";

export type Asked = { method: string; path: string; body: unknown; key: string | null };
type Answer = { status?: number; body?: unknown } | "unreachable";

/** A socket whose acknowledgements and news a test decides. */
export class FakeSocket implements LiveSocket {
  connected = false;
  active = true;
  connects = 0;
  readonly told: { event: string; body: Record<string, unknown> }[] = [];
  /** Answers by event; an event without one is never acknowledged. */
  answers: Record<string, (body: Record<string, unknown>) => unknown> = {};
  #listeners = new Map<string, ((...args: never[]) => void)[]>();
  #any: ((event: string, ...args: unknown[]) => void)[] = [];

  connect(): void {
    this.connects++;
    this.connected = true;
    this.#fire("connect");
  }

  disconnect(): void {
    this.lose("io client disconnect");
  }

  /** The line breaks. */
  lose(reason: string): void {
    this.connected = false;
    this.#fire("disconnect", reason);
  }

  refuse(error: Error): void {
    this.active = false;
    this.#fire("connect_error", error);
  }

  /** The server tells something. */
  tell(type: string, data: Record<string, unknown>): void {
    for (const listener of this.#any) listener(type, data);
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  onAny(listener: (event: string, ...args: unknown[]) => void): void {
    this.#any.push(listener);
  }

  timeout(): { emitWithAck(event: string, body: object): Promise<unknown> } {
    return {
      emitWithAck: async (event, body) => {
        this.told.push({ event, body: body as Record<string, unknown> });
        const answer = this.answers[event];
        if (answer === undefined) throw new Error("operation has timed out");
        return answer(body as Record<string, unknown>);
      },
    };
  }

  count(event: string): number {
    return this.told.filter((one) => one.event === event).length;
  }

  #fire(event: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) (listener as (...given: unknown[]) => void)(...args);
  }
}

export type FakeServer = ReturnType<typeof createFakeServer>;

/** Routes answer by "METHOD /path"; what no route knows is 404. `now` moves by `advance` only. */
export function createFakeServer() {
  const asked: Asked[] = [];
  const routes: Record<string, (body: unknown, times: number) => Answer> = {};
  const socket = new FakeSocket();
  const peers: FakePeer[] = [];
  const devices = fakeDevices();
  const timers = new Set<{ at: number; run: () => void }>();
  const clock = { now: Date.parse("2026-03-01T12:00:00Z") };
  let keys = 0;

  const world: Partial<ClientWorld> = {
    fetch: async (input, init) => {
      const path = String(input);
      const method = init?.method ?? "GET";
      const body = init?.body === undefined || init.body === null ? null : JSON.parse(String(init.body));
      const headers = init?.headers as Record<string, string>;
      asked.push({ method, path, body, key: headers["idempotency-key"] ?? null });
      const name = `${method} ${path}`;
      const times = asked.filter((one) => `${one.method} ${one.path}` === name).length;
      const answer = routes[name]?.(body, times) ?? { status: 404, body: { code: "not_found", message: name } };
      if (answer === "unreachable") throw new TypeError("fetch failed");
      return new Response(JSON.stringify(answer.body ?? {}), { status: answer.status ?? 200 });
    },
    openSocket: () => socket,
    newKey: () => `key-${++keys}`,
    localNow: () => clock.now,
    after: (ms, run) => {
      // Pauses between retries are not waited for; everything else waits for `advance`.
      const timer = { at: clock.now + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    onNetworkChange: () => () => {},
    createPeer: () => {
      const peer = new FakePeer();
      peers.push(peer);
      return peer.asPeer();
    },
    openMedia: () => createLocalMedia(devices),
  };

  return {
    asked,
    routes,
    socket,
    peers,
    devices,
    clock,
    client: createFairminuteClient({ token: "token" }, world) as FairminuteClient,
    /** Lets time pass, timer by timer, and everything that waits for it. */
    async advance(ms: number): Promise<void> {
      const end = clock.now + ms;
      for (;;) {
        await settle();
        const next = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers.delete(next);
        clock.now = Math.max(clock.now, next.at);
        next.run();
      }
      clock.now = end;
      await settle();
    },
    /** The requests to a path. */
    to: (path: string) => asked.filter((one) => one.path === path),
  };
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((done) => setTimeout(done, 0));
}
