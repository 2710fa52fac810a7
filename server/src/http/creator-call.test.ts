// Source document 004 to the coin, told over HTTP: holds, settlement, and everything that is released.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { atSecond, openWorld, type Voice, type World } from "../../test/world.ts";

describe.each(databaseKinds)("source document 004 on $name", (kind) => {
  let world: World;
  let story = 0;
  let start = 0;
  let fan: Voice;
  let creator: Voice;
  let fanId: string;
  let creatorId: string;

  beforeAll(async () => {
    world = await openWorld(kind);
  });
  afterAll(() => world.close());

  /** Two new people for every story; the fan has 1000 coins. */
  async function begin(): Promise<void> {
    story += 1;
    start = (Date.parse((await world.anybody.get("/api/sandbox/clock")).body.now) - Date.parse(atSecond(0))) / 1000;
    fanId = `fan${story}`;
    creatorId = `creator${story}`;
    fan = await world.meet(fanId, { name: "Fan", coins: 1000 });
    creator = await world.meet(creatorId, { name: "Creator", role: "creator" });
  }

  async function initiate(estimatedMinutes: number): Promise<string> {
    const reply = await fan.post("/api/calls/initiate", { creatorId, estimatedMinutes });
    expect(reply.status, reply.text).toBe(201);
    return reply.body.call.id;
  }

  const both = (at: number) =>
    [fanId, creatorId].map((userId) => ({ type: "joined" as const, userId, at: start + at }));
  const wallet = async (voice: Voice) => {
    const { available, held, earnings } = (await voice.get("/api/wallet")).body;
    return { available, held, earnings };
  };
  const platform = async (): Promise<bigint> => {
    const [row] = await world.server.db.query<{ balance: bigint }>(
      "select balance from accounts where id = 'platform'",
    );
    return row!.balance;
  };

  it("30 estimated minutes hold 300; 18 minutes charge 180: 120 released, 144 to the creator, 36 to the platform", async () => {
    await begin();
    const platformBefore = await platform();
    const id = await initiate(30);
    expect(await wallet(fan)).toEqual({ available: 700, held: 300, earnings: 0 });
    const pending = (await creator.get("/api/calls/pending")).body.calls;
    expect(pending.map((call) => [call.id, call.status, call.estimatedCoins, call.heldCoins])).toEqual([
      [id, "pending", 300, 300],
    ]);

    expect((await fan.get(`/api/calls/${id}/token`)).body.code).toBe("call_not_joinable");
    expect((await creator.post(`/api/calls/${id}/accept`)).body.call.status).toBe("accepted");
    const join = await fan.get(`/api/calls/${id}/token`);
    expect(join.status).toBe(200);
    expect(join.body).toMatchObject({ provider: "webrtc", roomName: pending[0]!.roomName });

    await world.passTo(start + 10);
    expect((await world.tell(id, both(10))).status).toBe("active");
    expect((await fan.get("/api/calls/active")).body.call.id).toBe(id);
    await world.passTo(start + 10 + 18 * 60);
    const ended = (await fan.post(`/api/calls/${id}/end`)).body.call;
    expect(ended).toMatchObject({
      status: "completed",
      durationSeconds: 1080,
      billableSeconds: 1080,
      actualCoins: 180,
      heldCoins: 0,
      estimatedCoins: 300,
      endReason: "payer_hung_up",
      endedBy: fanId,
      startedAt: atSecond(start + 10),
      endedAt: atSecond(start + 1090),
    });
    expect(await wallet(fan)).toEqual({ available: 820, held: 0, earnings: 0 });
    expect(await wallet(creator)).toEqual({ available: 144, held: 0, earnings: 144 });
    expect((await platform()) - platformBefore).toBe(36n);
    const statement = (await fan.get("/api/wallet/transfers")).body.transfers;
    expect(statement.map(({ kind, amount, balanceAfter }) => [kind, amount, balanceAfter])).toEqual([
      ["release", 120, 820],
      ["place", -300, 700],
      ["top_up", 1000, 1000],
    ]);
    expect((await fan.get("/api/calls/history")).body.calls.map((call) => call.id)).toEqual([id]);
  });

  it("explains the charge: the receipt's lines sum to it, and each side sees its own", async () => {
    await begin();
    const id = await initiate(30);
    await creator.post(`/api/calls/${id}/accept`);
    await world.passTo(start + 5);
    await world.tell(id, both(5));
    await world.passTo(start + 5 + 18 * 60);
    await creator.post(`/api/calls/${id}/end`);

    const forFan = (await fan.get(`/api/calls/${id}/receipt`)).body as unknown as Record<string, unknown>;
    const forCreator = (await creator.get(`/api/calls/${id}/receipt`)).body as unknown as Record<string, unknown>;
    const forOperator = (await world.backend().get(`/api/calls/${id}/receipt`)).body as unknown as Record<
      string,
      unknown
    >;
    const [payer] = forFan.payers as { lines: { amount: number }[]; total: number; hold: object }[];
    expect(payer?.lines.reduce((sum, line) => sum + line.amount, 0)).toBe(180);
    expect([forFan.viewer, forFan.total, forFan.split, payer?.hold]).toEqual([
      "payer",
      180,
      null,
      { placed: 300, released: 120, refunded: 0 },
    ]);
    expect([forCreator.viewer, forCreator.split]).toEqual([
      "payee",
      { payer: 180, payee: 144, platform: 36, platformBasisPoints: 2000 },
    ]);
    expect((forCreator.payers as { hold: unknown }[])[0]?.hold).toBeNull();
    expect([forOperator.viewer, forOperator.endedBy]).toEqual(["operator", creatorId]);

    const timeline = (await fan.get(`/api/calls/${id}/timeline`)).body as unknown as { entries: { type: string }[] };
    const types = timeline.entries.map(({ type }) => type);
    for (const type of ["requested", "call.accepted", "participant.joined", "hangup", "place", "release", "settled"]) {
      expect(types).toContain(type);
    }
    // What the creator nets is not the payer's to see.
    expect(types).not.toContain("capture");
    const live = (await fan.get(`/api/calls/${id}/live`)).body as unknown as {
      events: unknown[];
      placed: Record<string, number>;
    };
    expect([live.events.length > 3, live.placed]).toEqual([true, { [fanId]: 300 }]);
  });

  it("a call of five minutes costs 50", async () => {
    await begin();
    const id = await initiate(30);
    await creator.post(`/api/calls/${id}/accept`);
    await world.tell(id, both(0));
    await world.passTo(start + 300);
    const { call } = (await fan.post(`/api/calls/${id}/end`)).body;
    expect([call.durationSeconds, call.actualCoins]).toEqual([300, 50]);
    expect(await wallet(creator)).toEqual({ available: 40, held: 0, earnings: 40 });
  });

  it("17:01 is charged as 18 minutes", async () => {
    await begin();
    const id = await initiate(30);
    await creator.post(`/api/calls/${id}/accept`);
    await world.tell(id, both(0));
    await world.passTo(start + 17 * 60 + 1);
    const { call } = (await fan.post(`/api/calls/${id}/end`)).body;
    expect([call.billableSeconds, call.billedSeconds, call.actualCoins]).toEqual([1021, 1080, 180]);
  });

  it("a rejected call costs nothing: the whole hold is released", async () => {
    await begin();
    const id = await initiate(30);
    const { call } = (await creator.post(`/api/calls/${id}/reject`, { reason: "In a meeting" })).body;
    expect([call.status, call.actualCoins, call.heldCoins]).toEqual(["rejected", 0, 0]);
    expect(await wallet(fan)).toEqual({ available: 1000, held: 0, earnings: 0 });
    expect((await creator.post(`/api/calls/${id}/accept`)).body.code).toBe("call_not_pending");
  });

  it("a cancelled call costs nothing, before and after the acceptance", async () => {
    await begin();
    const pending = await initiate(30);
    const first = (await fan.post(`/api/calls/${pending}/cancel`, { reason: "Wrong person" })).body.call;
    expect(first).toMatchObject({
      status: "cancelled",
      cancelledBy: fanId,
      cancellationReason: "Wrong person",
      actualCoins: 0,
    });
    const accepted = await initiate(30);
    await creator.post(`/api/calls/${accepted}/accept`);
    const second = (await creator.post(`/api/calls/${accepted}/cancel`)).body.call;
    expect(second).toMatchObject({
      status: "cancelled",
      cancelledBy: creatorId,
      cancellationReason: null,
      actualCoins: 0,
    });
    expect(await wallet(fan)).toEqual({ available: 1000, held: 0, earnings: 0 });
  });

  it("a call that nobody answers is missed, and so is one that nobody joins; both cost nothing", async () => {
    await begin();
    const unanswered = await initiate(10);
    const empty = await initiate(10);
    await creator.post(`/api/calls/${empty}/accept`);
    expect(await wallet(fan)).toEqual({ available: 800, held: 200, earnings: 0 });
    await world.passTo(start + 44);
    expect((await fan.get(`/api/calls/${unanswered}`)).body.call.status).toBe("pending");
    await world.passTo(start + 46);
    expect((await fan.get(`/api/calls/${unanswered}`)).body.call).toMatchObject({
      status: "missed",
      endedAt: atSecond(start + 45),
    });
    await world.passTo(start + 121);
    expect((await fan.get(`/api/calls/${empty}`)).body.call).toMatchObject({ status: "missed", actualCoins: 0 });
    expect(await wallet(fan)).toEqual({ available: 1000, held: 0, earnings: 0 });
  });

  it("auto-accept answers accepted at once", async () => {
    await begin();
    expect((await creator.put("/api/creator-settings", { autoAcceptCalls: true })).body).toMatchObject({
      autoAcceptCalls: true,
      callRatePerMinute: 10,
      minimumCallDuration: 5,
      isAvailableForCalls: true,
    });
    const reply = await fan.post("/api/calls/initiate", { creatorId, estimatedMinutes: 30 });
    expect([reply.status, reply.body.call.status, reply.body.call.acceptedAt]).toEqual([
      201,
      "accepted",
      atSecond(start),
    ]);
  });

  it("an unavailable creator is refused, and nothing is held", async () => {
    await begin();
    await creator.put("/api/creator-settings", { isAvailableForCalls: false });
    const reply = await fan.post("/api/calls/initiate", { creatorId, estimatedMinutes: 30 });
    expect([reply.status, reply.body.code, reply.body.param]).toEqual([409, "creator_unavailable", "creatorId"]);
    expect(await wallet(fan)).toEqual({ available: 1000, held: 0, earnings: 0 });
    expect((await fan.get("/api/calls/pending")).body.calls).toEqual([]);
  });

  it("a balance that is short is a 402 with both figures, and nothing is made", async () => {
    await begin();
    const reply = await fan.post("/api/calls/initiate", { creatorId, estimatedMinutes: 101 });
    expect([reply.status, reply.body.code, reply.body.required, reply.body.available]).toEqual([
      402,
      "insufficient_balance",
      1010,
      1000,
    ]);
    // The estimate could be paid; the creator's minimum of 120 minutes could not.
    await creator.put("/api/creator-settings", { minimumCallDuration: 120 });
    const minimum = await fan.post("/api/calls/initiate", { creatorId, estimatedMinutes: 10 });
    expect([minimum.status, minimum.body.required, minimum.body.available]).toEqual([402, 1200, 1000]);
    expect(await wallet(fan)).toEqual({ available: 1000, held: 0, earnings: 0 });
    expect((await fan.get("/api/calls/pending")).body.calls).toEqual([]);
    // What is held is for the estimate alone.
    await creator.put("/api/creator-settings", { minimumCallDuration: 100 });
    expect((await fan.post("/api/calls/initiate", { creatorId, estimatedMinutes: 10 })).body.call.heldCoins).toBe(100);
  });

  it("the price is frozen when the call opens", async () => {
    await begin();
    const id = await initiate(30);
    await creator.put("/api/creator-settings", { callRatePerMinute: 99 });
    await creator.post(`/api/calls/${id}/accept`);
    await world.tell(id, both(0));
    await world.passTo(start + 60);
    const { call } = (await fan.post(`/api/calls/${id}/end`)).body;
    expect([call.ratePerMinute, call.actualCoins]).toEqual([10, 10]);
  });

  it("ending before anybody talked is a cancellation; cancelling a talk is refused", async () => {
    await begin();
    const unstarted = await initiate(30);
    await creator.post(`/api/calls/${unstarted}/accept`);
    expect((await fan.post(`/api/calls/${unstarted}/end`)).body.call).toMatchObject({
      status: "cancelled",
      actualCoins: 0,
    });
    const talking = await initiate(30);
    await creator.post(`/api/calls/${talking}/accept`);
    await world.tell(talking, both(0));
    expect((await fan.post(`/api/calls/${talking}/cancel`)).body.code).toBe("call_already_started");
  });
});
