// The provider's API is down, slow, wrong or lying: no money is lost, the call ends where its funds do, and its room is not forgotten.
import { afterEach, describe, expect, it } from "vitest";
import type { CallJson } from "../../src/charging/charging.ts";
import type { WatchedCallJson } from "../../src/reconciliation/reconciliation.ts";
import { atSecond, onPostgres, operator, type Person, Stage } from "./stage.ts";

type ProviderName = "livekit" | "stream";
const names = ["livekit", "stream"] as const;

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

/** Leo and Mia talk at ten coins a minute, and Leo has twenty: two minutes are funded. The room is ours at LiveKit, the app's at Stream. */
async function talk(
  name: ProviderName,
  { coins = 20, trouble = {}, isImpatient = false }: { coins?: number; trouble?: Trouble; isImpatient?: boolean } = {},
): Promise<void> {
  stage = await Stage.open({ kind: onPostgres, isImpatient });
  provider = name;
  set(trouble);
  leo = await stage.meet("leo", { coins });
  await stage.meet("mia", { role: "creator" });
  if (provider === "livekit") {
    room = "the-room";
    const body = { room_name: room, payee_id: "mia" };
    callId = (await stage.post<{ call_id: string }>("/api/livekit/token-secure", leo.token, body)).call_id;
  } else {
    room = stage.stream.createCall({ id: "the-room", createdBy: "leo", memberIds: ["leo", "mia"] });
    const body = { provider, providerCallId: room, payerId: "leo", payeeId: "mia", preset: "coin-minutes" };
    callId = (await stage.post<{ call: { id: string } }>("/api/calls", operator, body)).call.id;
  }
  for (const userId of ["leo", "mia"]) fake().join(room, userId);
  await stage.hear();
  await stage.passTo(20);
  expect(await read()).toMatchObject({ status: "active", startedAt: atSecond(0), fundedUntil: atSecond(120) });
  expect(await troubled()).toEqual([]);
}

const fake = () => stage[provider];
const bothGo = () => ["leo", "mia"].map((userId) => fake().leave(room, userId));
const read = async () => (await stage.get<{ call: CallJson }>(`/api/calls/${callId}`, operator)).call;
const watched = async (state: string) =>
  (await stage.get<{ providerCalls: WatchedCallJson[] }>(`/api/provider-calls?state=${state}`, operator)).providerCalls;
const troubled = () => watched("troubled");

/** Who is in the room, as the provider itself knows it: asked behind the back of its API. */
function insiders(): string[] {
  const there: string[] = [];
  for (const userId of ["leo", "mia"]) {
    try {
      fake().leave(room, userId);
      there.push(userId);
    } catch {
      // Not there, or the room is not.
    }
  }
  return there;
}

type Trouble = Partial<Stage["stream"]["troubles"]> & Partial<Omit<Stage["livekit"]["troubles"], "apiLies">>;
const calm: Trouble = {
  apiDown: false,
  apiFails: false,
  apiNonsense: false,
  apiMissing: false,
  apiLimited: false,
  apiSlowMs: 0,
  apiLies: null,
};
const set = (trouble: Trouble) => void Object.assign(fake().troubles, trouble);

const silences: [name: string, at: ProviderName, trouble: Trouble][] = names.flatMap(
  (name): [string, ProviderName, Trouble][] => [
    ["cuts every connection", name, { apiDown: true }],
    ["answers 500", name, { apiFails: true }],
    ["answers with a page that is no answer", name, { apiNonsense: true }],
    name === "livekit"
      ? ["answers 404 with a page", name, { apiMissing: true }]
      : ["answers 429", name, { apiLimited: true }],
  ],
);

describe("the provider's API says nothing that proves anything", patience, () => {
  it.each(silences)(
    "it %s (%s): webhooks alone bill the call exactly, and the operator knows",
    async (_, name, trouble) => {
      await talk(name, { coins: 100 });
      set(trouble);
      await stage.passTo(60);
      expect(await read()).toMatchObject({ status: "active", interruptedSince: null });
      expect(await troubled()).toMatchObject([{ callId, provider, roomName: room, state: "live", settledAt: null }]);
      expect((await troubled())[0]?.lastError).toMatch(/\w/);
      await stage.passTo(125);
      fake().leave(room, "leo");
      await stage.passTo(126);
      fake().leave(room, "mia");
      await stage.hear();
      await stage.passTo(200);
      expect(await read()).toMatchObject({
        status: "completed",
        billableSeconds: 125,
        actualCoins: 20,
      });
      // Its own limit at Stream could not be moved any more: Stream's word of the end may come before the grace is over.
      if (name === "livekit")
        expect(await read()).toMatchObject({ endedAt: atSecond(125), endReason: "payer_hung_up" });
      expect(await troubled()).toHaveLength(1);
      set(calm);
      await stage.passTo(300);
      expect([await troubled(), await read()]).toMatchObject([[], { actualCoins: 20 }]);
      expect((await watched("closed")).map((one) => one.callId)).toEqual([callId]);
    },
  );

  it.each(silences)(
    "it %s (%s), and not a webhook comes: the call ends where its funds do, and is cut off as soon as the API is back",
    async (_, name, trouble) => {
      await talk(name);
      set({ ...trouble, webhooksDropped: true });
      await stage.passTo(400);
      const call = await read();
      expect(call).toMatchObject({
        status: "completed",
        endReason: "out_of_funds",
        endedAt: atSecond(120),
        actualCoins: 20,
      });
      expect(await stage.coins(leo)).toEqual({ available: 0, held: 0, earnings: 0 });
      // They talk on: nobody could cut them off. It is tried again, and again, and somebody can see it.
      const [before] = await troubled();
      expect(before).toMatchObject({ callId, state: "closing", settledAt: call.settledAt });
      expect(before?.failures).toBeGreaterThan(3);
      await stage.passTo(520);
      expect((await troubled())[0]?.failures).toBeGreaterThan(before?.failures ?? 0);
      set(calm);
      // A minute at most between two tries.
      await stage.passTo(590);
      expect(insiders()).toEqual([]);
      expect([await troubled(), await read()]).toMatchObject([[], { actualCoins: 20, endedAt: atSecond(120) }]);
      expect((await watched("closed")).map((one) => one.callId)).toEqual([callId]);
    },
  );
});

describe("the provider's API is slow", patience, () => {
  it.each(names)("%s: a little, and nothing comes of it", async (name) => {
    await talk(name, { coins: 100 });
    set({ apiSlowMs: 150 });
    await stage.passTo(65);
    bothGo();
    await stage.hear();
    await stage.passTo(130);
    expect(await read()).toMatchObject({ status: "completed", billableSeconds: 65, actualCoins: 10 });
    expect(await troubled()).toEqual([]);
  });

  it("Stream: too slow to be an answer; the end does not wait for it, and the operator sees it until it is quick again", async () => {
    await talk("stream", { coins: 100, isImpatient: true });
    set({ apiSlowMs: 60_000 });
    const { call } = await stage.post<{ call: CallJson }>(`/api/calls/${callId}/end`, leo.token, {});
    expect(call).toMatchObject({ status: "completed", billableSeconds: 20, actualCoins: 0 });
    await stage.passTo(stage.second + 1);
    expect(await troubled()).toMatchObject([{ callId, state: "closing", failures: 1 }]);
    set(calm);
    await stage.passTo(60);
    expect(insiders()).toEqual([]);
    expect(await troubled()).toEqual([]);
  });

  it("LiveKit: too slow to be an answer; the end does not wait for it, and the room is closed when it is quick again", async () => {
    await talk("livekit", { isImpatient: true });
    set({ apiSlowMs: 60_000 });
    // The app ends the call: settled at once, whatever the provider does.
    const ended = await stage.post<{ coins_consumed: number; status: string }>(
      "/api/livekit/end-coin-session",
      leo.token,
      { room_name: room },
    );
    expect(ended).toMatchObject({ status: "completed", coins_consumed: 0 });
    await stage.passTo(stage.second + 1);
    expect(await troubled()).toMatchObject([{ callId, state: "closing", failures: 1 }]);
    set(calm);
    await stage.passTo(60);
    expect(insiders()).toEqual([]);
    expect(await troubled()).toEqual([]);
  });
});

describe("the provider's API lies", patience, () => {
  it.each(names)(
    "%s says once that nobody is there: the next answer refutes it, and no second is lost",
    async (name) => {
      await talk(name, { coins: 100 });
      set({ apiLies: "empty" });
      await stage.passTo(35);
      set(calm);
      await stage.passTo(125);
      bothGo();
      await stage.hear();
      await stage.passTo(200);
      expect(await read()).toMatchObject({ status: "completed", billableSeconds: 125, actualCoins: 20 });
    },
  );

  it.each(names)(
    "%s says for ever that nobody is there: the call ends, never dearer than the truth, and its room with it",
    async (name) => {
      await talk(name, { coins: 100 });
      set({ apiLies: "empty" });
      await stage.passTo(300);
      const call = await read();
      expect(call).toMatchObject({ status: "completed", endReason: "connection_lost", heldCoins: 0 });
      expect(call.billableSeconds).toBeLessThanOrEqual(30);
      // A room that was made here is closed all the same; an app's own is the app's.
      if (name === "livekit") expect(insiders()).toEqual([]);
    },
  );

  it.each(names)(
    "%s shows people who have left: their webhooks bill the call; the room is asked for until they are gone",
    async (name) => {
      await talk(name);
      set({ apiLies: "ghosts" });
      await stage.passTo(65);
      bothGo();
      await stage.hear();
      await stage.passTo(240);
      expect(await read()).toMatchObject({
        status: "completed",
        billableSeconds: 65,
        actualCoins: 10,
        endedAt: atSecond(65),
      });
      expect(await troubled()).toMatchObject([{ callId, state: "closing" }]);
      expect((await troubled())[0]?.lastError).toContain("leo, mia");
      set(calm);
      await stage.passTo(340);
      expect(await troubled()).toEqual([]);
    },
  );

  it.each(names)(
    "%s shows people who have left, and no webhook says better: never more than the funds",
    async (name) => {
      await talk(name);
      set({ apiLies: "ghosts", webhooksDropped: true });
      await stage.passTo(65);
      bothGo();
      await stage.passTo(240);
      expect(await read()).toMatchObject({
        status: "completed",
        actualCoins: 20,
        endReason: "out_of_funds",
        endedAt: atSecond(120),
      });
      expect(await troubled()).toMatchObject([{ callId, state: "closing" }]);
    },
  );

  it("Stream says yes to every command and obeys none: told again and again until it does, for the operator to see", async () => {
    // From the start, so that Stream has not taken our time limit either.
    await talk("stream", { trouble: { apiLies: "commands" } });
    await stage.passTo(200);
    expect(await read()).toMatchObject({ status: "completed", endReason: "out_of_funds", endedAt: atSecond(120) });
    const commands = () => stage.stream.requests().filter(({ path }) => /mark_ended|kick|block/.test(path)).length;
    const before = commands();
    expect(before).toBeGreaterThan(2);
    expect(await troubled()).toMatchObject([{ callId, state: "closing" }]);
    expect((await troubled())[0]?.lastError).toContain("leo, mia");
    await stage.passTo(330);
    expect(commands()).toBeGreaterThan(before);
    set(calm);
    await stage.passTo(400);
    expect(insiders()).toEqual([]);
    expect(await troubled()).toEqual([]);
    expect((await watched("closed")).map((one) => one.callId)).toEqual([callId]);
  });
});
