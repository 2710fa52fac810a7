// The Stream provider against the fake, over real HTTP: the conformance suite, and what only Stream has.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Recorded, type StreamFake, startStreamFake } from "../fakes/stream/fake.ts";
import { casesFor, type ProviderSubject } from "./provider.case.ts";
import type { ProviderCall, ProviderEvent, WebhookReading } from "./provider.ts";
import { readCid } from "./stream/cid.ts";
import { createStreamProvider, type StreamProvider } from "./stream.ts";

const keys = { apiKey: "app_key", secretKey: "north-wind-and-the-sun" };
const start = Date.parse("2026-03-02T10:00:00Z");
let now = start;
const clock = { now: () => now };
const people = ["ada", "ben"];

function startFake(): Promise<StreamFake> {
  return startStreamFake({ ...keys, ...clock, sweepEveryMs: null, sleep: async () => {} });
}

function connect(fake: StreamFake): StreamProvider {
  const config = { ...keys, webhookSecret: null, apiUrl: fake.url };
  return createStreamProvider(config, { ...clock, fetch });
}

function callOf(roomName: string, more: Partial<ProviderCall> = {}): ProviderCall {
  return { callId: roomName, roomName, maximumDurationSeconds: 3_600, userIds: people, ...more };
}

async function subjectOf(fake: StreamFake): Promise<ProviderSubject> {
  const provider = connect(fake);
  const cid = fake.createCall({ id: "sample", createdBy: "ada", memberIds: people });
  fake.join(cid, "ada");
  const { webhook } = fake.recorded().at(-1) as Recorded;
  return {
    provider,
    ...clock,
    webhook,
    async enter(call, userId) {
      const { token } = await provider.createJoin(call, { userId, name: null, role: "payer" });
      fake.join(readCid(call.roomName, "default").cid, userId, { token });
    },
    lacks: {},
  };
}

let fake: StreamFake;
beforeAll(async () => {
  fake = await startFake();
});
afterAll(() => fake.stop());

describe("the Stream provider", () => {
  let subject: ProviderSubject;
  beforeAll(async () => {
    subject = await subjectOf(fake);
  });
  // The suite asks for the abilities of a provider, and this one has all of them: the cases are known before it runs.
  const everything = { provider: connect({ url: "http://127.0.0.1:9" } as StreamFake), lacks: {}, ...clock };
  it.each(casesFor(everything).map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    await expect(one.run(subject)).resolves.toBeUndefined();
  });

  it.each(["apiKey", "secretKey", "webhookSecret"])("is not made without its %s", (name) => {
    const config = { ...keys, webhookSecret: null, apiUrl: null, [name]: "" };
    expect(() => createStreamProvider(config, { ...clock, fetch })).toThrow(/must not be empty/);
  });

  it("goes to Stream itself where no other address is given, and to the users' part of it for users", async () => {
    const asked: string[] = [];
    const answering = async (url: string | URL | Request) => {
      asked.push(new URL(String(url)).origin);
      return Response.json({ message: "no such user", code: 4 }, { status: 400 });
    };
    const config = { ...keys, webhookSecret: null, apiUrl: null };
    const provider = createStreamProvider(config, { ...clock, fetch: answering as typeof fetch });
    await expect(provider.openRoom?.(callOf("default:a"))).rejects.toMatchObject({ code: "provider_unavailable" });
    expect(asked).toEqual(["https://video.stream-io-api.com", "https://chat.stream-io-api.com"]);
  });
});

describe("a pass into a call", () => {
  it("opens that call, for that user, for an hour at most", async () => {
    const provider = connect(fake);
    const cid = fake.createCall({ id: "pass", createdBy: "ada", memberIds: people });
    const other = fake.createCall({ id: "pass-other", createdBy: "ada", memberIds: people });
    const grant = await provider.createJoin(callOf(cid), { userId: "ben", name: "Ben", role: "payee" });
    expect(grant).toMatchObject({ provider: "stream", roomName: cid, serverUrl: fake.url, apiKey: keys.apiKey });
    expect(grant.expiresAt).toBeLessThanOrEqual(now + 3_600_000);
    expect(fake.join(cid, "eve", { token: grant.token }).userId).toBe("ben");
    expect(() => fake.join(other, "ben", { token: grant.token })).toThrow(/token/);
    now += 3_600_000;
    expect(() => fake.join(cid, "ben", { token: grant.token })).toThrow(/token/);
    now = start;
  });

  it("beside it there is a user's own, for an hour: it names no call", async () => {
    const { token, apiKey, expiresAt } = await connect(fake).createUserToken("ada");
    const iat = start / 1000 - 30;
    expect(apiKey).toBe(keys.apiKey);
    expect(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString())).toEqual({
      user_id: "ada",
      iat,
      exp: iat + 3_600,
    });
    expect(expiresAt).toBe((iat + 3_600) * 1000);
    const cid = fake.createCall({ id: "own-token", createdBy: "ada", memberIds: people });
    expect(fake.join(cid, "ada", { token }).userId).toBe("ada");
  });

  it("is dated back a little and carries the role of its call, or none", async () => {
    const claimsOf = async (callRole: string | null | undefined): Promise<unknown> => {
      const config = { ...keys, webhookSecret: null, apiUrl: null, ...(callRole === undefined ? {} : { callRole }) };
      const provider = createStreamProvider(config, { ...clock, fetch });
      const { token } = await provider.createJoin(callOf("math"), { userId: "ada", name: null, role: "payer" });
      return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    };
    const iat = start / 1000 - 30;
    const plain = { user_id: "ada", call_cids: ["default:math"], iat, exp: iat + 3_600 };
    expect(await claimsOf(undefined)).toEqual({ ...plain, role: "call_member" });
    expect(await claimsOf("quiet")).toEqual({ ...plain, role: "quiet" });
    expect(await claimsOf(null)).toEqual(plain);
  });

  it.each(["", "a:b:c", "default:", ":math", "a b", "../x", "x".repeat(200)])(
    "is not made for %j",
    async (roomName) => {
      const join = connect(fake).createJoin(callOf(roomName), { userId: "ada", name: null, role: "payer" });
      await expect(join).rejects.toMatchObject({ code: "invalid_request", param: "callId" });
    },
  );
});

describe("a room at Stream", () => {
  const provider = () => connect(fake);

  it("is made with its people, who are made too, and with its limit", async () => {
    const call = callOf("default:opened", { userIds: ["new-1", "ada", "new-1"] });
    fake.createCall({ id: "known-users", createdBy: "ada", memberIds: [] });
    await provider().openRoom?.(call);
    const made = fake.requests().filter(({ path, method }) => path === "/api/v2/users" && method === "POST");
    // Ada is known: writing her again would wipe whatever the app keeps about her.
    expect(made.at(-1)?.body).toEqual({ users: { "new-1": { id: "new-1" } } });
    const details = await provider().durations.getStreamCallDetails("opened");
    expect(details).toMatchObject({ createdBy: "new-1", memberIds: ["new-1", "ada"], isActive: false });
    now += 10_000;
    fake.join("default:opened", "ada");
    now += 3_600_000;
    fake.sweep();
    expect(await provider().listPresence?.(call)).toEqual([]);
    now = start;
  });

  it("that exists keeps the limit that it has", async () => {
    const cid = fake.createCall({ id: "mine", createdBy: "ada", memberIds: people, limitSeconds: 60 });
    await provider().openRoom?.(callOf(cid, { maximumDurationSeconds: 7_200 }));
    fake.join(cid, "ada");
    now += 60_000;
    fake.sweep();
    expect(await provider().listPresence?.(callOf(cid))).toEqual([]);
    now = start;
  });

  it("ends by its limit, which can be moved while it runs", async () => {
    const call = callOf("default:limited", { maximumDurationSeconds: 60 });
    await provider().openRoom?.(call);
    fake.join("default:limited", "ada");
    now += 59_000;
    await provider().limitCall?.(call, 119.2);
    now += 60_000;
    fake.sweep();
    expect(await provider().listPresence?.(call)).toHaveLength(1);
    now += 1_000;
    fake.sweep();
    expect(await provider().listPresence?.(call)).toEqual([]);
    // It is over: limiting it is harmless, and a limit of nothing is not "no limit".
    await provider().limitCall?.(call, 0);
    expect(fake.requests().at(-1)?.body).toEqual({ settings_override: { limits: { max_duration_seconds: 1 } } });
    await provider().limitCall?.(callOf("default:nowhere"), 60);
    now = start;
  });

  it("is ended for all, and ending it again or where it never was is a success", async () => {
    const cid = fake.createCall({ id: "ended", createdBy: "ada", memberIds: people });
    fake.join(cid, "ada");
    await provider().endCall?.(callOf(cid));
    expect(await provider().listPresence?.(callOf(cid))).toEqual([]);
    await provider().endCall?.(callOf(cid));
    expect(fake.requests().some(({ path, status }) => path.endsWith("/ended/mark_ended") && status === 400)).toBe(true);
    await provider().endCall?.(callOf("default:nowhere"));
  });

  it("loses every connection of somebody who is removed, and nobody else's", async () => {
    const cid = fake.createCall({ id: "removed", createdBy: "ada", memberIds: people });
    const { connectionId } = fake.join(cid, "ada");
    fake.join(cid, "ada");
    fake.join(cid, "ben");
    await provider().removeParticipant?.(callOf(cid), { userId: "ada", connectionId });
    const present = await provider().listPresence?.(callOf(cid));
    expect(present?.map(({ userId }) => userId)).toEqual(["ben"]);
    await provider().removeParticipant?.(callOf("default:nowhere"), { userId: "ada", connectionId: null });
  });

  it("is emptied by block where kick is not known", async () => {
    const asked: string[] = [];
    const old = async (url: string | URL | Request, options?: RequestInit) => {
      const { pathname } = new URL(String(url));
      asked.push(pathname.split("/").at(-1) ?? "");
      return pathname.endsWith("/kick") ? new Response("404 page not found", { status: 404 }) : fetch(url, options);
    };
    const config = { ...keys, webhookSecret: null, apiUrl: fake.url };
    const provider = createStreamProvider(config, { ...clock, fetch: old as typeof fetch });
    const cid = fake.createCall({ id: "old-app", createdBy: "ada", memberIds: people });
    fake.join(cid, "ada");
    await provider.removeParticipant?.(callOf(cid), { userId: "ada", connectionId: null });
    expect(asked).toEqual(["kick", "block"]);
    expect(() => fake.join(cid, "ada")).toThrow(/blocked/);
  });

  it("tells who is present by connection and instant", async () => {
    const cid = fake.createCall({ id: "present", createdBy: "ada", memberIds: people });
    now = start + 123;
    const { connectionId } = fake.join(cid, "ada");
    expect(await provider().listPresence?.(callOf(cid))).toEqual([
      { userId: "ada", connectionId, joinedAt: start + 123 },
    ]);
    now = start;
  });

  it("is not sampled when it is fuller than the sample", async () => {
    const cid = fake.createCall({ id: "crowd", createdBy: "ada", memberIds: people });
    for (let n = 0; n < 101; n++) fake.join(cid, `guest-${n}`);
    await expect(provider().listPresence?.(callOf(cid))).rejects.toMatchObject({ code: "provider_unavailable" });
    fake.leave(cid, "guest-0");
    expect(await provider().listPresence?.(callOf(cid))).toHaveLength(100);
  });
});

describe("Stream's record of a call", () => {
  it("tells each connection with both its ends, over several runs", async () => {
    const provider = connect(fake);
    const cid = fake.createCall({ id: "recorded", createdBy: "ada", memberIds: people });
    const stays: [string, number, number | null][] = [];
    const seconds = (n: number) => start + n * 1000;
    now = seconds(0.25);
    const a1 = fake.join(cid, "ada").connectionId;
    now = seconds(5);
    const b1 = fake.join(cid, "ben").connectionId;
    now = seconds(60);
    const a2 = fake.reconnect(cid, "ada").connectionId;
    now = seconds(90);
    fake.leave(cid, "ada");
    fake.leave(cid, "ben");
    now = seconds(600);
    const b2 = fake.join(cid, "ben").connectionId;
    now = seconds(700);
    stays.push([a1, seconds(0.25), seconds(60)], [b1, seconds(5), seconds(90)]);
    stays.push([a2, seconds(60), seconds(90)], [b2, seconds(600), null]);
    const report = await provider.reportDurations?.(callOf(cid));
    expect(report?.map(({ connectionId, from, to }) => [connectionId, from, to])).toEqual(stays);
    expect(report?.map(({ userId }) => userId)).toEqual(["ada", "ben", "ada", "ben"]);
    now = start;
  });

  it("is read to its last page", async () => {
    const cid = fake.createCall({ id: "long", createdBy: "ada", memberIds: people });
    for (let n = 0; n < 205; n++) {
      fake.join(cid, `guest-${n}`);
      fake.leave(cid, `guest-${n}`);
    }
    const report = await connect(fake).reportDurations?.(callOf(cid));
    expect(new Set(report?.map(({ connectionId }) => connectionId)).size).toBe(205);
  });
});

describe("a call told by the fake's webhooks", () => {
  async function readAll(trouble: Partial<StreamFake["troubles"]>): Promise<WebhookReading[]> {
    const bodies: WebhookReading[] = [];
    const provider = connect(fake);
    const told = await startStreamFake({
      ...keys,
      ...clock,
      sweepEveryMs: null,
      sleep: async () => {},
      deliver: async (webhook) => {
        bodies.push((await provider.readWebhook?.(webhook)) as WebhookReading);
        return { status: 200 };
      },
    });
    Object.assign(told.troubles, trouble);
    now = start;
    const cid = told.createCall({ id: "told", createdBy: "ada", memberIds: people });
    told.join(cid, "ada");
    now += 2_000;
    told.join(cid, "ben");
    now += 30_000;
    told.endCall(cid, "ben");
    await told.flush();
    await told.stop();
    now = start;
    return bodies;
  }

  /** Events without what chance gives them. */
  const story = (readings: WebhookReading[]): unknown[] => {
    const events = readings.flatMap((reading): ProviderEvent[] => reading.events);
    return events.map(({ type, userId, occurredAt, reason }) => [type, userId, (occurredAt - start) / 1000, reason]);
  };

  it("is the story as it was", async () => {
    const readings = await readAll({});
    expect(readings.map(({ kind }) => kind)).toEqual([
      "call.created",
      "call.session_started",
      "call.session_participant_joined",
      "call.session_participant_joined",
      "call.ended",
      "call.session_participant_left",
      "call.session_participant_left",
      "call.session_ended",
    ]);
    expect(readings[0]).toMatchObject({ roomName: "default:told", people, createdBy: "ada", occurredAt: start });
    expect(story(readings)).toEqual([
      ["participant.joined", "ada", 0, null],
      ["participant.joined", "ben", 2, null],
      ["call.ended", "ben", 32, null],
      ["participant.left", "ada", 32, "unknown"],
      ["participant.joined", "ada", 0, null],
      ["participant.left", "ben", 32, "unknown"],
      ["participant.joined", "ben", 2, null],
      ["participant.left", null, 32, "room_closed"],
    ]);
  });

  it("is the same story when it is packed, doubled or turned round", async () => {
    const plain = story(await readAll({}));
    expect(story(await readAll({ webhooksPacked: true }))).toEqual(plain);
    const doubled = await readAll({ webhooksDoubled: true });
    expect(doubled).toHaveLength(16);
    expect(new Set(doubled.map(({ id }) => id)).size).toBe(8);
    const turned = await readAll({ webhooksReordered: true });
    expect(turned.map(({ kind }) => kind)[0]).toBe("call.session_ended");
    expect(story(turned)).toHaveLength(plain.length);
  });
});
