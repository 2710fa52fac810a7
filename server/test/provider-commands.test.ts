// `fairminute fake`, `reconcile`, `unmatched` and `adopt` as people and programs use them: real processes, a real database, exit codes.
import { describe, expect, it } from "vitest";
import { freePort } from "../../scripts/free-port.mjs";
import { systemClock } from "../src/clock/clock.ts";
import { readConfig, sandboxSecretKey } from "../src/config.ts";
import { buildServer } from "../src/server.ts";
import { type LivekitEvent, livekitKeys, livekitToken, livekitWebhook } from "../src/webhooks/stage.case.ts";
import { openFreshPostgres } from "./databases.ts";
import { startProcess } from "./processes.ts";
import { type Started, startProgram } from "./program.ts";
import { noon } from "./world.ts";

/** Every step is a process of its own, and the machine may be busy. */
const patience = { timeout: 240_000 };

const start = (args: string[], env: Record<string, string> = {}): Started => startProgram(args, env);

describe("fairminute fake", patience, () => {
  it("says how to start the server beside it, and stops on Ctrl-C", async () => {
    const fake = start(["fake", "stream", "--port", "0"]);
    const text = await fake.said("Ctrl-C stops it.");
    for (const words of [
      "A Stream app without media",
      "STREAM_API_URL=http://127.0.0.1:",
      "STREAM_SECRET_KEY=",
      "npm start",
    ])
      expect(text).toContain(words);
    fake.child.kill("SIGINT");
    expect((await fake.ended).code).toBe(0);
  });

  it("lists its scenarios, and refuses what it does not know with 2", async () => {
    const { code, out } = await start(["fake", "--help"]).ended;
    expect(code).toBe(0);
    for (const name of ["talk", "no-webhooks", "api-down", "early-exit"]) expect(out).toContain(`  ${name} `);
    for (const args of [
      ["fake"],
      ["fake", "zoom"],
      ["fake", "livekit", "--scenario", "x"],
      ["fake", "livekit", "--port", "x"],
    ])
      expect([args, (await start(args).ended).code]).toEqual([args, 2]);
  });
});

describe("a server process beside a fake process", patience, () => {
  it("plays a call without webhooks; reconcile finds nothing, then what the provider's absence leaves, and repairs it", async () => {
    const database = await openFreshPostgres();
    const [serverPort, fakePort] = [await freePort(), await freePort()];
    const keys = { LIVEKIT_API_KEY: "APItest", LIVEKIT_API_SECRET: "a-secret-for-this-test-0123456789" };
    const env = { DATABASE_URL: database.url, LIVEKIT_URL: `http://127.0.0.1:${fakePort}`, ...keys };
    const fakeEnv = { PORT: String(serverPort), ...keys };
    const play = start(["fake", "livekit", "--scenario", "no-webhooks", "--port", String(fakePort)], fakeEnv);
    await play.said("Waiting for Fairminute");
    const server = await startProcess({ ...env, PORT: String(serverPort) });
    const played = await play.ended;
    expect([played.code, played.err]).toEqual([0, ""]);
    expect(played.out).toMatch(
      /The call is completed, connection_lost(?: by leo-\w+)?: \d\d s together, 10 coins, on the word of poll\./,
    );
    const calm = await start(["reconcile"], env).ended;
    expect([calm.code, calm.err]).toEqual([0, ""]);
    expect(calm.out).toContain("Nothing to see to.");

    // Another call, while nobody stands in for LiveKit any more.
    const post = (path: string, body: object) =>
      fetch(`${server.url}${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${sandboxSecretKey}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    expect((await post("/api/sandbox/wallets/leo/credit", { amount: 100 })).status).toBe(200);
    const parties = { payerId: "leo", payeeId: "mia", preset: "coin-minutes" };
    const registered = await post("/api/calls", { provider: "livekit", providerCallId: "alone", ...parties });
    const { call } = (await registered.json()) as { call: { id: string } };
    expect(await server.stop()).toBe(0);
    const trouble = await start(["reconcile", "--json"], env).ended;
    const report = JSON.parse(trouble.out);
    expect([trouble.code, report.ok, report.repaired]).toEqual([1, false, null]);
    expect(report.findings).toMatchObject([{ callId: call.id, kind: "cannot_ask" }]);

    const fake = start(["fake", "livekit", "--port", String(fakePort)], fakeEnv);
    await fake.said("Ctrl-C stops it.");
    const repaired = await start(["reconcile", "--repair"], env).ended;
    expect([repaired.code, repaired.err]).toEqual([0, ""]);
    // The first call's room may be due for one of its later looks as well.
    expect(repaired.out).toMatch(/Looked at [12] calls/);
    fake.child.kill("SIGINT");
    await fake.ended;
    await database.close();
  });

  it("reconcile without a migrated database, or without settings, says so", async () => {
    const { code, err } = await start(["reconcile"], { DATABASE_URL: "memory:" }).ended;
    expect([code, err]).toEqual([1, "The database lacks migrations of this version: run fairminute migrate first.\n"]);
    expect((await start(["reconcile"], { FAIRMINUTE_MODE: "production" }).ended).code).toBe(2);
  });
});

describe("calls that nobody registered", patience, () => {
  it("are listed and adopted by one command each; a second time changes nothing", async () => {
    const database = await openFreshPostgres();
    const env = { DATABASE_URL: database.url, ...livekitKeys };
    const onFault = (error: unknown) => {
      throw error;
    };
    const server = await buildServer(readConfig(env), { db: database.db, clock: systemClock, onFault });
    const now = Math.floor(systemClock.now() / 1000);
    const tell = async (event: Omit<LivekitEvent, "room">) => {
      const webhook = livekitWebhook({ ...event, room: "room_1", at: now - noon / 1000 + event.at });
      const authorization = livekitToken(webhook.payload, { nbf: now - 5, exp: now + 290 });
      const answer = await server.app.inject({ ...webhook, headers: { ...webhook.headers, authorization } });
      expect([answer.statusCode, answer.json().callId]).toEqual([200, null]);
    };
    try {
      for (const who of ["leo", "mia"]) await tell({ event: "participant_joined", at: -70, who });
      for (const who of ["leo", "mia"]) await tell({ event: "participant_left", at: -5, who });
      const post = async (url: string, payload: object) =>
        (await server.app.inject({ method: "POST", url, payload })).statusCode;
      expect(await post("/api/sandbox/tokens", { userId: "leo" })).toBe(200);
      expect(await post("/api/sandbox/wallets/leo/credit", { amount: 100 })).toBe(200);

      const listed = await start(["unmatched"], env).ended;
      expect([listed.code, listed.err]).toEqual([0, ""]);
      expect(listed.out).toMatch(/Rooms without a call: 1\n {2}livekit room_1 {2}leo, mia {2}.*, 4 webhooks/);

      const parties = ["--payer", "leo", "--payee", "mia", "--preset", "coin-minutes"];
      const adopted = await start(["adopt", "livekit", "room_1", ...parties], env).ended;
      expect([adopted.code, adopted.err]).toEqual([0, ""]);
      expect(adopted.out).toMatch(/^call_\w+ {2}leo and mia under coin-minutes, active/);
      const [again, empty, none, poor, ...wrong] = await Promise.all([
        start(["--json", "adopt", "livekit", "room_1", ...parties], env).ended,
        start(["--json", "unmatched"], env).ended,
        start(["--json", "adopt", "livekit", "room_2", ...parties], env).ended,
        start(["adopt", "livekit", "room_1", "--payer", "leo"], env).ended,
        start(["adopt", "zoom", "room_1", ...parties], env).ended,
        start(["adopt", "livekit", "room_1", ...parties, "--rate", "0"], env).ended,
      ]);
      const { call } = JSON.parse(again.out);
      expect([again.code, adopted.out.startsWith(call.id)]).toEqual([0, true]);
      expect([empty.code, JSON.parse(empty.out)]).toEqual([0, { rooms: [] }]);
      expect([none.code, JSON.parse(none.err).error.code]).toEqual([1, "webhook_not_found"]);
      expect([poor.code, poor.err]).toEqual([2, expect.stringContaining("--preset")]);
      expect(wrong.map(({ code }) => code)).toEqual([2, 2]);

      // Twenty seconds after its last word a call is settled.
      expect(await post("/api/sandbox/clock/advance", { seconds: 60 })).toBe(200);
      expect(await server.charging.readCall(call.id, null)).toMatchObject({
        status: "completed",
        billableSeconds: 65,
        actualCoins: 10,
      });
    } finally {
      await server.close();
      await database.close();
    }
  });

  it("webhooks in doubt are released by one command; there are none a second time", async () => {
    const database = await openFreshPostgres();
    const env = { DATABASE_URL: database.url, ...livekitKeys };
    const onFault = (error: unknown) => {
      throw error;
    };
    const server = await buildServer(readConfig(env), { db: database.db, clock: systemClock, onFault });
    try {
      const now = Math.floor(systemClock.now() / 1000);
      const at = now - noon / 1000 - 1000;
      const webhook = livekitWebhook({ event: "participant_joined", room: "room_1", at, who: "leo", id: "EV_late" });
      const authorization = livekitToken(webhook.payload, { nbf: now - 1000, exp: now - 700 });
      const told = await server.app.inject({ ...webhook, headers: { ...webhook.headers, authorization } });
      expect(told.statusCode).toBe(202);
      const listed = await start(["unmatched"], env).ended;
      expect(listed.out).toContain("in doubt: EV_late");
      const released = await start(["release", "livekit", "room_1", "--webhook", "EV_late"], env).ended;
      expect([released.code, released.err]).toEqual([0, ""]);
      expect(released.out).toBe("Webhooks released: 1\n  EV_late  counts, and belongs to no call yet\n");
      const again = await start(["--json", "release", "livekit", "room_1"], env).ended;
      expect([again.code, JSON.parse(again.err).error.code]).toEqual([1, "webhook_not_found"]);
    } finally {
      await server.close();
      await database.close();
    }
  });
});
