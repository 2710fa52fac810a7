// Webhooks that are lost for good: all of them, or those of a minute in which nobody took them. The looks at the room bound the error.
import { afterEach, describe, expect, it } from "vitest";
import type { CallJson } from "../../src/charging/charging.ts";
import { type DatabaseKind, databaseKinds } from "../databases.ts";
import { noon, onPostgres, operator, type Person, Stage, type StageOptions } from "./stage.ts";

/** What a bill may be off by. */
const INTERVAL = 10;
/** A call without a webhook is settled so soon after its end. */
const SETTLED_WITHIN = 60;

type ProviderName = "livekit" | "stream";

/** Every story runs a whole server, and the machine may be busy. */
const patience = { timeout: 240_000 };

let stage: Stage;
let leo: Person;
let callId: string;
let room: string;
let provider: ProviderName;

afterEach(async () => {
  expect(await stage.complaints()).toEqual([]);
  await stage.close();
});

/** A call at ten coins a minute that is accepted; at LiveKit it is opened here, at Stream the app registers its own. */
async function open(options: StageOptions, name: ProviderName, isDeaf = false): Promise<void> {
  stage = await Stage.open(options);
  provider = name;
  fake().troubles.webhooksDropped = isDeaf;
  leo = await stage.meet("leo", { coins: 200 });
  await stage.meet("mia", { role: "creator" });
  if (provider === "livekit") {
    room = "the-room";
    const body = { room_name: room, payee_id: "mia" };
    callId = (await stage.post<{ call_id: string }>("/api/livekit/token-secure", leo.token, body)).call_id;
    return;
  }
  room = stage.stream.createCall({ id: "the-room", createdBy: "leo", memberIds: ["leo", "mia"] });
  const body = { provider, providerCallId: room, payerId: "leo", payeeId: "mia", preset: "coin-minutes" };
  callId = (await stage.post<{ call: { id: string } }>("/api/calls", operator, body)).call.id;
}

const fake = () => stage[provider];
const bothCome = () => ["leo", "mia"].map((userId) => fake().join(room, userId));
const bothGo = () => ["leo", "mia"].map((userId) => fake().leave(room, userId));
const read = async () => (await stage.get<{ call: CallJson }>(`/api/calls/${callId}`, operator)).call;
const second = (instant: string | null) => (Date.parse(instant ?? "") - noon) / 1000;

/** Never more than the truth, and less by one interval at most; the coins are those of the seconds. */
async function expectBill(truth: number, least = truth - INTERVAL): Promise<CallJson> {
  const call = await read();
  expect(call).toMatchObject({ status: "completed", heldCoins: 0 });
  expect(call.billableSeconds).toBeLessThanOrEqual(truth);
  expect(call.billableSeconds).toBeGreaterThanOrEqual(Math.floor(least));
  expect(call.actualCoins).toBe(Math.floor(call.billableSeconds / 60) * 10);
  expect((await stage.coins(leo)).available).toBe(200 - (call.actualCoins ?? Number.NaN));
  return call;
}

const outcomes = () =>
  new Set(
    fake()
      .recorded()
      .map(({ outcome }) => outcome),
  );

const names = ["livekit", "stream"] as const;
const everywhere = databaseKinds.flatMap((kind) =>
  names.map((name): [string, string, DatabaseKind] => [name, kind.name, kind]),
);

describe("not one webhook", patience, () => {
  it.each(everywhere)("at %s, on %s: it starts, is metered and settles all the same", async (name, _, kind) => {
    await open({ kind }, name as ProviderName, true);
    await stage.passTo(3.4);
    bothCome();
    await stage.passTo(7);
    expect((await read()).status).toBe("active");
    await stage.passTo(133);
    bothGo();
    await stage.passTo(133 + SETTLED_WITHIN);
    const call = await expectBill(133 - 3.4);
    expect(second(call.endedAt)).toBeLessThanOrEqual(133);
    expect(outcomes()).toEqual(new Set(["dropped"]));
    // Stream keeps a record of every connection, and says it when asked: then nothing is off at all.
    if (name === "stream") expect(call).toMatchObject({ billableSeconds: 129, durationSource: "report" });
    else expect(call.durationSource).toBe("poll");
  });

  it.each(names)("at %s: somebody reconnects, which may cost one interval more", async (name) => {
    await open({ kind: onPostgres }, name, true);
    bothCome();
    await stage.passTo(61);
    fake().leave(room, "leo");
    await stage.passTo(66);
    fake().join(room, "leo");
    await stage.passTo(150);
    bothGo();
    await stage.passTo(150 + SETTLED_WITHIN);
    const call = await expectBill(145, 145 - 2 * INTERVAL);
    if (name === "stream") expect(call).toMatchObject({ billableSeconds: 145, durationSource: "report" });
  });
});

describe("LiveKit's people open their sockets 25 s before media flows", patience, () => {
  const people = { mediaAfterMs: 25_000, publishes: true };
  const lost: Record<string, string[]> = {
    none: [],
    joins: ["participant_joined"],
    "joins and tracks": ["participant_joined", "track_published"],
  };

  it.each(Object.entries(lost))("those are not billed, with the webhooks lost of %s", async (name, events) => {
    // The room's queue drops what is to be lost, and delivers the rest as ever.
    const deliver: StageOptions["livekit"] = {
      deliver: async ({ event, body, headers }) => {
        if (events.includes(event)) return { status: 200 };
        const url = `${stage.url(0)}/api/livekit/webhook`;
        const { status } = await fetch(url, { method: "POST", headers, body: new Uint8Array(body) });
        return { status };
      },
    };
    await open({ kind: onPostgres, livekit: { people, ...deliver } }, "livekit");
    await stage.passTo(3);
    bothCome();
    // 50 s of talk: without media's moment it would be 75, and a minute to pay.
    await stage.passTo(78);
    bothGo();
    await stage.passTo(78 + SETTLED_WITHIN);
    const call = await expectBill(50, name === "joins and tracks" ? 50 - INTERVAL : 50);
    expect(second(call.startedAt)).toBeGreaterThanOrEqual(28);
    expect(call.actualCoins).toBe(0);
  });
});

describe("nobody takes webhooks for a minute", patience, () => {
  // Hang-ups at any instant between two looks, by one or by both, in the outage or after it; the same instants in every run.
  const instants = [61.0, 64.3, 69.9, 73.75, 80.2, 88.6, 99.0, 103.5];
  it.each(names.flatMap((name) => instants.map((instant, turn): [string, number, number] => [name, instant, turn])))(
    "at %s: the address is dead from 40 s to 100 s, and at %s s they hang up",
    async (name, instant, turn) => {
      await open({ kind: onPostgres }, name as ProviderName);
      bothCome();
      await stage.hear();
      await stage.passTo(40);
      fake().sendWebhooksTo("http://127.0.0.1:9/nobody");
      const backAt = (second: number) => stage.passTo(second).then(() => stage.tellTo(0));
      if (instant > 100) await backAt(100);
      await stage.passTo(instant);
      const [first, second] = turn % 2 === 0 ? ["leo", "mia"] : ["mia", "leo"];
      fake().leave(room, first);
      if (turn % 3 > 0) await stage.passTo(instant + turn);
      fake().leave(room, second);
      if (instant > 100) await stage.hear();
      else await backAt(Math.max(100, instant + turn));
      await stage.passTo(instant + SETTLED_WITHIN);
      // Shortly before the receiver is back LiveKit's later tries still reach it.
      if (instant < 80) expect(outcomes()).toContain("gave_up");
      const isExact = name === "stream" || instant > 100;
      await expectBill(instant, isExact ? instant : instant - INTERVAL);
    },
  );

  it.each(names)(
    "at %s: the server that takes them is down from 40 s to 100 s, and the other one goes on; they hang up at 70 s",
    async (name) => {
      await open({ kind: onPostgres, servers: 2 }, name);
      stage.tellTo(1);
      bothCome();
      await stage.hear();
      await stage.passTo(40);
      await stage.stopServer(1);
      await stage.passTo(70);
      bothGo();
      await stage.passTo(100);
      await stage.startServer(1);
      stage.tellTo(1);
      await stage.passTo(70 + SETTLED_WITHIN);
      expect(outcomes()).toContain("gave_up");
      await expectBill(70);
    },
  );

  it.each(names)("at %s: no server at all from 40 s to 100 s; they talk on until 130 s", async (name) => {
    await open({ kind: onPostgres }, name);
    bothCome();
    await stage.hear();
    await stage.passTo(40);
    await stage.stopServer(0);
    await stage.passTo(100);
    await stage.startServer(0);
    stage.tellTo(0);
    await stage.passTo(130);
    bothGo();
    await stage.hear();
    await stage.passTo(130 + SETTLED_WITHIN);
    // Nobody saw them leave, and they are there: the minute in which nobody looked is theirs.
    await expectBill(130, 130);
  });

  it.each(names)(
    "at %s: no server at all from 40 s to 100 s, and they hang up at 70 s: nobody pays for what nobody saw",
    async (name) => {
      await open({ kind: onPostgres }, name);
      bothCome();
      await stage.hear();
      await stage.passTo(40);
      await stage.stopServer(0);
      await stage.passTo(70);
      bothGo();
      await stage.passTo(100);
      await stage.startServer(0);
      stage.tellTo(0);
      await stage.passTo(100 + SETTLED_WITHIN);
      // LiveKit knows only who is there now: the last look before the outage is the last proof. Stream's record knows it all.
      const call = await expectBill(70, name === "stream" ? 70 : 40 - INTERVAL);
      expect(second(call.endedAt)).toBeLessThanOrEqual(70);
    },
  );

  it.each(names)("at %s: neither webhooks nor its API from 40 s to 100 s; they talk on until 130 s", async (name) => {
    await open({ kind: onPostgres }, name);
    bothCome();
    await stage.hear();
    await stage.passTo(40);
    Object.assign(fake().troubles, { apiDown: true, webhooksDropped: true });
    await stage.passTo(100);
    expect((await read()).interruptedSince).toBeNull();
    Object.assign(fake().troubles, { apiDown: false, webhooksDropped: false });
    await stage.passTo(130);
    bothGo();
    await stage.hear();
    await stage.passTo(130 + SETTLED_WITHIN);
    await expectBill(130, 130);
  });

  it.each(names)(
    "at %s: no server at all from 40 s to 100 s, and Leo's browser reconnects at 70 s: only what is proven is billed",
    async (name) => {
      await open({ kind: onPostgres }, name);
      bothCome();
      await stage.hear();
      await stage.passTo(40);
      await stage.stopServer(0);
      await stage.passTo(70);
      fake().leave(room, "leo");
      await stage.passTo(75);
      fake().join(room, "leo");
      await stage.passTo(100);
      await stage.startServer(0);
      stage.tellTo(0);
      await stage.passTo(130);
      if (name === "stream") bothGo();
      await stage.hear();
      await stage.passTo(130 + SETTLED_WITHIN);
      // Stream's record knows the five seconds. LiveKit's rooms have no past: the call ended at the last look, and the room with it.
      if (name === "stream") await expectBill(125, 125);
      else await expectBill(40);
      expect(fake().leave.bind(fake(), room, "leo")).toThrow();
    },
  );
});
