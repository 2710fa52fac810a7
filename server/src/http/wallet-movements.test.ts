// Coins that a backend puts into wallets and takes out of them. Most of it is about what must not happen.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { noon, openWorld, type Reply, type Voice, type World } from "../../test/world.ts";
import { audit } from "../charging/audit.ts";
import { creditWallet } from "../ledger/outside.ts";
import { identityOf } from "./idempotency.ts";

describe.each(databaseKinds)("top-ups and payouts on $name", (kind) => {
  let world: World;
  let operator: Voice;
  /** Every story has people of its own, and keys of its own. */
  let story = 0;
  let leoId: string;
  let miaId: string;
  let leo: Voice;

  beforeAll(async () => {
    world = await openWorld(kind);
    operator = world.backend();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    story += 1;
    leoId = `leo-${story}`;
    miaId = `mia-${story}`;
    leo = await world.meet(leoId);
  });
  afterEach(async () => {
    const { checks } = await audit(world.server.db, world.server.clock.now());
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  const keyOf = (name: string): string => `${name}-${story}`;
  const move = (what: "top-ups" | "payouts", amount: unknown, key?: string, userId = leoId): Promise<Reply> =>
    operator.post(
      `/api/wallets/${userId}/${what}`,
      { amount, memo: "Order 1042" },
      key === undefined ? {} : { key: keyOf(key) },
    );
  const available = async (voice = leo) => (await voice.get("/api/wallet")).body.available;

  it("what was paid for is there once, however often it is told, and stands in the statement", async () => {
    const replies = [await move("top-ups", 500, "pi_1"), await move("top-ups", 500, "pi_1")];
    replies.push(...(await Promise.all(Array.from({ length: 8 }, () => move("top-ups", 500, "pi_1")))));
    for (const reply of replies) expect([reply.status, reply.text]).toEqual([200, replies[0]!.text]);
    const answer = replies[0]!.body as unknown as { transferId: string; wallet: { available: number } };
    expect(answer.wallet.available).toBe(500);
    const { transfers } = (await leo.get("/api/wallet/transfers")).body;
    expect(transfers.map(({ id, kind: what, amount, memo }) => [id, what, amount, memo])).toEqual([
      [answer.transferId, "top_up", 500, "Order 1042"],
    ]);
  });

  it("one key is one movement: another amount, user or direction under it is refused, and moves nothing", async () => {
    await move("top-ups", 500, "pi_1");
    for (const other of [
      await move("top-ups", 501, "pi_1"),
      await move("top-ups", 500, "pi_1", miaId),
      await move("payouts", 500, "pi_1"),
    ])
      expect([other.status, other.body.code]).toEqual([409, "idempotency_key_reused"]);
    expect(await available()).toBe(500);
  });

  it("a key that is older than the kept answers still names its movement", async () => {
    await move("top-ups", 500, "pi_1");
    await move("payouts", 100, "po_1");
    await world.server.db.query("delete from idempotency_keys");
    expect((await move("top-ups", 500, "pi_1")).status).toBe(200);
    expect((await move("payouts", 100, "po_1")).status).toBe(200);
    expect((await move("top-ups", 600, "pi_1")).body.code).toBe("idempotency_key_reused");
    expect(await available()).toBe(400);
  });

  it("without a key nothing moves: nobody could tell a repetition from a second payment", async () => {
    for (const what of ["top-ups", "payouts"] as const) {
      const reply = await move(what, 500);
      expect([reply.status, reply.body.code, reply.body.param]).toEqual([400, "invalid_request", "Idempotency-Key"]);
    }
    expect((await leo.get("/api/wallet/transfers")).body.transfers).toEqual([]);
  });

  it.each(["top-ups", "payouts"] as const)("%s are the operator's alone", async (what) => {
    await move("top-ups", 500, "pi_1");
    const path = `/api/wallets/${leoId}/${what}`;
    const others: [who: Voice, status: number][] = [
      [world.anybody, 401],
      [leo, 403],
      [world.as("eve"), 403],
      [world.backend(leoId), 403],
    ];
    for (const [who, status] of others)
      expect((await who.post(path, { amount: 5 }, { key: keyOf(`k${status}`) })).status).toBe(status);
    expect(await available()).toBe(500);
  });

  it.each([0, -5, 1.5, "5", 1_000_000_000_001, null])("an amount of %j is refused by name", async (amount) => {
    const reply = await move("top-ups", amount, "pi_1");
    expect([reply.status, reply.body.code, reply.body.param]).toEqual([400, "invalid_request", "amount"]);
    expect(await available()).toBe(0);
  });

  it("what is held for a call is not paid out, and more than there is not either", async () => {
    await world.meet(miaId, { role: "creator" });
    await move("top-ups", 500, "pi_1");
    await leo.post("/api/calls/initiate", { creatorId: miaId, estimatedMinutes: 30 });
    const reply = await move("payouts", 201, "po_1");
    expect([reply.status, reply.body.code, reply.body.required, reply.body.available]).toEqual([
      402,
      "insufficient_balance",
      201,
      200,
    ]);
    expect((await move("payouts", 1, "po_2", "nobody-yet")).body.code).toBe("insufficient_balance");
    expect((await leo.get("/api/wallet")).body).toMatchObject({ available: 200, held: 300 });
    expect((await move("payouts", 200, "po_3")).status).toBe(200);
    expect((await leo.get("/api/wallet")).body).toMatchObject({ available: 0, held: 300 });
  });

  it("of payouts at the same time only what there is goes out", async () => {
    await move("top-ups", 500, "pi_1");
    const replies = await Promise.all(Array.from({ length: 8 }, (_, index) => move("payouts", 150, `po_${index}`)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 402, 402, 402, 402, 402]);
    expect(await available()).toBe(50);
  });

  it("a creator's earnings are paid out; the statement says so", async () => {
    const mia = await world.meet(miaId, { role: "creator" });
    await move("top-ups", 500, "pi_1");
    const { call } = (await leo.post("/api/calls/initiate", { creatorId: miaId, estimatedMinutes: 30 })).body;
    await mia.post(`/api/calls/${call.id}/accept`);
    await world.tell(call.id, [
      { type: "joined", userId: leoId },
      { type: "joined", userId: miaId },
    ]);
    await world.passTo((world.server.clock.now() - noon) / 1000 + 60);
    await leo.post(`/api/calls/${call.id}/end`);
    expect((await mia.get("/api/wallet")).body).toMatchObject({ available: 8, earnings: 8 });
    await move("payouts", 8, "po_1", miaId);
    expect((await mia.get("/api/wallet")).body).toMatchObject({ available: 0, earnings: 8 });
    const { transfers } = (await mia.get("/api/wallet/transfers")).body;
    expect(transfers.map(({ kind: what, amount, balanceAfter }) => [what, amount, balanceAfter])).toEqual([
      ["payout", -8, 0],
      ["capture", 8, 8],
    ]);
  });

  /** Leo and Mia talk on the money of five minutes, which is about to run out. */
  async function talk(): Promise<{ held: () => Promise<number> }> {
    const mia = await world.meet(miaId, { role: "creator" });
    await move("top-ups", 50, "pi_1");
    const { call } = (await leo.post("/api/calls/initiate", { creatorId: miaId, estimatedMinutes: 5 })).body;
    await mia.post(`/api/calls/${call.id}/accept`);
    await world.tell(call.id, [
      { type: "joined", userId: leoId },
      { type: "joined", userId: miaId },
    ]);
    await world.passTo((world.server.clock.now() - noon) / 1000 + 250);
    const held = async () => (await leo.get(`/api/calls/${call.id}`)).body.call.heldCoins;
    expect(await held()).toBe(50);
    return { held };
  }

  it("a top-up in mid-call extends it, and its owner hears of it", async () => {
    const { held } = await talk();
    await world.listen();
    await move("top-ups", 100, "pi_2");
    expect(await held()).toBeGreaterThan(50);
    expect(world.news.some(({ type, audience }) => type === "wallet:updated" && audience.includes(leoId))).toBe(true);
  });

  it("a server that died when the coins were there and the call not extended is made good by the repeated request", async () => {
    const { held } = await talk();
    const { db, clock } = world.server;
    await creditWallet(db, {
      userId: leoId,
      amount: 100n,
      key: identityOf("backend", keyOf("pi_2")),
      now: clock.now(),
    });
    expect(await held()).toBe(50);
    expect((await move("top-ups", 100, "pi_2")).status).toBe(200);
    expect(await held()).toBeGreaterThan(50);
    const wallet = (await leo.get("/api/wallet")).body;
    expect(wallet.total).toBe(150);
  });
});

it("the document says that they are only taken with a key", async () => {
  const world = await openWorld(databaseKinds[0]!);
  const { paths } = JSON.parse((await world.inject({ method: "GET", url: "/openapi.json" })).text) as {
    paths: Record<string, { post?: { parameters: { name: string; required: boolean }[] } }>;
  };
  await world.close();
  for (const what of ["top-ups", "payouts"]) {
    const key = paths[`/api/wallets/{userId}/${what}`]?.post?.parameters.find(({ name }) => name === "Idempotency-Key");
    expect(key?.required).toBe(true);
  }
});
