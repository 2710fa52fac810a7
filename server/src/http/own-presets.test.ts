// Presets of the operator's own, over HTTP: what they charge to the coin, and above all what a changed file must not change.
import type { TermsJson } from "@fairminute/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { noon, openWorld, type RequestOptions, type World } from "../../test/world.ts";
import { audit } from "../charging/audit.ts";
import type { PresetJson } from "../charging/preset-json.ts";
import { streamKeys, streamWebhook } from "../webhooks/stage.case.ts";

const HOUR = 3600;
/** Noon of the stories is on a Saturday; from two o'clock on a minute costs twenty. */
const window = { weekdays: [6], fromMinute: 14 * 60, toMinute: 15 * 60, pricePerMinute: 20 };

const presets = {
  "evening-lesson": {
    from: "creator-call",
    tariff: { initialIncrementSeconds: 30, incrementSeconds: 6, connectFee: 5 },
    split: { platformBasisPoints: 1500 },
  },
  weekend: { from: "creator-call", tariff: { windows: [window] } },
  "long-talk": {
    from: "creator-call",
    policies: [{ kind: "long_call_bonus", overSeconds: 300, coins: 7, to: "payer" }],
  },
  "paid-match": {
    from: "match",
    tariff: { pricePerMinute: 5 },
    funding: { kind: "slices", sliceSeconds: 60, extendBeforeSeconds: 90 },
    billable: "together",
  },
  library: { from: "study-room", limits: { pollIntervalSeconds: 15 } },
  match: { from: "match", policies: [{ kind: "early_exit", firstFree: 1, growth: 1, periodSeconds: HOUR }] },
};

describe.each(databaseKinds)("presets of one's own on $name", (kind) => {
  let world: World;
  let stories = 0;
  beforeAll(async () => {
    world = await openWorld(kind, streamKeys, { presets });
    await world.meet("mia", { role: "creator" });
  });
  afterAll(async () => {
    const report = await audit(world.server.db, world.server.clock.now());
    await world.close();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  const second = (at: World = world): number => (at.server.clock.now() - noon) / 1000;
  const pass = (seconds: number) => world.passTo(second() + seconds);
  const somebody = async (coins: number): Promise<string> => {
    stories += 1;
    await world.meet(`leo.${stories}`, { coins });
    return `leo.${stories}`;
  };
  const initiate = (payer: string, preset: string, options?: RequestOptions, at = world) =>
    at.as(payer).post("/api/calls/initiate", { creatorId: "mia", preset, estimatedMinutes: 10 }, options);
  const coinsOf = async (userId: string): Promise<number> => (await world.as(userId).get("/api/wallet")).body.available;
  const earned = async (): Promise<number> => (await world.as("mia").get("/api/wallet")).body.earnings;

  /** The call is accepted, and both are there from now on. */
  async function meetIn(callId: string, payer: string, at = world): Promise<string> {
    await at.as("mia").post(`/api/calls/${callId}/accept`, {});
    await at.tell(callId, [
      { type: "joined", userId: payer, connectionId: `${callId}-l` },
      { type: "joined", userId: "mia", connectionId: `${callId}-m` },
    ]);
    return callId;
  }
  const talk = async (payer: string, preset: string, at = world): Promise<string> =>
    meetIn((await initiate(payer, preset, {}, at)).body.call.id, payer, at);
  const end = async (callId: string, userId: string, at = world) =>
    (await at.as(userId).post(`/api/calls/${callId}/end`, {})).body.call;

  it("30/6 with a connect fee, and the platform's fifteen in a hundred, to the coin", async () => {
    const leo = await somebody(500);
    const before = await earned();
    const call = (await initiate(leo, "evening-lesson")).body.call;
    // The fee is held with the estimate: ten minutes and five coins.
    expect([call.heldCoins, call.estimatedCoins, await coinsOf(leo)]).toEqual([105, 105, 395]);
    await meetIn(call.id, leo);
    await pass(47);
    // 30 s and three times 6 s at ten coins a minute are 8, and the fee 5; of 13 the platform gets 1.95, rounded down.
    expect(await end(call.id, leo)).toMatchObject({ status: "completed", actualCoins: 13, billedSeconds: 48 });
    expect([await coinsOf(leo), (await earned()) - before]).toEqual([487, 12]);
    const receipt = (await world.as(leo).get(`/api/calls/${call.id}/receipt`)).body as unknown as {
      preset: string;
      payers: { lines: { kind: string; amount: number }[] }[];
    };
    expect(receipt.preset).toBe("evening-lesson");
    expect(receipt.payers[0]?.lines.map(({ kind, amount }) => [kind, amount])).toEqual([
      ["connect_fee", 5],
      ["usage", 8],
    ]);
  });

  it("nobody is charged the fee for a call that never was", async () => {
    const leo = await somebody(500);
    const call = (await initiate(leo, "evening-lesson")).body.call;
    await world.as("mia").post(`/api/calls/${call.id}/reject`, {});
    expect(await coinsOf(leo)).toBe(500);
  });

  it("a window's price holds within it and not a second before, whatever the creator asks", async () => {
    await world.passTo(2 * HOUR - 5 * 60);
    const leo = await somebody(500);
    const callId = await talk(leo, "weekend");
    await pass(7 * 60);
    // Five minutes at ten, two at twenty.
    expect(await end(callId, leo)).toMatchObject({ actualCoins: 90 });
    await world.passTo(3 * HOUR);
    const after = await talk(leo, "weekend");
    await pass(60);
    expect(await end(after, leo)).toMatchObject({ actualCoins: 10 });
  });

  it("a bonus over five minutes is paid once, and not a second earlier", async () => {
    const leo = await somebody(500);
    const short = await talk(leo, "long-talk");
    await pass(299);
    await end(short, leo);
    expect(await coinsOf(leo)).toBe(450);
    const long = await talk(leo, "long-talk");
    await pass(300);
    for (const userId of [leo, "mia", leo]) await end(long, userId);
    await world.tell(long, [{ type: "left", userId: leo, connectionId: `${long}-l` }]);
    await pass(60);
    expect(await coinsOf(leo)).toBe(450 - 50 + 7);
    const { transfers } = (await world.as(leo).get("/api/wallet/transfers?limit=100")).body;
    expect(transfers.filter((one) => one.kind === "bonus").map(({ amount, callId }) => [amount, callId])).toEqual([
      [7, long],
    ]);
  });

  describe("early exits with the first one free, growing within an hour", () => {
    /** Two people are matched; the second ends it after twenty seconds. @returns what that cost them */
    async function leaveEarly(ana: string, bo: string): Promise<number> {
      const before = await coinsOf(bo);
      for (const userId of [ana, bo]) await world.as(userId).post("/api/matchmaking/join", {});
      const { call } = (await world.as(bo).get("/api/matchmaking/status")).body;
      await world.tell(call.id, [
        { type: "joined", userId: ana, connectionId: `${call.id}-a` },
        { type: "joined", userId: bo, connectionId: `${call.id}-b` },
      ]);
      await pass(20);
      await end(call.id, bo);
      return before - (await coinsOf(bo));
    }

    it("three cost 0, 1 and 2; after the hour one is free again, and nobody pays for somebody else's", async () => {
      const [ana, bo, cyd] = [await somebody(50), await somebody(50), await somebody(50)];
      const costs = [await leaveEarly(ana, bo), await leaveEarly(ana, bo), await leaveEarly(cyd, bo)];
      expect(costs).toEqual([0, 1, 2]);
      expect(await leaveEarly(bo, ana)).toBe(0);
      expect([await coinsOf(ana), await coinsOf(cyd)]).toEqual([50, 50]);
      await pass(HOUR);
      expect(await leaveEarly(ana, bo)).toBe(0);
    });
  });

  it("matchmaking takes no preset with a price, names those that it takes, and leaves nobody waiting", async () => {
    const ana = world.as(await somebody(100));
    const priced = await ana.post("/api/matchmaking/join", { preset: "paid-match" });
    expect([priced.status, priced.body.code, priced.body.param]).toEqual([400, "invalid_request", "preset"]);
    expect(priced.body.message).toMatch(/paid-match has a price; matchmaking expects a free one: match, study-room/);
    const unknown = await ana.post("/api/matchmaking/join", { preset: "evening" });
    expect([unknown.status, unknown.body.code]).toEqual([400, "unknown_preset"]);
    expect(unknown.body.message).toMatch(/there are creator-call, .*, evening-lesson, weekend, long-talk, paid-match/);
    expect((await ana.get("/api/matchmaking/status")).body).toMatchObject({ status: "idle" });
  });

  it("a match that nobody opened here is opened under the replaced terms", async () => {
    const cid = "default:replaced";
    const joined = (who: string) => streamWebhook({ type: "call.session_participant_joined", cid, at: second(), who });
    for (const who of ["ana", "bo"]) expect((await world.inject(joined(who))).status).toBe(200);
    const { call } = (await world.backend().get("/api/stream/session/replaced")).body;
    expect(call).toMatchObject({ preset: "match", status: "active" });
    expect(call.terms.policies).toEqual([
      { kind: "early_exit", underSeconds: 60, coins: 1, firstFree: 1, growth: 1, periodSeconds: HOUR },
    ]);
  });

  it("a room without sides stays one under its own name: registered with one person, refused with two", async () => {
    const room = { provider: "stream", providerCallId: "default:library", payerId: "leo", preset: "library" };
    const two = await world.backend().post("/api/calls", { ...room, payeeId: "mia" });
    expect([two.status, two.body.param]).toEqual([400, "payeeId"]);
    const { call } = (await world.backend().post("/api/calls", room)).body;
    expect(call).toMatchObject({ payeeId: null, ratePerMinute: 0, preset: "library" });
    expect(call.terms.limits.pollIntervalSeconds).toBe(15);
  });

  it("everybody who is signed in reads the terms, whole; nobody else does", async () => {
    expect((await world.anybody.get("/api/presets")).status).toBe(401);
    const body = (await world.as("mia").get("/api/presets")).body as unknown as { presets: PresetJson[] };
    const named = new Map(body.presets.map((preset) => [preset.name, preset]));
    expect([...named.keys()]).toEqual([
      ...["creator-call", "coin-minutes", "match", "study-room"],
      ...["evening-lesson", "weekend", "long-talk", "paid-match", "library"],
    ]);
    expect(named.get("evening-lesson")).toMatchObject({
      from: "creator-call",
      terms: { preset: "evening-lesson", tariff: { connectFee: 5, incrementSeconds: 6, pricePerMinute: 10 } },
    });
    const { presets: names } = (await world.anybody.get("/api/config")).body as unknown as { presets: string[] };
    expect(names).toEqual([...named.keys()]);
  });

  describe("two servers with two files", () => {
    let other: World;
    beforeAll(async () => {
      const changed = {
        weekend: { from: "creator-call", tariff: { connectFee: 40 } },
        match: { from: "match", policies: [{ kind: "early_exit", coins: 4 }] },
      };
      other = await openWorld(kind, streamKeys, { presets: changed, db: world.server.db });
    });
    afterAll(() => other.close());

    it("each is right for the calls that it opens, whoever ends them", async () => {
      const leo = await somebody(500);
      const [here, there] = [await talk(leo, "weekend"), await talk(leo, "weekend", other)];
      await pass(60);
      expect((await end(here, leo, other)).actualCoins).toBe(10);
      expect((await end(there, leo)).actualCoins).toBe(50);
    });

    it("a changed option of early exits changes no match that was made before", async () => {
      const [ana, bo] = [await somebody(50), await somebody(50)];
      const match = async (at: World) => {
        for (const userId of [ana, bo]) await at.as(userId).post("/api/matchmaking/join", {});
        const { call } = (await at.as(bo).get("/api/matchmaking/status")).body;
        await at.tell(call.id, [
          { type: "joined", userId: ana, connectionId: `${call.id}-a` },
          { type: "joined", userId: bo, connectionId: `${call.id}-b` },
        ]);
        return call;
      };
      const first = await match(world);
      await pass(20);
      // Ended at the server with the dearer file: free, as the first one is under the terms of the match.
      expect(await end(first.id, bo, other)).toMatchObject({ penalties: [] });
      const next = await match(other);
      await pass(20);
      expect(await end(next.id, bo)).toMatchObject({ penalties: [{ amount: 4 }] });
      expect(await coinsOf(bo)).toBe(46);
    });

    it("what one of them calls otherwise is read, ended and explained by it all the same; opened it is not", async () => {
      const leo = await somebody(500);
      const callId = await talk(leo, "evening-lesson");
      const refused = await initiate(leo, "evening-lesson", {}, other);
      expect([refused.status, refused.body.code]).toEqual([400, "unknown_preset"]);
      expect(refused.body.message).toMatch(/there are .*study-room, weekend$/);
      await pass(47);
      const terms = (await other.as(leo).get(`/api/calls/${callId}`)).body.call.terms as TermsJson;
      expect([terms.preset, terms.tariff.connectFee]).toEqual(["evening-lesson", 5]);
      expect((await end(callId, leo, other)).actualCoins).toBe(13);
      const [mine, theirs] = [world, other].map((at) => at.as(leo).get(`/api/calls/${callId}/receipt`));
      expect((await theirs!).body).toEqual((await mine!).body);
    });

    it("a repeated request gets its first answer, also where its preset is not known", async () => {
      const leo = await somebody(500);
      const options = { key: "key-of-one-lesson" };
      const first = await initiate(leo, "evening-lesson", options);
      const again = await initiate(leo, "evening-lesson", options, other);
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.body).toEqual(first.body);
      expect(await coinsOf(leo)).toBe(395);
      const room = { provider: "stream", providerCallId: "default:renamed", payerId: leo, payeeId: "mia" };
      const registered = { ...room, preset: "evening-lesson", estimatedMinutes: 1 };
      const one = (await world.backend().post("/api/calls", registered)).body.call;
      expect((await other.backend().post("/api/calls", registered)).body.call.id).toBe(one.id);
    });
  });
});
