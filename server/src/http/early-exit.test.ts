// Early exit over HTTP: who ends a match on purpose within the first minute pays one coin, and nobody else pays anything.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { noon, openWorld, type Told, type Voice, type World } from "../../test/world.ts";
import { audit } from "../charging/audit.ts";
import type { Evidence } from "../charging/charging.ts";

interface Pair {
  id: string;
  /** Ana waited, and is the payer; Bo came. Each has five coins. */
  ana: string;
  bo: string;
  voices: Record<string, Voice>;
}

describe.each(databaseKinds)("early exit on $name", (kind) => {
  let world: World;
  let stories = 0;
  beforeAll(async () => {
    world = await openWorld(kind);
    await world.listen();
  });
  afterAll(async () => {
    const report = await audit(world.server.db, world.server.clock.now());
    await world.close();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  const second = (): number => (world.server.clock.now() - noon) / 1000;
  const pass = (seconds: number) => world.passTo(second() + seconds);

  /** Two people are matched and talk from now on. */
  async function talk(coins = 5): Promise<Pair> {
    stories += 1;
    const [ana, bo] = [`ana.${stories}`, `bo.${stories}`];
    const voices: Record<string, Voice> = {};
    for (const userId of [ana, bo]) {
      voices[userId] = await world.meet(userId, { coins });
      await voices[userId].post("/api/matchmaking/join", {});
    }
    const { call } = (await voices[bo]!.get("/api/matchmaking/status")).body;
    await world.tell(call.id, [
      { type: "joined", userId: ana, connectionId: "a1" },
      { type: "joined", userId: bo, connectionId: "b1" },
    ]);
    return { id: call.id, ana, bo, voices };
  }

  const end = async ({ id, voices }: Pair, userId: string) =>
    (await voices[userId]!.post(`/api/calls/${id}/end`)).body.call;
  const seen = async ({ id, voices }: Pair, userId: string) =>
    (await voices[userId]!.get(`/api/calls/${id}`)).body.call;
  const coinsOf = async ({ voices }: Pair, userId: string) => (await voices[userId]!.get("/api/wallet")).body.available;
  /** What the operator sees: all of it. */
  const penaltiesOf = async ({ id }: Pair) =>
    (await world.backend().get(`/api/calls/${id}`)).body.call.penalties.map(({ userId, amount }) => [userId, amount]);

  async function expectNoPenalty(pair: Pair, endReason: string | null): Promise<void> {
    const { body } = await world.backend().get(`/api/calls/${pair.id}`);
    expect(body.call).toMatchObject({ status: "completed", endReason, penalties: [], actualCoins: 0 });
    expect([await coinsOf(pair, pair.ana), await coinsOf(pair, pair.bo)]).toEqual([5, 5]);
    const receipt = await world.backend().get(`/api/calls/${pair.id}/receipt`);
    expect(receipt.body).toMatchObject({ penalties: [], total: 0 });
  }

  it("ended on purpose at 20 s: one coin from the one who ended, on call, receipt, wallet and statement alike", async () => {
    const pair = await talk();
    const { id, ana, bo, voices } = pair;
    await pass(20);
    const call = await end(pair, bo);
    const penalty = {
      userId: bo,
      policy: "early_exit",
      amount: 1,
      reason: "ended on purpose after 20 s, before 60 s",
      evidenceId: `hangup:${bo}`,
      reversedAt: null,
      reversalReason: null,
    };
    expect(call).toMatchObject({ status: "completed", endedBy: bo, actualCoins: 0, penalties: [penalty] });
    expect(await seen(pair, bo)).toEqual(call);
    expect([await coinsOf(pair, ana), await coinsOf(pair, bo)]).toEqual([5, 4]);
    expect((await voices[bo]!.get(`/api/calls/${id}/receipt`)).body).toMatchObject({ penalties: [penalty], total: 0 });
    const [line] = (await voices[bo]!.get("/api/wallet/transfers")).body.transfers;
    expect(line).toMatchObject({ kind: "penalty", amount: -1, balanceAfter: 4, counterparty: "platform", callId: id });
    const told = () => world.news.filter((notice) => notice.callId === id && notice.type === "call:penalty");
    await expect.poll(() => told().length).toBe(1);
    expect(told()).toMatchObject([{ audience: [bo], data: { penalty } }]);
  });

  it("the other one learns nothing of it: neither from the call nor from receipt, timeline or history", async () => {
    const pair = await talk();
    await pass(20);
    await end(pair, pair.bo);
    const voice = pair.voices[pair.ana]!;
    expect((await seen(pair, pair.ana)).penalties).toEqual([]);
    for (const path of ["/receipt", "/timeline", "/live"]) {
      expect((await voice.get(`/api/calls/${pair.id}${path}`)).text).not.toMatch(/"penalty"|on purpose/);
    }
    expect((await voice.get("/api/calls/history")).body.calls[0]?.penalties).toEqual([]);
    expect(await penaltiesOf(pair)).toEqual([[pair.bo, 1]]);
  });

  it.each([
    [59, 1],
    [60, 0],
    [300, 0],
  ])("ended on purpose at %i s: %i", async (seconds, coins) => {
    const pair = await talk();
    await pass(seconds);
    await end(pair, pair.ana);
    expect(await penaltiesOf(pair)).toEqual(coins === 0 ? [] : [[pair.ana, coins]]);
    expect([await coinsOf(pair, pair.ana), await coinsOf(pair, pair.bo)]).toEqual([5 - coins, 5]);
  });

  it("no coins, no penalty: nothing is owed, and the receipt claims nothing", async () => {
    const pair = await talk(0);
    await pass(20);
    expect(await end(pair, pair.bo)).toMatchObject({ status: "completed", penalties: [] });
    expect(await penaltiesOf(pair)).toEqual([]);
    expect((await pair.voices[pair.bo]!.get(`/api/calls/${pair.id}/receipt`)).body).toMatchObject({ penalties: [] });
    await world.anybody.post(`/api/sandbox/wallets/${pair.bo}/credit`, { amount: 3 });
    await end(pair, pair.bo);
    expect(await coinsOf(pair, pair.bo)).toBe(3);
  });

  it("a lost connection is nobody's purpose", async () => {
    const pair = await talk();
    await pass(20);
    await world.tell(pair.id, [{ type: "left", userId: pair.bo, connectionId: "b1", reason: "connection_lost" }]);
    await pass(40);
    await expectNoPenalty(pair, "connection_lost");
  });

  /** Evidence that no route of the sandbox tells. */
  const tellRaw = (pair: Pair, event: Pick<Evidence, "type" | "source"> & Partial<Evidence>) => {
    const occurredAt = world.server.clock.now();
    const raw = { id: `${event.type}:${occurredAt}`, userId: pair.bo, connectionId: "b1", reason: null, untilAt: null };
    return world.server.charging.recordEvents(pair.id, [{ ...raw, occurredAt, ...event }]);
  };

  it("a timeout is nobody's purpose", async () => {
    const pair = await talk();
    const at = world.server.clock.now();
    await tellRaw(pair, { type: "participant.seen", source: "proof", occurredAt: at, untilAt: at });
    await pass(90);
    await expectNoPenalty(pair, "heartbeat_timeout");
  });

  it("whoever is removed did not leave", async () => {
    const pair = await talk();
    await pass(20);
    await tellRaw(pair, { type: "participant.kicked", source: "webhook" });
    await pass(60);
    await expectNoPenalty(pair, "kicked");
  });

  const left = (pair: Pair): Told => ({
    type: "left",
    userId: pair.bo,
    connectionId: "b1",
    reason: "client_initiated",
  });

  it("left and back within the grace: nobody ended anything", async () => {
    const pair = await talk();
    await pass(20);
    await world.tell(pair.id, [left(pair)]);
    await pass(15);
    await world.tell(pair.id, [{ type: "joined", userId: pair.bo, connectionId: "b2" }]);
    await pass(10);
    expect((await seen(pair, pair.bo)).status).toBe("active");
    await pass(60);
    await end(pair, pair.bo);
    await expectNoPenalty(pair, "payee_hung_up");
  });

  it("left by the client and not back within the grace is an end on purpose", async () => {
    const pair = await talk();
    await pass(20);
    await world.tell(pair.id, [left(pair)]);
    await pass(60);
    expect(await penaltiesOf(pair)).toEqual([[pair.bo, 1]]);
    expect(await coinsOf(pair, pair.bo)).toBe(4);
  });

  it("both press at once: one ended it, one coin", async () => {
    const pair = await talk();
    await pass(20);
    await Promise.all([end(pair, pair.ana), end(pair, pair.bo), end(pair, pair.ana), end(pair, pair.bo)]);
    expect(await penaltiesOf(pair)).toHaveLength(1);
    expect((await coinsOf(pair, pair.ana)) + (await coinsOf(pair, pair.bo))).toBe(9);
  });

  describe("given back", () => {
    const path = (pair: Pair) => `/api/calls/${pair.id}/penalties/${pair.bo}/reverse`;
    const reason = "The power had failed";

    it("by the operator, once, however often it is asked for", async () => {
      const pair = await talk();
      await pass(20);
      await end(pair, pair.bo);
      const replies = await Promise.all(Array.from({ length: 20 }, () => world.backend().post(path(pair), { reason })));
      expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      const [penalty] = replies[0]!.body.call.penalties;
      expect(penalty).toMatchObject({ userId: pair.bo, amount: 1, reversalReason: reason });
      expect(penalty?.reversedAt).toBe(new Date(world.server.clock.now()).toISOString());
      expect([await coinsOf(pair, pair.ana), await coinsOf(pair, pair.bo)]).toEqual([5, 5]);
      const receipt = await pair.voices[pair.bo]!.get(`/api/calls/${pair.id}/receipt`);
      expect(receipt.body).toMatchObject({ penalties: [penalty] });
      const [line] = (await pair.voices[pair.bo]!.get("/api/wallet/transfers")).body.transfers;
      expect(line).toMatchObject({ kind: "adjustment", amount: 1, balanceAfter: 5, memo: reason, callId: pair.id });
      const told = () =>
        world.news.filter(({ callId, type }) => callId === pair.id && type === "call:penalty-reversed");
      await expect.poll(() => told().map(({ audience }) => audience)).toEqual([[pair.bo]]);
    });

    it("and stays so when the call is looked at again", async () => {
      const pair = await talk();
      await pass(20);
      await end(pair, pair.bo);
      await world.backend().post(path(pair), { reason });
      await tellRaw(pair, { type: "participant.seen", source: "webhook" });
      await end(pair, pair.bo);
      expect([await coinsOf(pair, pair.ana), await coinsOf(pair, pair.bo)]).toEqual([5, 5]);
    });

    it("by nobody else, and only where there is one", async () => {
      const pair = await talk();
      await pass(20);
      await end(pair, pair.bo);
      for (const voice of [pair.voices[pair.bo]!, pair.voices[pair.ana]!, world.backend(pair.bo)]) {
        const reply = await voice.post(path(pair), { reason });
        expect([reply.status, reply.body.code]).toEqual([403, "forbidden"]);
      }
      expect((await world.anybody.post(path(pair), { reason })).status).toBe(401);
      const refusals: [string, object, number, string, string][] = [
        [`/api/calls/${pair.id}/penalties/${pair.ana}/reverse`, { reason }, 404, "not_found", "userId"],
        [`/api/calls/call_nothing/penalties/${pair.bo}/reverse`, { reason }, 404, "call_not_found", "id"],
        [path(pair), {}, 400, "invalid_request", "reason"],
        [path(pair), { reason: "" }, 400, "invalid_request", "reason"],
      ];
      for (const [url, body, status, code, param] of refusals) {
        const reply = await world.backend().post(url, body);
        expect([reply.status, reply.body.code, reply.body.param]).toEqual([status, code, param]);
      }
      expect(await coinsOf(pair, pair.bo)).toBe(4);
    });
  });
});
