// A Stream app without media: its REST API, its calls and its signed webhooks on the real wire, and every trouble it can make.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleepFor } from "node:timers/promises";
import { FairminuteError } from "@fairminute/core";
import type { ApiTroubles, ApiWorld, RecordedRequest } from "./answers.ts";
import type { FakeCall, FakeConnection } from "./calls.ts";
import { readToken } from "./jwt.ts";
import type { Message } from "./messages.ts";
import { answerRequest } from "./rest.ts";
import { type CallInput, createStreamState, type Happening } from "./state.ts";
import {
  type Courier,
  createCourier,
  type Deliver,
  type Recorded,
  type SignedWebhook,
  signWebhook,
} from "./webhooks.ts";

/**
 * How a fake is started. `now` is the clock of the calls and may be a story's; `trueNow` the one by which tokens are checked, `now`
 * when absent. `webhookSecret` absent: the secret key signs webhooks, as at Stream. `deliver` carries a webhook instead of a
 * POST to `webhookUrl`. `sleep` waits between attempts; slow answers are slow in true time. `sweepEveryMs` null: limits and empty calls are
 * looked at only when something happens, or by `sweep`.
 */
export type StreamFakeOptions = {
  apiKey: string;
  secretKey: string;
  webhookSecret?: string | null;
  now(): number;
  trueNow?: () => number;
  port?: number;
  webhookUrl?: string | null;
  deliver?: Deliver;
  sleep?: (ms: number) => Promise<void>;
  sweepEveryMs?: number | null;
};

/** What can be wrong, to be set at any moment. `webhooksReordered`: they are kept back until `flush`, and the last comes first. */
export type StreamTroubles = ApiTroubles & {
  webhooksDropped: boolean;
  webhooksDoubled: boolean;
  webhooksReordered: boolean;
  /** Bodies are packed with gzip. No trouble, but a way in which they come. */
  webhooksPacked: boolean;
};

/** Who came in. */
export type Joined = { userId: string; connectionId: string };

/** A running fake. What is done to it takes effect at once; `flush` waits until every webhook has its outcome. */
export type StreamFake = {
  /** http://127.0.0.1:port: the API address of a provider that talks to it. */
  readonly url: string;
  readonly troubles: StreamTroubles;
  sendWebhooksTo(url: string): void;
  /** Makes a call as an app does; gives its cid. */
  createCall(input: CallInput): string;
  /** Somebody comes in. With a `token` it is checked, and who comes is who it says. */
  join(cid: string, userId: string, options?: { token?: string }): Joined;
  /** The user's oldest connection ends, with whatever text their client likes to send. */
  leave(cid: string, userId: string, reason?: string): void;
  /** The same person comes again with a new connection, and their client closes the old one. */
  reconnect(cid: string, userId: string): Joined;
  accept(cid: string, userId: string): void;
  reject(cid: string, userId: string, reason?: string): void;
  /** Somebody presses "end for all"; null: a server does. */
  endCall(cid: string, userId: string | null): void;
  kick(cid: string, userId: string, byUserId: string | null): void;
  /** Tells an event of any kind, with these fields beside its type, its instant and its call. */
  tell(type: string, cid: string, fields?: Message): void;
  /** Ends calls whose limit has passed, and runs that have been empty for long enough. */
  sweep(): void;
  flush(): Promise<void>;
  /** Every webhook so far, with what was answered to it. */
  recorded(): readonly Recorded[];
  /** Every request to the API so far. */
  requests(): readonly RecordedRequest[];
  stop(): Promise<void>;
};

/** Starts a fake on 127.0.0.1. */
export async function startStreamFake(options: StreamFakeOptions): Promise<StreamFake> {
  const stopping = new AbortController();
  const realSleep = (ms: number) => sleepFor(ms, undefined, { signal: stopping.signal }).catch(() => {});
  const sleep = options.sleep ?? realSleep;
  let webhookUrl = options.webhookUrl ?? null;
  const deliver = options.deliver ?? postTo(() => webhookUrl, stopping.signal);
  const troubles = calm();
  const teller = createTeller(options, troubles, createCourier({ sleep, deliver }));
  const state = createStreamState(options.now, nextId, teller.tell);
  const trueNow = options.trueNow ?? options.now;
  const api: ApiWorld = { keys: options, trueNow, state, troubles, ghosts: new Map(), sleep: realSleep, requests: [] };
  const server = createServer((request, response) => {
    answerRequest(api, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const sweepEveryMs = options.sweepEveryMs === undefined ? 1_000 : options.sweepEveryMs;
  const timer = sweepEveryMs === null ? undefined : setInterval(() => state.sweep(), sweepEveryMs).unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    troubles,
    sendWebhooksTo: (url) => {
      webhookUrl = url;
    },
    ...createControls(api),
    tell: (type, cid, fields = {}) => teller.tell({ type, cid, atMs: options.now(), fields }),
    sweep: () => state.sweep(),
    flush: () => teller.flush(),
    recorded: () => teller.recorded,
    requests: () => api.requests,
    async stop() {
      clearInterval(timer);
      teller.stop();
      stopping.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function calm(): StreamTroubles {
  return {
    apiDown: false,
    apiFails: false,
    apiLimited: false,
    apiNonsense: false,
    apiSlowMs: 0,
    apiLies: null,
    webhooksDropped: false,
    webhooksDoubled: false,
    webhooksReordered: false,
    webhooksPacked: false,
  };
}

function nextId(prefix: string): string {
  return prefix + randomUUID();
}

/** A POST as Stream makes it. Without an address the webhook goes nowhere, which is an answer. */
function postTo(address: () => string | null, stopping: AbortSignal): Deliver {
  return async ({ body, headers }, timeoutMs) => {
    const url = address();
    if (url === null) return { status: 200 };
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]);
    const response = await fetch(url, { method: "POST", body: new Uint8Array(body), headers, signal });
    await response.arrayBuffer();
    return { status: response.status };
  };
}

/** Signs what happens and gives it to the courier, with the troubles of the moment. */
function createTeller(options: StreamFakeOptions, troubles: StreamTroubles, courier: Courier) {
  const keys = { apiKey: options.apiKey, secret: options.webhookSecret ?? options.secretKey };
  const kept: SignedWebhook[] = [];
  return {
    recorded: courier.recorded,
    tell(happening: Happening): void {
      const webhook = signWebhook(keys, nextId(""), happening, troubles.webhooksPacked);
      const copies = troubles.webhooksDoubled ? [webhook, webhook] : [webhook];
      if (troubles.webhooksDropped) courier.drop(webhook);
      else if (troubles.webhooksReordered) kept.push(...copies);
      else courier.send(copies);
    },
    async flush(): Promise<void> {
      courier.send(kept.splice(0).reverse());
      await courier.flush();
    },
    stop: () => courier.stop(),
  };
}

type Controls = Pick<
  StreamFake,
  "createCall" | "join" | "leave" | "reconnect" | "accept" | "reject" | "endCall" | "kick"
>;

function createControls({ state, keys, ghosts, troubles, trueNow }: ApiWorld): Controls {
  const callOf = (cid: string): FakeCall => {
    const call = state.calls.get(cid);
    if (call === undefined) throw new FairminuteError("not_found", `The fake has no call "${cid}".`);
    return call;
  };
  const nameOf = ({ userId, connectionId }: FakeConnection): Joined => ({ userId, connectionId });
  return {
    createCall: (input) => state.create(input).cid,
    join(cid, userId, { token } = {}) {
      if (token === undefined) return nameOf(state.join(callOf(cid), userId));
      const claims = readToken(keys.secretKey, token, trueNow());
      const opens = claims?.call_cids === undefined || claims.call_cids.includes(cid);
      if (typeof claims?.user_id !== "string" || !opens) {
        throw new FairminuteError("unauthenticated", "The fake refuses this token.");
      }
      return nameOf(state.join(callOf(cid), claims.user_id));
    },
    leave(cid, userId, reason = "user is leaving the call") {
      const left = state.leave(callOf(cid), userId, reason);
      if (left === null) throw new FairminuteError("not_found", `The fake's "${cid}" has no "${userId}".`);
      if (troubles.apiLies === "ghosts") ghosts.set(cid, [...(ghosts.get(cid) ?? []), left]);
    },
    reconnect: (cid, userId) => nameOf(state.reconnect(callOf(cid), userId)),
    accept: (cid, userId) => state.answer(callOf(cid), userId, "call.accepted", null),
    reject: (cid, userId, reason) => state.answer(callOf(cid), userId, "call.rejected", reason ?? null),
    endCall: (cid, userId) => state.end(callOf(cid), userId),
    kick: (cid, userId, byUserId) => state.remove(callOf(cid), userId, { byUserId, isBlocked: false }),
  };
}

export type { Recorded, SignedWebhook };
