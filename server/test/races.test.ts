// Two server processes on one PostgreSQL: what many people do at the same instant happens once.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { audit } from "../src/charging/audit.ts";
import { openFreshPostgres } from "./databases.ts";
import { ask, person, type ServerProcess, startProcess } from "./processes.ts";

describe("two servers on one PostgreSQL", () => {
  let test: Awaited<ReturnType<typeof openFreshPostgres>>;
  let servers: [ServerProcess, ServerProcess];
  const at = (i: number): string => (servers[i % 2] as ServerProcess).url;

  beforeAll(async () => {
    test = await openFreshPostgres();
    servers = await Promise.all([startProcess({ DATABASE_URL: test.url }), startProcess({ DATABASE_URL: test.url })]);
  });
  afterAll(async () => {
    const codes = await Promise.all(servers.map((server) => server.stop()));
    const report = await audit(test.db, Date.now());
    await test.close();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(codes).toEqual([0, 0]);
  });

  it("I2: 200 simultaneous initiates from a wallet that pays for 3: exactly 3 succeed, the rest get 402", async () => {
    const leo = await person(at(0), "leo-200", 150);
    await person(at(1), "mia-200", 0);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        ask(at(i), "POST", "/api/calls/initiate", {
          token: leo.token,
          body: { creatorId: "mia-200", estimatedMinutes: 5 },
        }),
      ),
    );
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect([count(201), count(402)]).toEqual([3, 197]);
    for (const { status, body } of answers)
      if (status === 402) expect(body).toMatchObject({ code: "insufficient_balance", required: 50 });
    const wallet = await ask(at(0), "GET", "/api/wallet", { token: leo.token });
    expect(wallet.body).toMatchObject({ available: 0, held: 150, total: 150 });
  });

  it("I7: the same initiate with one key, 40 times at once: one call, forty equal answers", async () => {
    const leo = await person(at(0), "leo-key", 1000);
    await person(at(1), "mia-key", 0);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        ask(at(i), "POST", "/api/calls/initiate", {
          token: leo.token,
          key: "one",
          body: { creatorId: "mia-key", estimatedMinutes: 5 },
        }),
      ),
    );
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    expect((await ask(at(0), "GET", "/api/wallet", { token: leo.token })).body).toMatchObject({
      available: 950,
      held: 50,
    });
    const other = await ask(at(1), "POST", "/api/calls/initiate", {
      token: leo.token,
      key: "one",
      body: { creatorId: "mia-key", estimatedMinutes: 6 },
    });
    expect([other.status, other.body.code]).toEqual([409, "idempotency_key_reused"]);
  });

  it("I7: /end sent 50 times at once by both: one settlement, fifty equal answers", async () => {
    const leo = await person(at(0), "leo-50", 500);
    const mia = await person(at(1), "mia-50", 0);
    const { body } = await ask(at(0), "POST", "/api/calls/initiate", {
      token: leo.token,
      body: { creatorId: "mia-50", estimatedMinutes: 30 },
    });
    const call = body.call.id as string;
    await ask(at(1), "POST", `/api/calls/${call}/accept`, { token: mia.token });
    await ask(at(0), "POST", `/api/sandbox/calls/${call}/events`, {
      token: leo.token,
      body: ["leo-50", "mia-50"].map((userId) => ({
        type: "participant.joined",
        userId,
        connectionId: `${userId}-c`,
      })),
    });
    await ask(at(1), "POST", "/api/sandbox/clock/advance", { token: leo.token, body: { seconds: 65 } });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        ask(at(i), "POST", `/api/calls/${call}/end`, { token: i % 3 === 0 ? mia.token : leo.token }),
      ),
    );
    expect(new Set(answers.map(({ status, body: answer }) => JSON.stringify([status, answer]))).size).toBe(1);
    expect(answers[0]).toMatchObject({
      status: 200,
      body: { call: { status: "completed", actualCoins: 20, heldCoins: 0 } },
    });
    const rows = await test.db.query("select name, amount from transfers where subject = $1 order by name", [call]);
    expect(rows.map(({ amount }) => Number(amount)).sort((a, b) => a - b)).toEqual([4, 16, 280, 300]);
  });

  it("I8: one deadline, two clocks: it is carried out once", async () => {
    const leo = await person(at(0), "leo-ring", 50);
    await person(at(1), "mia-ring", 0);
    const { body } = await ask(at(0), "POST", "/api/calls/initiate", {
      token: leo.token,
      body: { creatorId: "mia-ring", estimatedMinutes: 5 },
    });
    await Promise.all(
      [0, 1].map((i) => ask(at(i), "POST", "/api/sandbox/clock/advance", { token: leo.token, body: { seconds: 50 } })),
    );
    const call = await ask(at(1), "GET", `/api/calls/${body.call.id}`, { token: leo.token });
    expect(call.body.call).toMatchObject({ status: "missed", heldCoins: 0, actualCoins: 0 });
    const rows = await test.db.query("select kind from transfers where subject = $1 order by seq", [body.call.id]);
    expect(rows.map(({ kind }) => kind)).toEqual(["place", "release"]);
  });
});
