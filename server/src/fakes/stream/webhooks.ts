// Writes and signs the fake's webhooks, and sends them as Stream does: three attempts, fifteen seconds, no promise of order.
import { createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type Message, writeText } from "./messages.ts";
import type { Happening } from "./state.ts";

/** One webhook, signed and ready. `body` may be packed; the headers are those of its first attempt. */
export type SignedWebhook = { id: string; type: string; cid: string; body: Buffer; headers: Record<string, string> };

/** What the receiver said. A receiver that cannot be reached throws; one that is too slow throws a TimeoutError. */
export type Deliver = (webhook: SignedWebhook, timeoutMs: number) => Promise<{ status: number }>;

/** How it went in the end. `refused`: a 4xx, after which Stream does not try again. */
export type Outcome = "waiting" | "delivered" | "refused" | "gave_up" | "dropped";

/** A webhook with every answer it got; null stands for no answer. */
export type Recorded = { webhook: SignedWebhook; attempts: (number | null)[]; outcome: Outcome };

/** What is signed, and with what. */
export type WebhookKeys = { apiKey: string; secret: string };

/** Stream's own figures, as far as its documents tell them; the pauses between attempts they do not. */
const attemptsMax = 3;
const attemptsMaxUnreachable = 2;
const attemptMaxMs = 6_000;
const totalMaxMs = 15_000;
const pauseMs = 1_000;

/** A happening as a signed webhook. The signature is over the JSON before it is packed. */
export function signWebhook(keys: WebhookKeys, id: string, happening: Happening, isPacked: boolean): SignedWebhook {
  const { type, cid, atMs, fields } = happening;
  const message: Message = { type, created_at: writeText(atMs), call_cid: cid, ...fields };
  const json = Buffer.from(JSON.stringify(message), "utf8");
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "x-webhook-id": id,
    "x-webhook-attempt": "1",
    "x-api-key": keys.apiKey,
    "x-signature": createHmac("sha256", keys.secret).update(json).digest("hex"),
    ...(isPacked ? { "content-encoding": "gzip" } : {}),
  };
  return { id, type, cid, body: isPacked ? gzipSync(json) : json, headers };
}

function isRetried(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** One queue a call: what happens in it goes out in its order, as long as nothing has to be sent again. */
export type Courier = {
  send(webhooks: readonly SignedWebhook[]): void;
  /** Notes a webhook that is never sent. */
  drop(webhook: SignedWebhook): void;
  /** Resolves when nothing waits any more. */
  flush(): Promise<void>;
  stop(): void;
  recorded: Recorded[];
};

/** Makes a courier with empty queues. */
export function createCourier(world: { sleep(ms: number): Promise<void>; deliver: Deliver }): Courier {
  const recorded: Recorded[] = [];
  const queues = new Map<string, Promise<void>>();
  let isStopped = false;

  const attempt = async (record: Recorded): Promise<void> => {
    let leftMs = totalMaxMs;
    let most = attemptsMax;
    for (let n = 1; n <= most && leftMs > 0 && !isStopped; n++) {
      const headers = { ...record.webhook.headers, "x-webhook-attempt": String(n) };
      const timeoutMs = Math.min(attemptMaxMs, leftMs);
      try {
        const { status } = await world.deliver({ ...record.webhook, headers }, timeoutMs);
        record.attempts.push(status);
        if (!isRetried(status)) {
          record.outcome = status < 300 ? "delivered" : "refused";
          return;
        }
      } catch (error) {
        record.attempts.push(null);
        if ((error as Error).name === "TimeoutError") leftMs -= timeoutMs;
        else most = attemptsMaxUnreachable;
      }
      leftMs -= pauseMs;
      if (n < most && leftMs > 0) await world.sleep(pauseMs);
    }
    record.outcome = "gave_up";
  };

  return {
    recorded,
    send(webhooks) {
      for (const webhook of webhooks) {
        const record: Recorded = { webhook, attempts: [], outcome: "waiting" };
        recorded.push(record);
        const before = queues.get(webhook.cid) ?? Promise.resolve();
        const sent: Promise<void> = before.then(() => attempt(record));
        queues.set(webhook.cid, sent);
        void sent.then(() => queues.get(webhook.cid) === sent && queues.delete(webhook.cid));
      }
    },
    drop(webhook) {
      recorded.push({ webhook, attempts: [], outcome: "dropped" });
    },
    async flush() {
      while (queues.size > 0) await Promise.all(queues.values());
    },
    stop() {
      isStopped = true;
    },
  };
}
