// Delivers webhooks as LiveKit does: one queue a room, in order, five attempts, and what waits too long is dropped.

/** One webhook, signed and ready. The same one is sent again, byte for byte, when an attempt fails. */
export type SignedWebhook = { id: string; event: string; room: string; body: Buffer; headers: Record<string, string> };

/** What the receiver said. A receiver that cannot be reached throws. */
export type DeliveryAnswer = { status: number; retryAfter?: string | null };

/** Sends one webhook once. */
export type Deliver = (webhook: SignedWebhook) => Promise<DeliveryAnswer>;

/** How it went in the end. `refused`: a 4xx, which LiveKit takes for an answer and never sends again. */
export type Outcome =
  | "waiting"
  | "delivered"
  | "refused"
  | "gave_up"
  | "dropped_for_age"
  | "dropped_for_depth"
  | "dropped";

/** A webhook with every answer it got; null stands for no answer. */
export type Recorded = { webhook: SignedWebhook; attempts: (number | null)[]; outcome: Outcome };

/** LiveKit's own figures. */
const attemptsMax = 5;
const firstWaitMs = 1_000;
const longestWaitMs = 30_000;
const ageMsMax = 30_000;
const depthMax = 200;

/** Around the courier: the clock of queues, waiting, and sending. */
export type CourierWorld = { now(): number; sleep(ms: number): Promise<void>; deliver: Deliver };

/** The courier. */
export type Courier = {
  /** Queues webhooks in the order given, each room's in its own queue. */
  send(webhooks: readonly SignedWebhook[]): void;
  /** Notes a webhook that is never sent. */
  drop(webhook: SignedWebhook): void;
  /** Forgets every queue, as a killed server does: what waits is lost, what is under way is not tried again. */
  forget(): void;
  /** Resolves when nothing waits any more. */
  flush(): Promise<void>;
  recorded: Recorded[];
};

type Item = { record: Recorded; queuedAt: number };

/** Whether the sender tries again: no answer, 429, or trouble of the receiver other than "not implemented". */
function isRetried(status: number | null): boolean {
  return status === null || status === 429 || status === 0 || (status >= 500 && status !== 501);
}

/** The wait after the attempt `n` (from 0): doubled each time, or what the receiver asks for. */
function waitMs(n: number, answer: DeliveryAnswer | null): number {
  const asked = answer?.status === 429 || answer?.status === 503 ? answer.retryAfter : null;
  if (asked && /^\d+$/.test(asked)) return Number(asked) * 1000;
  return Math.min(firstWaitMs * 2 ** n, longestWaitMs);
}

/** Makes a courier with empty queues. */
export function createCourier(world: CourierWorld): Courier {
  let queues = new Map<string, Item[]>();
  const working = new Set<Promise<void>>();
  const recorded: Recorded[] = [];

  const attempt = async (record: Recorded, isForgotten: () => boolean): Promise<void> => {
    for (let n = 0; n < attemptsMax; n++) {
      const answer = await world.deliver(record.webhook).catch(() => null);
      const status = answer?.status ?? null;
      record.attempts.push(status);
      if (!isRetried(status)) {
        record.outcome = status !== null && status < 300 ? "delivered" : "refused";
        return;
      }
      if (n === attemptsMax - 1 || isForgotten()) break;
      await world.sleep(waitMs(n, answer));
      if (isForgotten()) break;
    }
    record.outcome = "gave_up";
  };

  const work = async (room: string, queue: Item[]): Promise<void> => {
    for (let item = queue[0]; item !== undefined; item = queue[0]) {
      queue.shift();
      if (world.now() - item.queuedAt > ageMsMax) item.record.outcome = "dropped_for_age";
      else await attempt(item.record, () => queues.get(room) !== queue);
    }
    if (queues.get(room) === queue) queues.delete(room);
  };

  const queueOf = (room: string): Item[] => {
    const known = queues.get(room);
    if (known !== undefined) return known;
    const queue: Item[] = [];
    queues.set(room, queue);
    // The worker starts after this turn, so that everything sent together is queued before the first delivery.
    const worker: Promise<void> = Promise.resolve().then(() => work(room, queue));
    working.add(worker);
    void worker.finally(() => working.delete(worker));
    return queue;
  };

  return {
    recorded,
    send(webhooks) {
      for (const webhook of webhooks) {
        const record: Recorded = { webhook, attempts: [], outcome: "waiting" };
        recorded.push(record);
        const queue = queueOf(webhook.room);
        if (queue.length >= depthMax) record.outcome = "dropped_for_depth";
        else queue.push({ record, queuedAt: world.now() });
      }
    },
    drop(webhook) {
      recorded.push({ webhook, attempts: [], outcome: "dropped" });
    },
    forget() {
      for (const queue of queues.values()) {
        for (const { record } of queue.splice(0)) record.outcome = "dropped";
      }
      queues = new Map();
    },
    async flush() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}
