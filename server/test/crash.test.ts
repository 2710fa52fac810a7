// Servers and databases killed in mid-call and under load: what was acknowledged stands, everything ends, nothing is charged twice.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { startPostgres } from "../../scripts/postgres.mjs";
import { audit } from "../src/charging/audit.ts";
import type { CallJson } from "../src/charging/charging.ts";
import { openPostgres } from "../src/db/postgres.ts";
import { type Answer, ask, person, type ServerProcess, startProcess } from "./processes.ts";

type Person = { userId: string; token: string };

/** Asks until somebody answers: whoever calls such an API repeats a request whose answer got lost, with the same key. */
async function insist(
  servers: () => ServerProcess[],
  method: string,
  path: string,
  options: Parameters<typeof ask>[3],
): Promise<Answer> {
  const until = Date.now() + 60_000;
  for (let i = Math.floor(Math.random() * 2); ; i += 1) {
    const all = servers();
    try {
      const answer = await ask((all[i % all.length] as ServerProcess).url, method, path, options);
      if (answer.status < 500) return answer;
      if (Date.now() > until)
        throw new Error(`${method} ${path} still answers ${answer.status} ${JSON.stringify(answer.body)}`);
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    await sleep(50);
  }
}

/** One call from initiate to end, repeating whatever is not answered. @returns the settled call as it was acknowledged */
async function wholeCall(servers: () => ServerProcess[], leo: Person, mia: Person): Promise<CallJson> {
  const key = randomUUID();
  const initiated = await insist(servers, "POST", "/api/calls/initiate", {
    token: leo.token,
    key,
    body: { creatorId: mia.userId, estimatedMinutes: 5 },
  });
  expect(initiated.status, JSON.stringify(initiated.body)).toBe(201);
  const id = initiated.body.call.id as string;
  const accepted = await insist(servers, "POST", `/api/calls/${id}/accept`, { token: mia.token });
  expect(accepted.status, JSON.stringify(accepted.body)).toBe(200);
  const joined = [leo, mia].map(({ userId }) => ({
    type: "participant.joined",
    userId,
    connectionId: `${id}-${userId}`,
  }));
  // Without occurredAt a repeat would be a new instant of the same connection: the first one counts.
  await insist(servers, "POST", `/api/sandbox/calls/${id}/events`, { token: leo.token, body: joined });
  await sleep(Math.random() * 300);
  const ended = await insist(servers, "POST", `/api/calls/${id}/end`, { token: leo.token, key: `${key}-end` });
  expect(ended.status, JSON.stringify(ended.body)).toBe(200);
  return ended.body.call;
}

describe("crashes", () => {
  it("kill -9 of a server in mid-call and of PostgreSQL under load: nothing lost, nothing doubled, everything ends", async () => {
    const postgres = await startPostgres();
    const url = await postgres.createDatabase("crash");
    const servers = await Promise.all([startProcess({ DATABASE_URL: url }), startProcess({ DATABASE_URL: url })]);
    try {
      const mia = await person((servers[0] as ServerProcess).url, "mia", 0);
      const fans = await Promise.all(
        Array.from({ length: 12 }, (_, i) => person((servers[1] as ServerProcess).url, `fan${i}`, 100_000)),
      );
      // A call that nobody will end: the deadlines must.
      const forgotten = await ask((servers[0] as ServerProcess).url, "POST", "/api/calls/initiate", {
        token: (fans[0] as Person).token,
        body: { creatorId: "mia", estimatedMinutes: 5 },
      });
      let working = true;
      const done: CallJson[] = [];
      const load = fans.map(async (fan) => {
        while (working) done.push(await wholeCall(() => servers, fan, mia));
      });
      await sleep(1500);
      await (servers[0] as ServerProcess).kill();
      await sleep(700);
      servers[0] = await startProcess({ DATABASE_URL: url });
      await sleep(700);
      for (let i = 0; i < 2; i += 1) {
        await postgres.kill();
        await sleep(500);
        await postgres.restart();
        await sleep(1200);
      }
      // The servers outlive their database: no restart of ours was needed for its crash.
      expect(servers.map((server) => server.isAlive())).toEqual([true, true]);
      working = false;
      await Promise.all(load);
      expect(done.length).toBeGreaterThan(50);

      const server = servers[0] as ServerProcess;
      const later = await ask(server.url, "POST", "/api/sandbox/clock/advance", {
        token: mia.token,
        body: { seconds: 5 * 3600 },
      });
      expect(later.status).toBe(200);
      for (const call of done) {
        const now = await ask(server.url, "GET", `/api/calls/${call.id}`, { token: mia.token });
        expect(now.body.call).toEqual(call);
      }
      const left = await ask(server.url, "GET", `/api/calls/${forgotten.body.call.id}`, { token: mia.token });
      expect(left.body.call).toMatchObject({ status: "missed", actualCoins: 0, heldCoins: 0 });

      const db = openPostgres(url, { connections: 2 });
      const [calls] = await db.query<{ all: bigint; final: bigint }>(
        "select count(*) as all, count(settled_at) as final from calls",
      );
      expect(calls).toEqual({ all: BigInt(done.length + 1), final: BigInt(done.length + 1) });
      const report = await audit(db, Date.parse(later.body.now));
      await db.close();
      expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
      let earned = 0;
      for (const { actualCoins } of done)
        earned += (actualCoins ?? 0) - Math.floor(((actualCoins ?? 0) * 2000) / 10_000);
      expect((await ask(server.url, "GET", "/api/wallet", { token: mia.token })).body).toMatchObject({
        available: earned,
        earnings: earned,
      });
    } finally {
      await Promise.all(servers.map((server) => server.kill()));
      await postgres.stop();
    }
  });

  it("kill -9 on the embedded database in mid-call: the next start finds wallets and call, and ends it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fairminute-crash-"));
    const env = { FAIRMINUTE_DATA_DIR: folder, DATABASE_URL: "" };
    let server = await startProcess(env);
    try {
      const leo = await person(server.url, "leo-crash", 200);
      const mia = await person(server.url, "mia-crash", 0);
      const { body } = await ask(server.url, "POST", "/api/calls/initiate", {
        token: leo.token,
        body: { creatorId: "mia-crash", estimatedMinutes: 10 },
      });
      const id = body.call.id as string;
      await ask(server.url, "POST", `/api/calls/${id}/accept`, { token: mia.token });
      const events = [leo, mia].map(({ userId }) => ({
        type: "participant.joined",
        userId,
        connectionId: `${userId}-c`,
      }));
      await ask(server.url, "POST", `/api/sandbox/calls/${id}/events`, { token: leo.token, body: events });
      await server.kill();
      server = await startProcess(env);
      expect((await ask(server.url, "GET", "/api/wallet", { token: leo.token })).body).toMatchObject({
        available: 100,
        held: 100,
      });
      await ask(server.url, "POST", "/api/sandbox/clock/advance", { token: leo.token, body: { seconds: 3600 } });
      const call = await ask(server.url, "GET", `/api/calls/${id}`, { token: leo.token });
      expect(call.body.call).toMatchObject({
        status: "completed",
        endReason: "out_of_funds",
        actualCoins: 200,
        heldCoins: 0,
      });
      expect(await server.stop()).toBe(0);
    } finally {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
