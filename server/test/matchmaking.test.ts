// Two server processes on one PostgreSQL share one queue: a crowd at the same instant becomes pairs, and nobody is in two of them.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { audit } from "../src/charging/audit.ts";
import { readConfig } from "../src/config.ts";
import { signToken } from "../src/http/token.ts";
import { openFreshPostgres } from "./databases.ts";
import { ask, type ServerProcess, startProcess } from "./processes.ts";

describe("the matchmaking queue of two servers", () => {
  let test: Awaited<ReturnType<typeof openFreshPostgres>>;
  let servers: ServerProcess[];
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

  const url = (i: number): string => (servers[i % 2] as ServerProcess).url;
  const tokenOf = (userId: string) => signToken(readConfig({}), { userId, name: userId, role: null }, new Date(), 3600);
  const crowd = (name: string, size: number) =>
    Promise.all(
      Array.from({ length: size }, async (_, i) => {
        const userId = `${name}.${i}`;
        return { userId, token: await tokenOf(userId) };
      }),
    );

  it("1,000 people join at once: 500 matches, nobody twice, 500 calls, all linked", async () => {
    const people = await crowd("p", 1000);
    const joined = await Promise.all(
      people.map(({ token }, i) => ask(url(i), "POST", "/api/matchmaking/join", { token, body: {} })),
    );
    expect(new Set(joined.map(({ status }) => status))).toEqual(new Set([200]));
    const standings = await Promise.all(
      people.map(({ token }, i) => ask(url(i + 1), "GET", "/api/matchmaking/status", { token })),
    );
    const calls = new Map<string, string[]>();
    for (const [i, { body }] of standings.entries()) {
      expect(body.status).toBe("matched");
      calls.set(body.call.id, [...(calls.get(body.call.id) ?? []), people[i]?.userId as string]);
      expect([body.call.payerId, body.call.payeeId]).toContain(people[i]?.userId);
      expect(body.call.status).toBe("accepted");
    }
    expect(calls.size).toBe(500);
    expect([...calls.values()].filter((pair) => pair.length !== 2)).toEqual([]);
    const rows = await test.db.query<{ id: string; a: string; b: string; call_id: string }>(
      `select m.id, m.waiting_user_id as a, m.joining_user_id as b, c.id as call_id from matches m
         join calls c on c.id = m.call_id and c.payer_id = m.waiting_user_id and c.payee_id = m.joining_user_id`,
    );
    expect(rows.length).toBe(500);
    expect(new Set(rows.flatMap(({ a, b }) => [a, b])).size).toBe(1000);
    expect(new Set(rows.map(({ call_id }) => call_id))).toEqual(new Set(calls.keys()));
    for (const table of ["matches", "calls"]) {
      expect(await test.db.query(`select count(*)::int as n from ${table}`)).toEqual([{ n: 500 }]);
    }
    expect(await test.db.query("select * from match_places")).toEqual([]);
  });

  it("everybody joins five times at once on both servers: still one match each", async () => {
    const people = await crowd("q", 40);
    const joined = await Promise.all(
      people.flatMap(({ token }) =>
        Array.from({ length: 5 }, (_, i) => ask(url(i), "POST", "/api/matchmaking/join", { token, body: {} })),
      ),
    );
    // Whoever was matched by their first request is in a call when the last one arrives.
    for (const { status, body } of joined) expect([200, 409], JSON.stringify(body)).toContain(status);
    const rows = await test.db.query<{ a: string; b: string }>(
      "select waiting_user_id as a, joining_user_id as b from matches where waiting_user_id like 'q.%'",
    );
    expect(rows.length).toBe(20);
    expect(new Set(rows.flatMap(({ a, b }) => [a, b])).size).toBe(40);
  });

  it("one leaves as the other joins: both are told the same story", async () => {
    const people = await crowd("r", 120);
    const outcomes = { matched: 0, left: 0 };
    for (let i = 0; i < people.length; i += 2) {
      const [waiting, joining] = [people[i], people[i + 1]] as [{ token: string }, { token: string }];
      const body = { filters: { topic: `topic ${i}` } };
      await ask(url(0), "POST", "/api/matchmaking/join", { token: waiting.token, body });
      const join = () => ask(url(1), "POST", "/api/matchmaking/join", { token: joining.token, body });
      const leave = () => ask(url(0), "POST", "/api/matchmaking/leave", { token: waiting.token });
      // In either order, since whoever is sent first mostly wins.
      const both = i % 4 === 0 ? [join(), leave()] : [leave(), join()].reverse();
      const [joined, left] = await Promise.all(both);
      const told = [joined?.body.status, left?.body.status];
      if (told[1] === "matched") expect(joined?.body.call.id).toBe(left?.body.call.id);
      expect([
        ["matched", "matched"],
        ["waiting", "idle"],
      ]).toContainEqual(told);
      outcomes[told[1] === "matched" ? "matched" : "left"] += 1;
    }
    expect(outcomes.matched + outcomes.left).toBe(60);
    expect(await test.db.query("select count(*)::int as n from matches where waiting_user_id like 'r.%'")).toEqual([
      { n: outcomes.matched },
    ]);
  });
});
