// Repeated requests: one key, one effect, one answer; also at once, from two servers, and after a crash in between.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { openWorld, type Voice, type World } from "../../test/world.ts";
import type { Database } from "../db/database.ts";
import { createIdempotency, fingerprintOf, identityOf, isKept } from "./idempotency.ts";

const wish = { creatorId: "mia", estimatedMinutes: 10 };

describe.each(databaseKinds)("Idempotency-Key over HTTP on $name", (kind) => {
  let world: World;
  let leo: Voice;

  beforeAll(async () => {
    world = await openWorld(kind);
    await world.meet("mia", { role: "creator" });
    leo = await world.meet("leo", { coins: 1000 });
  });
  afterAll(() => world.close());

  const calls = async (): Promise<number> => (await leo.get("/api/calls/pending?limit=100")).body.calls.length;

  it("answers a repeated request with the first answer, and makes one call", async () => {
    const before = await calls();
    const first = await leo.post("/api/calls/initiate", wish, { key: "a" });
    const second = await leo.post("/api/calls/initiate", { estimatedMinutes: 10, creatorId: "mia" }, { key: "a" });
    expect([first.status, first.headers["idempotency-replayed"]]).toEqual([201, undefined]);
    expect([second.status, second.headers["idempotency-replayed"]]).toEqual([201, "true"]);
    expect(second.text).toBe(first.text);
    expect((await calls()) - before).toBe(1);
  });

  it("refuses the same key with another body, another address, and keeps keys of different people apart", async () => {
    const { call } = (await leo.post("/api/calls/initiate", wish, { key: "b" })).body;
    const other = await leo.post("/api/calls/initiate", { ...wish, estimatedMinutes: 11 }, { key: "b" });
    expect([other.status, other.body.code, other.body.param]).toEqual([
      409,
      "idempotency_key_reused",
      "Idempotency-Key",
    ]);
    expect((await leo.post(`/api/calls/${call.id}/cancel`, {}, { key: "b" })).status).toBe(409);
    const ana = await world.meet("ana", { coins: 1000 });
    const hers = await ana.post("/api/calls/initiate", wish, { key: "b" });
    expect([hers.status, hers.body.call.payerId]).toEqual([201, "ana"]);
  });

  it("two people who chose the same key for the same wish: each is given their own first answer again", async () => {
    const people = [leo, await world.meet("eva", { coins: 1000 }), await world.meet("uma", { coins: 1000 })];
    const ask = (who: Voice) => who.post("/api/calls/initiate", wish, { key: "everybody's" });
    const first = [];
    for (const who of people) first.push((await ask(who)).text);
    expect(new Set(first).size).toBe(people.length);
    const again = [];
    for (const who of people) again.push((await ask(who)).text);
    expect(again).toEqual(first);
  });

  it("fifty at once with one key make one call and give fifty equal answers", async () => {
    const before = await calls();
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => leo.post("/api/calls/initiate", wish, { key: "at-once" })),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(replies.filter(({ headers }) => headers["idempotency-replayed"] === undefined)).toHaveLength(1);
    expect((await calls()) - before).toBe(1);
  });

  it("two bodies at once under one key: one is carried out, the other refused", async () => {
    const before = await calls();
    const replies = await Promise.all(
      [5, 6].map((estimatedMinutes) => leo.post("/api/calls/initiate", { ...wish, estimatedMinutes }, { key: "two" })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect((await calls()) - before).toBe(1);
  });

  it("keeps a 402, and does not keep a refusal of the request's form", async () => {
    const poor = await world.meet("poor");
    const short = await poor.post("/api/calls/initiate", wish, { key: "short" });
    await world.meet("poor", { coins: 500 });
    const again = await poor.post("/api/calls/initiate", wish, { key: "short" });
    expect([short.status, again.status, again.headers["idempotency-replayed"]]).toEqual([402, 402, "true"]);
    expect(again.text).toBe(short.text);
    expect((await poor.post("/api/calls/initiate", wish, { key: "new" })).status).toBe(201);
    expect((await poor.post("/api/calls/initiate", { creatorId: "mia" }, { key: "form" })).status).toBe(400);
    expect((await poor.post("/api/calls/initiate", wish, { key: "form" })).status).toBe(201);
  });

  it("works on every POST: a credit counts once, an end answers the same", async () => {
    const rich = await world.meet("rich", { coins: 100 });
    for (const _ of [1, 2, 3])
      await world.anybody.post("/api/sandbox/wallets/rich/credit", { amount: 7 }, { key: "gift" });
    expect((await rich.get("/api/wallet")).body.available).toBe(107);
    const { call } = (await rich.post("/api/calls/initiate", wish)).body;
    const ends = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        rich.post(`/api/calls/${call.id}/end`, {}, i % 2 ? { key: `end-${i}` } : {}),
      ),
    );
    expect(new Set(ends.map(({ text }) => text)).size).toBe(1);
  });

  it("refuses a key that is too long or not ASCII", async () => {
    for (const key of ["x".repeat(256), "k\u00e9y", "two words"]) {
      const reply = await leo.post("/api/calls/initiate", wish, { key });
      expect([reply.status, reply.body.code, reply.body.param]).toEqual([400, "invalid_request", "Idempotency-Key"]);
    }
  });

  it("a crash after the effect and before its answer was kept does not double the effect", async () => {
    const before = await calls();
    const first = await leo.post("/api/calls/initiate", wish, { key: "crash" });
    // As a server leaves it that dies there, long enough ago to be taken for dead.
    await world.server.db.query(
      "update idempotency_keys set status = null, answer = null, created_at = now() - interval '1 minute' where key = 'crash'",
    );
    const second = await leo.post("/api/calls/initiate", wish, { key: "crash" });
    expect([second.status, second.body.call.id]).toEqual([201, first.body.call.id]);
    expect((await calls()) - before).toBe(1);
    expect((await leo.post("/api/calls/initiate", wish, { key: "crash" })).headers["idempotency-replayed"]).toBe(
      "true",
    );
  });
});

describe.each(databaseKinds)("once() with two servers on one $name", (kind) => {
  const request = { scope: "user:leo", key: "k", fingerprint: "f" };
  let close: () => Promise<void>;
  let db: Database;

  beforeAll(async () => {
    const database = await kind.open();
    ({ close, db } = database);
  });
  afterAll(() => close());

  it("the second server waits for the first and gives its answer", async () => {
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let polls = 0;
    const one = createIdempotency(db, async () => {});
    // The other server's patience: after its third look the first one finishes.
    const two = createIdempotency(db, async () => {
      polls += 1;
      if (polls === 3) {
        finish();
        await first;
      }
    });
    let effects = 0;
    let entered = (): void => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const effect = async () => {
      effects += 1;
      entered();
      await held;
      return { status: 201, body: { n: effects } };
    };
    const first = one.once(request, effect);
    await inside;
    const second = await two.once(request, effect);
    expect(await first).toEqual({ answer: { status: 201, body: { n: 1 } }, replayed: false });
    expect(second).toEqual({ answer: { status: 201, body: { n: 1 } }, replayed: true });
    expect([effects, polls]).toEqual([1, 3]);
  });

  it("an effect that fails gives its key free", async () => {
    const server = createIdempotency(db, async () => {});
    const failing = server.once({ ...request, key: "fails" }, async () => Promise.reject(new Error("away")));
    await expect(failing).rejects.toThrow("away");
    const again = await server.once({ ...request, key: "fails" }, async () => ({ status: 200, body: {} }));
    expect(again.replayed).toBe(false);
  });

  it("forgets answers after three days, and none before", async () => {
    const server = createIdempotency(db, async () => {});
    const ask = async (key: string) =>
      (await server.once({ ...request, key }, async () => ({ status: 200, body: {} }))).replayed;
    await ask("old");
    await ask("young");
    const age = "update idempotency_keys set created_at = clock_timestamp() - $2::text::interval where key = $1";
    await db.query(age, ["old", "73 hours"]);
    await db.query(age, ["young", "71 hours"]);
    expect(await server.forget()).toBe(1);
    expect(await server.forget()).toBe(0);
    expect([await ask("young"), await ask("old")]).toEqual([true, false]);
  });

  it("a server that lost the race to keep its answer gives the one that was kept", async () => {
    const server = createIdempotency(db, async () => {});
    const racing = await server.once({ ...request, key: "race" }, async () => {
      await db.query("update idempotency_keys set status = 200, answer = '{\"winner\":true}' where key = 'race'");
      return { status: 200, body: { winner: false } };
    });
    expect(racing.answer.body).toEqual({ winner: true });
  });
});

describe("names of a request", () => {
  it("the identity depends on scope and key and nothing runs together", () => {
    expect(identityOf("user:a", "b")).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
    expect(identityOf("user:a", "b")).toBe(identityOf("user:a", "b"));
    expect(identityOf("user:a", "b")).not.toBe(identityOf("user:", "ab"));
  });

  it("an answer is kept, and so is a refusal that the same request would meet again; not one that says not now, or not you", () => {
    const statuses = [200, 201, 400, 402, 404, 409, 410, 422, 401, 403, 429, 500, 502, 503, 504];
    expect(statuses.filter(isKept)).toEqual([200, 201, 400, 402, 404, 409, 410, 422]);
  });

  it("the fingerprint sees method, address and every value, not the order of fields", () => {
    const base = { method: "POST", path: "/a", body: { x: 1, y: { p: [1, 2], q: null } } };
    expect(fingerprintOf({ ...base, body: { y: { q: null, p: [1, 2] }, x: 1 } })).toBe(fingerprintOf(base));
    const others = [
      { ...base, method: "PUT" },
      { ...base, path: "/b" },
      { ...base, body: { x: 1, y: { p: [2, 1], q: null } } },
      { ...base, body: {} },
    ];
    expect(new Set([base, ...others].map(fingerprintOf)).size).toBe(5);
  });
});
