// The sandbox: a whole call told over HTTP, events that are taken once, a clock that carries deadlines out. None of it in production.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { atSecond, openWorld, type Voice, type World } from "../../test/world.ts";
import { readConfig } from "../config.ts";
import { buildServer } from "../server.ts";

describe.each(databaseKinds)("the sandbox on $name", (kind) => {
  let world: World;
  let leo: Voice;
  let mia: Voice;

  beforeAll(async () => {
    world = await openWorld(kind);
    leo = await world.meet("leo", { coins: 100_000 });
    mia = await world.meet("mia", { role: "creator" });
  });
  afterAll(() => world.close());

  const nowSeconds = async () =>
    (Date.parse((await world.anybody.get("/api/sandbox/clock")).body.now) - Date.parse(atSecond(0))) / 1000;
  async function accepted(): Promise<string> {
    const { call } = (await leo.post("/api/calls/initiate", { creatorId: "mia", estimatedMinutes: 60 })).body;
    await mia.post(`/api/calls/${call.id}/accept`);
    return call.id;
  }

  it("tells an hour in a moment: a reconnect is not billed, the end is where it was told", async () => {
    const start = await nowSeconds();
    const id = await accepted();
    // Advancing first would let the join run out: the hour is told as it passes.
    await world.tell(id, [
      { type: "joined", userId: "leo", connectionId: "leo-1", at: start },
      { type: "joined", userId: "mia", connectionId: "mia-1", at: start },
    ]);
    await world.passTo(start + 600);
    await world.tell(id, [{ type: "left", userId: "leo", connectionId: "leo-1", at: start + 600 }]);
    await world.passTo(start + 620);
    expect((await leo.get(`/api/calls/${id}`)).body.call).toMatchObject({
      status: "active",
      interruptedSince: atSecond(start + 600),
      interruptedUserIds: ["leo"],
    });
    await world.tell(id, [{ type: "joined", userId: "leo", connectionId: "leo-2", at: start + 620 }]);
    await world.passTo(start + 3600);
    const call = await world.tell(id, [{ type: "hangup", userId: "mia" }]);
    expect(call).toMatchObject({
      status: "completed",
      endReason: "payee_hung_up",
      endedBy: "mia",
      durationSeconds: 3600,
      billableSeconds: 3580,
      actualCoins: 600,
    });
  });

  it("an event that is told twice, or in another order, changes nothing", async () => {
    const start = await nowSeconds();
    const id = await accepted();
    const joins = [
      { type: "joined" as const, userId: "leo", at: start },
      { type: "joined" as const, userId: "mia", at: start + 1 },
    ];
    await world.passTo(start + 10);
    const first = await world.tell(id, joins);
    const again = await world.tell(id, [...joins].reverse());
    expect(again).toEqual(first);
    const count = async () => {
      const { entries } = (await leo.get(`/api/calls/${id}/timeline`)).body as unknown as {
        entries: { type: string }[];
      };
      return entries.filter(({ type }) => type === "participant.joined").length;
    };
    expect([first.startedAt, await count()]).toEqual([atSecond(start + 1), 2]);
    await leo.post(`/api/calls/${id}/end`);
  });

  it("a hangup with its instant is evidence of that instant", async () => {
    const start = await nowSeconds();
    const id = await accepted();
    await world.tell(id, [
      { type: "joined", userId: "leo", at: start },
      { type: "joined", userId: "mia", at: start },
    ]);
    await world.passTo(start + 300);
    const call = await world.tell(id, [{ type: "hangup", userId: "leo", at: start + 125 }]);
    expect(call).toMatchObject({
      status: "completed",
      endedAt: atSecond(start + 125),
      actualCoins: 30,
      endedBy: "leo",
    });
  });

  it("a connection that was seen must be seen again", async () => {
    const start = await nowSeconds();
    const id = await accepted();
    await world.tell(id, [
      { type: "joined", userId: "mia", at: start },
      { type: "joined", userId: "leo", connectionId: "leo-web", at: start },
      { type: "seen", userId: "leo", connectionId: "leo-web", at: start },
    ]);
    await world.passTo(start + 20);
    await world.tell(id, [{ type: "seen", userId: "leo", connectionId: "leo-web", at: start + 20 }]);
    await world.passTo(start + 200);
    expect((await leo.get(`/api/calls/${id}`)).body.call).toMatchObject({
      status: "completed",
      endReason: "heartbeat_timeout",
      endedAt: atSecond(start + 20),
    });
  });

  it("refuses events of the future, of before the call, of others, and unknown ones, and then takes none of the batch", async () => {
    const start = await nowSeconds();
    await world.passTo(start + 10);
    const id = await accepted();
    const good = { type: "participant.joined", userId: "mia" };
    const rows: [event: object, param: string][] = [
      [{ type: "participant.joined", userId: "leo", occurredAt: atSecond(start + 12) }, "1.occurredAt"],
      [{ type: "participant.joined", userId: "leo", occurredAt: atSecond(start + 9) }, "1.occurredAt"],
      [{ type: "participant.joined", userId: "leo", occurredAt: "noon" }, "1.occurredAt"],
      [{ type: "participant.joined", userId: "eve" }, "1.userId"],
      [{ type: "participant.exploded", userId: "leo" }, "1.type"],
      [{ type: "call.accepted", userId: "mia" }, "1.type"],
      [{ type: "participant.joined", userId: "leo", source: "report" }, "1.source"],
      [{ type: "participant.joined" }, "1.userId"],
    ];
    for (const [event, param] of rows) {
      const reply = await world.anybody.post(`/api/sandbox/calls/${id}/events`, [good, event]);
      expect([reply.status, reply.body.param], reply.text).toEqual([400, param]);
    }
    for (const body of [[], {}, null, undefined, "x", Array.from({ length: 1001 }, () => good)]) {
      const reply = await world.anybody.post(`/api/sandbox/calls/${id}/events`, body);
      expect([400, 413]).toContain(reply.status);
    }
    expect((await world.anybody.post("/api/sandbox/calls/call_none/events", [good])).body.code).toBe("call_not_found");
    const { entries } = (await leo.get(`/api/calls/${id}/timeline`)).body as unknown as { entries: { type: string }[] };
    expect(entries.filter(({ type }) => type.startsWith("participant"))).toEqual([]);
    await leo.post(`/api/calls/${id}/end`);
  });

  it("the clock moves forward only, by whole seconds, and answers the new now", async () => {
    const before = await nowSeconds();
    const reply = await world.anybody.post("/api/sandbox/clock/advance", { seconds: 86_400 });
    expect([reply.status, Date.parse(reply.body.now)]).toEqual([200, Date.parse(atSecond(before + 86_400))]);
    for (const seconds of [0, -1, 1.5, 31_536_001, "60", null]) {
      expect((await world.anybody.post("/api/sandbox/clock/advance", { seconds })).body.param).toBe("seconds");
    }
    expect(await nowSeconds()).toBe(before + 86_400);
  });

  it("a token made here is one to come in with", async () => {
    const { token } = (
      await world.anybody.post("/api/sandbox/tokens", { userId: "new.user@example.com", name: "New", role: "fan" })
    ).body;
    const me = await world.anybody.get("/api/me", { headers: { authorization: `Bearer ${token}` } });
    expect(me.body).toMatchObject({ userId: "new.user@example.com", name: "New", role: "fan" });
    for (const body of [
      {},
      { userId: "" },
      { userId: "a/b" },
      { userId: "a", role: "Admin!" },
      { userId: "a", name: "" },
      { userId: "a", name: "x\u0000" },
    ]) {
      expect((await world.anybody.post("/api/sandbox/tokens", body)).status).toBe(400);
    }
  });

  it("coins are whole, positive and not beyond counting", async () => {
    await world.meet("ana");
    for (const amount of [0, -1, 1.5, 1_000_000_000_001, "7", null, true]) {
      expect((await world.anybody.post("/api/sandbox/wallets/ana/credit", { amount })).body.param).toBe("amount");
    }
    expect((await world.anybody.post("/api/sandbox/wallets/ana/credit", { amount: 7 })).body).toMatchObject({
      userId: "ana",
      available: 7,
      held: 0,
      total: 7,
    });
  });
});

describe.each(databaseKinds)("production on $name", (kind) => {
  it("has no route of the sandbox, and says so in its document", async () => {
    const database = await kind.open();
    const config = readConfig({
      FAIRMINUTE_MODE: "production",
      DATABASE_URL: "postgres://nowhere/fairminute",
      FAIRMINUTE_JWT_SECRET: "a secret of at least thirty-two characters",
      FAIRMINUTE_SECRET_KEY: `fm_live_sk_${"k".repeat(48)}`,
    });
    const onFault = (error: unknown) => {
      throw error;
    };
    const server = await buildServer(config, { db: database.db, clock: { now: () => Date.UTC(2026, 0, 1) }, onFault });
    const rows: [method: "GET" | "POST", url: string][] = [
      ["POST", "/api/sandbox/tokens"],
      ["POST", "/api/sandbox/wallets/leo/credit"],
      ["GET", "/api/sandbox/clock"],
      ["POST", "/api/sandbox/clock/advance"],
      ["POST", "/api/sandbox/calls/call_1/events"],
    ];
    for (const [method, url] of rows) {
      for (const authorization of ["", `Bearer ${config.secretKey}`]) {
        const reply = await server.app.inject({ method, url, headers: { authorization } });
        expect([url, reply.statusCode, reply.json().code]).toEqual([url, 404, "not_found"]);
      }
    }
    const document = (await server.app.inject({ method: "GET", url: "/openapi.json" })).json();
    expect(Object.keys(document.paths).filter((path) => path.includes("sandbox"))).toEqual([]);
    expect((await server.app.inject({ method: "GET", url: "/api/config" })).json().mode).toBe("production");
    // Coins come by the backend's word there.
    const reply = await server.app.inject({
      method: "POST",
      url: "/api/wallets/leo/top-ups",
      headers: { authorization: `Bearer ${config.secretKey}`, "idempotency-key": "pi_1" },
      payload: { amount: 500 },
    });
    expect([reply.statusCode, reply.json().wallet?.available]).toEqual([200, 500]);
    await server.close();
    await database.close();
  });
});
