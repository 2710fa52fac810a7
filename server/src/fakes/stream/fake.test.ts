// The Stream fake itself: its wire is Stream's, its clock is obeyed, and its troubles are real.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type StreamFake, startStreamFake } from "./fake.ts";
import type { Deliver, SignedWebhook } from "./webhooks.ts";

const keys = { apiKey: "app_key", secretKey: "north-wind-and-the-sun" };
const start = Date.parse("2026-03-02T10:00:00Z");
let now = start;
let fake: StreamFake;
let cid = "";
let sent: SignedWebhook[] = [];
let slept: number[] = [];
/** What the receiver says, one word an attempt; 200 when there is no more. */
let answers: (number | "unreachable" | "slow")[] = [];

const deliver: Deliver = async (webhook) => {
  sent.push(webhook);
  const answer = answers.shift() ?? 200;
  if (answer === "slow") throw Object.assign(new Error("too slow"), { name: "TimeoutError" });
  if (answer === "unreachable") throw new Error("nobody listens");
  return { status: answer };
};

function startFake(more: Partial<Parameters<typeof startStreamFake>[0]> = {}): Promise<StreamFake> {
  const sleep = async (ms: number): Promise<void> => {
    slept.push(ms);
  };
  return startStreamFake({ ...keys, now: () => now, sweepEveryMs: null, sleep, deliver, ...more });
}

beforeEach(async () => {
  [now, sent, slept, answers] = [start, [], [], []];
  fake = await startFake();
  cid = fake.createCall({ id: "math", createdBy: "ada", memberIds: ["ada", "ben"] });
  await fake.flush();
  sent = [];
});
afterEach(() => fake.stop());

const textOf = ({ body, headers }: SignedWebhook): string =>
  (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
const typesOf = (webhooks: readonly SignedWebhook[]): string[] => webhooks.map(({ type }) => type);

describe("the fake's webhooks", () => {
  it("carry Stream's headers, and a signature over the plain text", async () => {
    fake.troubles.webhooksPacked = true;
    fake.join(cid, "ada");
    await fake.flush();
    const [first, second] = sent as [SignedWebhook, SignedWebhook];
    expect([...second.body.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    const signature = createHmac("sha256", keys.secretKey).update(textOf(second)).digest("hex");
    expect(second.headers).toMatchObject({
      "x-signature": signature,
      "x-api-key": "app_key",
      "x-webhook-attempt": "1",
    });
    expect(second.headers["x-webhook-id"]).not.toBe(first.headers["x-webhook-id"]);
    expect(JSON.parse(textOf(second))).toMatchObject({
      type: "call.session_participant_joined",
      created_at: "2026-03-02T10:00:00Z",
      call_cid: "default:math",
      participant: { user: { id: "ada" }, joined_at: "2026-03-02T10:00:00Z" },
    });
  });

  it("are signed by a secret of their own where there is one", async () => {
    const other = await startFake({ webhookSecret: "of-its-own" });
    other.createCall({ id: "x", createdBy: "ada", memberIds: [] });
    await other.flush();
    const webhook = sent.at(-1) as SignedWebhook;
    const signature = createHmac("sha256", "of-its-own").update(textOf(webhook)).digest("hex");
    expect(webhook.headers["x-signature"]).toBe(signature);
    await other.stop();
  });

  it.each([
    ["a success", [200], ["1"], "delivered"],
    ["trouble once", [503, 200], ["1", "2"], "delivered"],
    ["too much, too slow, trouble", [429, 408, 500, 200], ["1", "2", "3"], "gave_up"],
    ["a refusal, which is final", [401, 200], ["1"], "refused"],
    ["nobody there twice", ["unreachable", "unreachable", 200], ["1", "2"], "gave_up"],
    ["slow, then well", ["slow", 200], ["1", "2"], "delivered"],
    ["slow until the time is over", ["slow", "slow", "slow", 200], ["1", "2", "3"], "gave_up"],
  ] as const)("are sent again as Stream does: %s", async (_name, given, attempts, outcome) => {
    answers = [...given];
    fake.accept(cid, "ben");
    await fake.flush();
    expect(sent.map(({ headers }) => headers["x-webhook-attempt"])).toEqual(attempts);
    expect(new Set(sent.map(({ headers, body }) => `${headers["x-webhook-id"]} ${body}`)).size).toBe(1);
    expect(fake.recorded().at(-1)?.outcome).toBe(outcome);
    expect(slept).toHaveLength(attempts.length - 1);
  });

  it("get lost, come twice, and come the wrong way round, when they are told to", async () => {
    fake.troubles.webhooksDropped = true;
    fake.accept(cid, "ben");
    fake.troubles.webhooksDropped = false;
    fake.troubles.webhooksDoubled = true;
    fake.reject(cid, "ben", "busy");
    await fake.flush();
    expect(typesOf(sent)).toEqual(["call.rejected", "call.rejected"]);
    expect(fake.recorded().map(({ outcome }) => outcome)).toContain("dropped");
    Object.assign(fake.troubles, { webhooksDoubled: false, webhooksReordered: true });
    sent = [];
    fake.join(cid, "ada");
    fake.leave(cid, "ada");
    expect(sent).toEqual([]);
    await fake.flush();
    expect(typesOf(sent)).toEqual([
      "call.session_participant_left",
      "call.session_participant_joined",
      "call.session_started",
    ]);
  });

  it("are posted to an address, which may change", async () => {
    const got: string[] = [];
    const receiver = createServer(async (request, response) => {
      for await (const _ of request);
      got.push(`${request.method} ${request.url} ${request.headers["x-webhook-attempt"]}`);
      response.writeHead(got.length === 1 ? 503 : 200).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    const posting = await startStreamFake({ ...keys, now: () => now, sweepEveryMs: null, sleep: async () => {} });
    posting.createCall({ id: "nowhere", createdBy: "ada", memberIds: [] });
    await posting.flush();
    posting.sendWebhooksTo(`${url}/api/stream/webhook`);
    posting.createCall({ id: "somewhere", createdBy: "ada", memberIds: [] });
    await posting.flush();
    expect(got).toEqual(["POST /api/stream/webhook 1", "POST /api/stream/webhook 2"]);
    expect(posting.recorded().at(-1)?.attempts).toEqual([503, 200]);
    await posting.stop();
    await new Promise((resolve) => receiver.close(resolve));
  });
});

describe("the fake's clock", () => {
  const tell = async (): Promise<unknown[]> => {
    await fake.flush();
    const bodies = sent.map((webhook) => JSON.parse(textOf(webhook)));
    return bodies.map(({ type, created_at, user }) => [
      type,
      (Date.parse(created_at) - start) / 1000,
      user?.id ?? null,
    ]);
  };

  it("ends a call at its limit, at the instant of the limit, by nobody", async () => {
    const limited = fake.createCall({ id: "limited", createdBy: "ada", memberIds: [], limitSeconds: 60 });
    await fake.flush();
    now += 5_000;
    fake.join(limited, "ada");
    now += 100_000;
    await fake.flush();
    sent = [];
    fake.sweep();
    expect(await tell()).toEqual([
      ["call.ended", 65, null],
      ["call.session_participant_left", 65, null],
      ["call.session_ended", 65, null],
    ]);
    expect(() => fake.join(limited, "ada")).toThrow(/ended/);
  });

  it("closes an empty run after its inactivity timeout, and lets the call be used again", async () => {
    fake.join(cid, "ada");
    now += 10_000;
    fake.leave(cid, "ada");
    now += 29_999;
    fake.sweep();
    await fake.flush();
    expect(typesOf(sent)).not.toContain("call.session_ended");
    now += 60_000;
    fake.join(cid, "ben");
    expect((await tell()).slice(-3)).toEqual([
      ["call.session_ended", 40, null],
      ["call.session_started", 99.999, null],
      ["call.session_participant_joined", 99.999, null],
    ]);
  });

  it("runs by itself when nobody sweeps", async () => {
    const swept = await startFake({ sweepEveryMs: 1 });
    const limited = swept.createCall({ id: "limited", createdBy: "ada", memberIds: [], limitSeconds: 60 });
    swept.join(limited, "ada");
    now += 60_000;
    while (!swept.recorded().some(({ webhook }) => webhook.type === "call.session_ended")) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await swept.stop();
  });
});

describe("people in the fake's calls", () => {
  it("end a call for all, with their name; a second time is nothing", async () => {
    fake.join(cid, "ada");
    fake.join(cid, "ben");
    fake.endCall(cid, "ben");
    await fake.flush();
    const ended = sent.filter(({ type }) => type === "call.ended");
    expect(ended.map((webhook) => JSON.parse(textOf(webhook)).user.id)).toEqual(["ben"]);
    sent = [];
    fake.endCall(cid, "ada");
    await fake.flush();
    expect(sent).toEqual([]);
  });

  it("reconnect with a new connection before the old one is closed, and are kicked by name", async () => {
    const first = fake.join(cid, "ada");
    sent = [];
    const second = fake.reconnect(cid, "ada");
    expect(second.connectionId).not.toBe(first.connectionId);
    fake.kick(cid, "ada", "ben");
    await fake.flush();
    const told = sent.slice(-4).map((webhook) => JSON.parse(textOf(webhook)));
    expect(told.map(({ type }) => type)).toEqual([
      "call.session_participant_joined",
      "call.session_participant_left",
      "call.kicked_user",
      "call.session_participant_left",
    ]);
    expect(told[1]).toMatchObject({ participant: { user_session_id: first.connectionId } });
    expect(told[1].reason).toMatch(/^Closing previous WS after reconnect/);
    expect(told[2]).toMatchObject({ user: { id: "ada" }, kicked_by_user: { id: "ben" } });
  });

  it("who are not there cannot leave, and calls that are not there cannot be joined", () => {
    expect(() => fake.leave(cid, "ada")).toThrow(/has no "ada"/);
    expect(() => fake.join("default:nowhere", "ada")).toThrow(/has no call/);
  });
});

describe("the fake's API", () => {
  async function ask(token: string, more: { type?: string; apiKey?: string; path?: string } = {}): Promise<number> {
    const { type = "jwt", apiKey = keys.apiKey, path = "/api/v2/video/call/default/math" } = more;
    const headers = { authorization: token, "stream-auth-type": type };
    const response = await fetch(`${fake.url}${path}?api_key=${apiKey}`, { headers });
    await response.arrayBuffer();
    return response.status;
  }

  function sign(claims: Record<string, unknown>, secret = keys.secretKey, alg = "HS256"): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
  }

  it("answers a server's token and nobody else's", async () => {
    const seconds = start / 1000;
    expect(await ask(await sign({ server: true }))).toBe(200);
    expect(await ask(`Bearer ${await sign({ server: true })}`)).toBe(401);
    expect(await ask(await sign({ server: true }, "another"))).toBe(401);
    expect(await ask(await sign({ server: true }, keys.secretKey, "HS512"))).toBe(401);
    expect(await ask(await sign({ server: true, exp: seconds }))).toBe(401);
    expect(await ask(await sign({ server: true, iat: seconds + 1 }))).toBe(401);
    expect(await ask("")).toBe(401);
    expect(await ask("a.b.c")).toBe(401);
    expect(await ask(await sign({ user_id: "ada" }))).toBe(403);
    expect(await ask(await sign({ server: true }), { type: "anonymous" })).toBe(403);
    expect(await ask(await sign({ server: true }), { apiKey: "another" })).toBe(401);
    expect(await ask(await sign({ server: true }), { path: "/api/v2/video/call/default/nowhere" })).toBe(404);
    expect(await ask(await sign({ server: true }), { path: "/api/v2/nowhere" })).toBe(404);
  });

  it("writes times in nanoseconds, sets the trap of the duration, and counts what goes on", async () => {
    fake.join(cid, "ada");
    const headers = { authorization: await sign({ server: true }), "stream-auth-type": "jwt" };
    const get = async (path: string) => (await fetch(`${fake.url}${path}?api_key=app_key`, { headers })).text();
    const call = await get("/api/v2/video/call/default/math");
    expect(call).toContain(`"started_at":${start}000000`);
    expect(JSON.parse(call)).toMatchObject({ duration: "7.33ms" });
    expect(JSON.parse(call).call).not.toHaveProperty("duration");
    expect(await get("/api/v2/video/active_calls_status")).toContain('"active_calls":1');
    now += 65_000;
    fake.endCall(cid, null);
    const { report } = JSON.parse(await get("/api/v2/video/call/default/math/report"));
    expect(report.call).toMatchObject({ started_at: start * 1e6, ended_at: now * 1e6 });
  });

  it("remembers who asked for what", async () => {
    await ask(await sign({ server: true }));
    expect(fake.requests().at(-1)).toEqual({
      method: "GET",
      path: "/api/v2/video/call/default/math",
      body: {},
      status: 200,
    });
  });
});
