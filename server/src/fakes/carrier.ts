// Either fake in the same words: what a play does to its room, its people and its troubles.
import { startLivekitFake } from "./livekit/fake.ts";
import type { Break, FakeName } from "./scenario.ts";
import { startStreamFake } from "./stream/fake.ts";

/** Keys and addresses, from the settings that the server reads as well. */
export interface FakeSettings {
  provider: FakeName;
  apiKey: string;
  apiSecret: string;
  port: number;
  webhookUrl: string;
}

export interface Carrier {
  readonly url: string;
  /** How long people are in a room before media flows. */
  readonly mediaAfterSeconds: number;
  /** Makes a room there. @returns its name */
  makeRoom(id: string, people: readonly string[]): string;
  enter(room: string, userId: string): void;
  /** They press the button, or their network goes. */
  leave(room: string, userId: string, how: "button" | "network"): void;
  reconnect(room: string, userId: string): void;
  /** Whoever is in it ends it for all, where there is such a button. */
  endForAll(room: string, userId: string): void;
  isInside(room: string, userId: string): boolean;
  set(what: Break, isBroken: boolean): void;
  /** Rooms whose time is over are closed, and every webhook has its outcome. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

interface Told {
  room: string;
  kind: string;
  body: Buffer;
}

/** By the last that was to be told of them, whether or not it arrived. */
function isInside(told: readonly Told[], room: string, userId: string): boolean {
  const moves = told.filter(
    (one) =>
      one.room === room && /participant_(joined|left)$/.test(one.kind) && one.body.includes(JSON.stringify(userId)),
  );
  return moves.at(-1)?.kind.endsWith("joined") ?? false;
}

/** People open their socket, and so much later they are heard and seen: as at a real LiveKit. */
const LIVEKIT_MEDIA_AFTER_SECONDS = 1;

async function openLivekit(settings: FakeSettings, now: () => number, trueNow: () => number): Promise<Carrier> {
  const people = { mediaAfterMs: LIVEKIT_MEDIA_AFTER_SECONDS * 1000, publishes: true };
  const fake = await startLivekitFake({ ...settings, now, trueNow, people });
  const { troubles } = fake;
  return {
    url: fake.url,
    mediaAfterSeconds: LIVEKIT_MEDIA_AFTER_SECONDS,
    // A room is made by the first who comes in.
    makeRoom: (id) => id,
    enter: (room, userId) => void fake.join(room, userId),
    leave: (room, userId, how) =>
      fake.leave(room, userId, how === "button" ? "CLIENT_INITIATED" : "CONNECTION_TIMEOUT"),
    reconnect: (room, userId) => void fake.reconnectFull(room, userId),
    endForAll: (room) => fake.finishRoom(room),
    isInside: (room, userId) =>
      isInside(
        fake.recorded().map(({ webhook }) => ({ room: webhook.room, kind: webhook.event, body: webhook.body })),
        room,
        userId,
      ),
    set(what, isBroken) {
      if (what === "webhooks lost") troubles.webhooksDropped = isBroken;
      else if (what === "webhooks doubled") troubles.webhooksDoubled = troubles.webhooksReordered = isBroken;
      else if (what === "api down") troubles.apiDown = isBroken;
      else troubles.apiLies = isBroken ? "empty" : null;
    },
    async settle() {
      fake.sweep();
      await fake.flush();
    },
    stop: () => fake.stop(),
  };
}

async function openStream(settings: FakeSettings, now: () => number, trueNow: () => number): Promise<Carrier> {
  const fake = await startStreamFake({ ...settings, secretKey: settings.apiSecret, now, trueNow });
  const { troubles } = fake;
  return {
    url: fake.url,
    mediaAfterSeconds: 0,
    makeRoom: (id, people) => fake.createCall({ id, createdBy: people[0] ?? "", memberIds: people }),
    enter: (room, userId) => void fake.join(room, userId),
    leave: (room, userId) => fake.leave(room, userId),
    reconnect: (room, userId) => void fake.reconnect(room, userId),
    endForAll: (room, userId) => fake.endCall(room, userId),
    isInside: (room, userId) =>
      isInside(
        fake.recorded().map(({ webhook }) => ({ room: webhook.cid, kind: webhook.type, body: webhook.body })),
        room,
        userId,
      ),
    set(what, isBroken) {
      if (what === "webhooks lost") troubles.webhooksDropped = isBroken;
      else if (what === "webhooks doubled") troubles.webhooksDoubled = troubles.webhooksReordered = isBroken;
      else if (what === "api down") troubles.apiDown = isBroken;
      else troubles.apiLies = isBroken ? "empty" : null;
    },
    async settle() {
      fake.sweep();
      await fake.flush();
    },
    stop: () => fake.stop(),
  };
}

/**
 * Starts the fake.
 * @param now the clock of its calls; `trueNow` the one by which tokens live
 */
export function openCarrier(settings: FakeSettings, now: () => number, trueNow: () => number): Promise<Carrier> {
  return settings.provider === "livekit" ? openLivekit(settings, now, trueNow) : openStream(settings, now, trueNow);
}
