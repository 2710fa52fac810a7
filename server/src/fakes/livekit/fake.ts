// A LiveKit server without media: its API, its rooms and its signed webhooks on the real wire, and every trouble it can make.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleepFor } from "node:timers/promises";
import { type Controls, createControls } from "./controls.ts";
import type { Deliver, Recorded } from "./courier.ts";
import type { Message } from "./messages.ts";
import { createRoomState, type JoinOptions } from "./state.ts";
import { createTeller, type WebhookTroubles } from "./teller.ts";
import { type ApiTroubles, type ApiWorld, answerRequest } from "./twirp.ts";

/** How a fake is started. */
export type LivekitFakeOptions = {
  apiKey: string;
  apiSecret: string;
  /** The clock of the calls (createdAt, joinedAt); it may be a story's. */
  now(): number;
  /** The clock by which tokens are signed and checked and queues grow old; `now` when absent. */
  trueNow?: () => number;
  /** 0 or absent: any port that is free. */
  port?: number;
  /** Where webhooks are posted; nowhere when null, until `sendWebhooksTo`. */
  webhookUrl?: string | null;
  /** Carries a webhook instead of the POST. */
  deliver?: Deliver;
  /** Waits between two attempts. */
  sleep?: (ms: number) => Promise<void>;
  /** How often empty rooms are looked for; 1,000 when absent. Null: only when somebody comes, asks or calls `sweep`. */
  sweepEveryMs?: number | null;
  /** Whether joining makes the room, as LiveKit does by default. */
  autoCreate?: boolean;
  /** How people come in where a story does not say. */
  people?: JoinOptions;
};

/** What can be wrong, to be set at any moment. */
export type LivekitTroubles = ApiTroubles & WebhookTroubles;

/** A running fake. What is done to it takes effect at once; `flush` waits until every webhook has its outcome. */
export type LivekitFake = Controls & {
  /** http://127.0.0.1:port: the LIVEKIT_URL of a provider that talks to it. */
  readonly url: string;
  readonly troubles: LivekitTroubles;
  sendWebhooksTo(url: string): void;
  /** The server is killed and comes back: its rooms are gone, and what it had not told yet is never told. */
  crash(): void;
  /** Tells an event of any kind, with these fields beside its name, id and instant. */
  tell(event: string, room: string, fields?: Message): void;
  /** Media begins where its time has come, and rooms close whose time without anybody is over. */
  sweep(): void;
  flush(): Promise<void>;
  /** Every webhook so far, with what was answered to it. */
  recorded(): readonly Recorded[];
  stop(): Promise<void>;
};

/** Starts a fake on 127.0.0.1. */
export async function startLivekitFake(options: LivekitFakeOptions): Promise<LivekitFake> {
  const stopping = new AbortController();
  const realSleep = (ms: number) => sleepFor(ms, undefined, { signal: stopping.signal }).catch(() => {});
  const trueNow = options.trueNow ?? options.now;
  const troubles = calm();
  let webhookUrl = options.webhookUrl ?? null;
  const deliver = options.deliver ?? postTo(() => webhookUrl, stopping.signal);
  const teller = createTeller(
    { keys: options, nextId, now: trueNow, sleep: options.sleep ?? realSleep, deliver },
    troubles,
  );
  const ghosts: ApiWorld["ghosts"] = [];
  const state = createRoomState({
    now: options.now,
    nextId,
    tell: teller.tell,
    noteLeft(room, participant) {
      if (troubles.apiLies === "ghosts") ghosts.push({ ...participant, room, state: "ACTIVE" });
    },
  });
  const api: ApiWorld = { keys: options, trueNow, state, troubles, ghosts, sleep: realSleep };
  const server = createServer((request, response) => {
    answerRequest(api, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { sweepEveryMs = 1_000, autoCreate = true, people = {} } = options;
  const timer = sweepEveryMs === null ? undefined : setInterval(() => state.sweep(), sweepEveryMs).unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    troubles,
    ...createControls({ keys: options, trueNow, autoCreate, people }, state),
    sendWebhooksTo(url) {
      webhookUrl = url;
    },
    crash() {
      state.rooms.clear();
      teller.forget();
    },
    tell: (event, room, fields = {}) => teller.tell({ event, room: { name: room }, ...fields, atMs: options.now() }),
    sweep: () => state.sweep(),
    flush: () => teller.flush(),
    recorded: () => teller.recorded,
    async stop() {
      clearInterval(timer);
      teller.forget();
      stopping.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function calm(): LivekitTroubles {
  return {
    apiDown: false,
    apiFails: false,
    apiNonsense: false,
    apiMissing: false,
    apiSlowMs: 0,
    apiLies: null,
    webhooksDropped: false,
    webhooksDoubled: false,
    webhooksReordered: false,
  };
}

function nextId(prefix: string): string {
  return prefix + randomUUID().replaceAll("-", "").slice(0, 12);
}

/** A POST as LiveKit makes it. Without an address the webhook goes nowhere, which nobody minds. */
function postTo(address: () => string | null, signal: AbortSignal): Deliver {
  return async ({ body, headers }) => {
    const url = address();
    if (url === null) return { status: 200 };
    const response = await fetch(url, { method: "POST", body: new Uint8Array(body), headers, signal });
    await response.arrayBuffer();
    return { status: response.status, retryAfter: response.headers.get("retry-after") };
  };
}
