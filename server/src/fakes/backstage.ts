// A play with a real server: the fake carries the room, the server charges its call, and time passes for both at once.
import type { CallJson } from "../charging/charging.ts";
import type { Carrier } from "./carrier.ts";
import type { FakeName, Play } from "./scenario.ts";

/** The server beside the fake, as its app's backend reaches it. */
export interface Backstage {
  provider: FakeName;
  serverUrl: string;
  secretKey: string;
  fetch: typeof fetch;
  sleep(ms: number): Promise<void>;
  trueNow(): number;
}

/** A server that is not there, or does not do what a play needs. The message says what to do. */
export class PlayError extends Error {}

/** The clock of the play: the true time, and how far the sandbox was moved. */
export interface PlayClock {
  now(): number;
  moveBy(ms: number): void;
}

export function createPlayClock(trueNow: () => number): PlayClock {
  let aheadMs = 0;
  return {
    now: () => trueNow() + aheadMs,
    moveBy(ms) {
      aheadMs += ms;
    },
  };
}

/** Asks the server. @throws PlayError with what it answered, when it refuses */
export function createAsking({ serverUrl, secretKey, fetch: send }: Backstage) {
  return async <Answer>(method: "GET" | "POST", path: string, body?: object, userId?: string): Promise<Answer> => {
    const headers = {
      authorization: `Bearer ${secretKey}`,
      ...(userId === undefined ? {} : { "fairminute-user": userId }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const reply = await send(`${serverUrl}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new PlayError(`${method} ${path} was refused with ${reply.status}: ${text}`);
    return JSON.parse(text) as Answer;
  };
}

type Asking = ReturnType<typeof createAsking>;

const WAIT_MS = 500;

/** Waits until the server is ready, or until `sleep` rejects. */
export async function waitForServer({ serverUrl, fetch: send, sleep }: Backstage): Promise<void> {
  for (;;) {
    const isReady = await send(`${serverUrl}/readyz`).then(
      async (reply) => {
        await reply.arrayBuffer();
        return reply.ok;
      },
      () => false,
    );
    if (isReady) return;
    await sleep(WAIT_MS);
  }
}

/** Takes over how far the sandbox was moved before. @throws PlayError when the server is no sandbox */
async function joinClock(ask: Asking, clock: PlayClock): Promise<void> {
  const { now } = await ask<{ now: string }>("GET", "/api/sandbox/clock").catch(() => {
    throw new PlayError("A scenario needs a server in the sandbox: it makes two people and gives one of them coins.");
  });
  // Time between two machines' words is nothing to catch up with.
  const aheadMs = Date.parse(now) - clock.now();
  if (aheadMs > 2000) clock.moveBy(aheadMs);
}

export interface Staging {
  carrier: Carrier;
  clock: PlayClock;
  talkSeconds: number;
  /** Waits as long as it says; else the sandbox's clock is moved, and an hour is told in a moment. */
  isRealTime: boolean;
  say(text: string): void;
}

const COINS = 100;

/**
 * Two new people with coins, and the play's hands.
 * @returns the play, and a function that answers its call as the server has it
 * @throws PlayError
 */
export async function openPlay(
  backstage: Backstage,
  { carrier, clock, talkSeconds, isRealTime, say }: Staging,
): Promise<{ play: Play; readCall(): Promise<CallJson | null> }> {
  const ask = createAsking(backstage);
  await joinClock(ask, clock);
  const mark = Math.floor(backstage.trueNow()).toString(36);
  const [fan, creator] = [`leo-${mark}`, `mia-${mark}`];
  for (const userId of [fan, creator]) await ask("POST", "/api/sandbox/tokens", { userId, name: userId });
  await ask("POST", `/api/sandbox/wallets/${fan}/credit`, { amount: COINS });
  let room = "";
  const makeRoom = () => {
    room = carrier.makeRoom(`room-${mark}`, [fan, creator]);
  };
  const listCalls = () =>
    ask<{ calls: CallJson[] }>(
      "GET",
      "/api/calls/history?status=pending,accepted,active,completed,missed,cancelled",
      undefined,
      fan,
    );
  const readCall = async (): Promise<CallJson | null> => (await listCalls()).calls[0] ?? null;
  const play: Play = {
    fan,
    creator,
    talkSeconds,
    mediaAfterSeconds: carrier.mediaAfterSeconds,
    say,
    async register() {
      makeRoom();
      const parties = { payerId: fan, payeeId: creator, preset: "coin-minutes" };
      await ask("POST", "/api/calls", { provider: backstage.provider, providerCallId: room, ...parties });
      say(`The app registers ${room}: ${fan} pays ${creator} 10 coins a minute, and has ${COINS}.`);
    },
    async makeRoom() {
      makeRoom();
    },
    enter: (userId) => carrier.enter(room, userId),
    leave: (userId) => carrier.leave(room, userId, "button"),
    lose: (userId) => carrier.leave(room, userId, "network"),
    reconnect: (userId) => carrier.reconnect(room, userId),
    endForAll: (userId) => carrier.endForAll(room, userId),
    isInside: (userId) => carrier.isInside(room, userId),
    set: (what, isBroken) => carrier.set(what, isBroken),
    async wait(seconds) {
      await carrier.settle();
      say(`… ${seconds} s …`);
      if (isRealTime) {
        await backstage.sleep(seconds * 1000);
      } else {
        await ask("POST", "/api/sandbox/clock/advance", { seconds });
        clock.moveBy(seconds * 1000);
      }
      await carrier.settle();
    },
    async end(userId) {
      const call = await readCall();
      if (call !== null) await ask("POST", `/api/calls/${call.id}/end`, {}, userId);
    },
  };
  return { play, readCall };
}

function tellPenalty({ userId, policy, amount, reason, reversedAt }: CallJson["penalties"][number]): string {
  const coins = amount === 1 ? "1 coin" : `${amount} coins`;
  return `${userId} pays ${coins} under ${policy}${reversedAt === null ? "" : ", which went back"}: ${reason}.`;
}

/** A call in a sentence, and one more for each penalty that it cost, all of it as the server has it. */
export function tellCall(call: CallJson | null): string {
  if (call === null) return "The server knows no call of these people.";
  const { status, endReason, endedBy, durationSource, billableSeconds, actualCoins, heldCoins, penalties } = call;
  const end = endReason === null ? status : `${status}, ${endReason}${endedBy === null ? "" : ` by ${endedBy}`}`;
  const coins = actualCoins === null ? `${heldCoins} coins held` : `${actualCoins} coins`;
  const told = `The call is ${end}: ${billableSeconds} s together, ${coins}, on the word of ${durationSource ?? "nobody"}.`;
  return [told, ...penalties.map(tellPenalty)].join(" ");
}
