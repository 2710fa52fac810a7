// Stream's API in every kind of trouble: none of it is ever taken for "nobody is there" or "it is done".
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type StreamFake, startStreamFake } from "../../fakes/stream/fake.ts";
import type { ProviderCall } from "../provider.ts";
import { createStreamProvider, type StreamProvider } from "../stream.ts";

const keys = { apiKey: "app_key", secretKey: "north-wind-and-the-sun" };
const clock = { now: () => Date.parse("2026-03-02T10:00:00Z") };
const people = ["ada", "ben"];

function startFake(): Promise<StreamFake> {
  return startStreamFake({ ...keys, ...clock, sweepEveryMs: null, sleep: async () => {} });
}

function connect(fake: StreamFake, more: { timeoutMs?: number; secretKey?: string } = {}): StreamProvider {
  const config = { ...keys, webhookSecret: null, apiUrl: fake.url, ...more };
  return createStreamProvider(config, { ...clock, fetch });
}

describe("trouble with Stream's API", () => {
  let troubled: StreamFake;
  let provider: StreamProvider;
  const call: ProviderCall = {
    callId: "troubled",
    roomName: "default:troubled",
    maximumDurationSeconds: 3_600,
    userIds: people,
  };
  beforeEach(async () => {
    troubled = await startFake();
    provider = connect(troubled, { timeoutMs: 1_000 });
    troubled.createCall({ id: "troubled", createdBy: "ada", memberIds: people });
    troubled.join("default:troubled", "ada");
  });
  afterEach(() => troubled.stop());

  /** Everything that goes over the API. */
  const work = (): Promise<unknown>[] => [
    provider.openRoom?.(call) as Promise<void>,
    provider.limitCall?.(call, 60) as Promise<void>,
    provider.endCall?.(call) as Promise<void>,
    provider.removeParticipant?.(call, { userId: "ada", connectionId: null }) as Promise<void>,
    provider.listPresence?.(call) as Promise<unknown>,
    provider.reportDurations?.(call) as Promise<unknown>,
    provider.durations.getStreamCallDuration("troubled"),
    provider.durations.getStreamCallDetails("troubled"),
    provider.durations.isStreamCallActive("troubled"),
    provider.durations.getUserActiveCalls("ada"),
  ];

  async function expectUnavailable(): Promise<void> {
    for (const outcome of await Promise.allSettled(work())) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "provider_unavailable" } });
    }
  }

  it.each([
    ["down", { apiDown: true }],
    ["failing", { apiFails: true }],
    ["limiting", { apiLimited: true }],
    ["answering nonsense", { apiNonsense: true }],
    ["slower than we wait", { apiSlowMs: 600_000 }],
  ])("is never taken for absence: %s", async (_name, trouble) => {
    Object.assign(troubled.troubles, trouble);
    // A slow answer is slow in earnest: the other troubles need no waiting.
    if ("apiSlowMs" in trouble) provider = connect(troubled, { timeoutMs: 100 });
    await expectUnavailable();
  });

  it("is never taken for absence: nobody listens there", async () => {
    await troubled.stop();
    await expectUnavailable();
    troubled = await startFake();
  });

  it("is never taken for absence: our key is not theirs", async () => {
    provider = connect(troubled, { secretKey: "another" });
    await expectUnavailable();
  });

  it.each<[string, unknown]>([
    ["an empty object", {}],
    ["a list", []],
    ["nothing", null],
    ["participants that are none", { participants: "nobody" }],
    ["a participant without a name", { participants: [{ user_session_id: "us-1" }] }],
    ["a participant without a connection", { participants: [{ user: { id: "ada" } }] }],
  ])("is never taken for absence: a success with %s", async (_name, body) => {
    const answering = (async () => Response.json(body)) as typeof fetch;
    const config = { ...keys, webhookSecret: null, apiUrl: troubled.url };
    const lied = createStreamProvider(config, { ...clock, fetch: answering });
    await expect(lied.listPresence?.(call)).rejects.toMatchObject({ code: "provider_unavailable" });
    await expect(lied.reportDurations?.(call)).rejects.toMatchObject({ code: "provider_unavailable" });
  });

  /** The provider over a wire that answers by itself where `answer` says so, and is the fake's otherwise. */
  const over = (answer: (path: string) => Response | null): StreamProvider => {
    const wire = (async (url: string | URL | Request, options?: RequestInit) =>
      answer(new URL(String(url)).pathname) ?? fetch(url, options)) as typeof fetch;
    return createStreamProvider({ ...keys, webhookSecret: null, apiUrl: troubled.url }, { ...clock, fetch: wire });
  };

  it.each(["[]", "null", '"yes"', "true", ""])("is never taken for obedience: a success with %j", async (text) => {
    const lied = over(() => new Response(text));
    await expect(lied.endCall?.(call)).rejects.toMatchObject({ code: "provider_unavailable" });
    await expect(lied.limitCall?.(call, 60)).rejects.toMatchObject({ code: "provider_unavailable" });
    const nobody = { userId: "ada", connectionId: null };
    await expect(lied.removeParticipant?.(call, nobody)).rejects.toMatchObject({ code: "provider_unavailable" });
  });

  it.each([
    ["somebody else's 404", new Response("404 page not found", { status: 404 })],
    ["a 404 without a code", Response.json({ error: "no route" }, { status: 404 })],
    ["a 400", Response.json({ code: 4, message: "bad limit" }, { status: 400 })],
  ])("is never taken for absence: %s", async (_name, response) => {
    provider = over(() => response.clone());
    await expectUnavailable();
  });

  it.each([401, 403, 408, 429, 502])(
    "does not shorten the record: %d where the earlier runs are listed",
    async (status) => {
      const lied = over((path) => (path.endsWith("/call/stats") ? Response.json({ code: 9 }, { status }) : null));
      await expect(lied.reportDurations?.(call)).rejects.toMatchObject({ code: "provider_unavailable" });
    },
  );

  it("leaves the last run at least to an app that has no list of the earlier ones", async () => {
    const poor = over((path) => (path.endsWith("/call/stats") ? Response.json({ code: 4 }, { status: 400 }) : null));
    expect(await poor.reportDurations?.(call)).toMatchObject([{ userId: "ada" }]);
  });

  it("does not follow Stream's API to another address", async () => {
    const asked: string[] = [];
    const moved = (async (url: string | URL | Request, options?: RequestInit) => {
      asked.push(`${options?.redirect}`);
      return new Response(null, { status: 302, headers: { location: String(url) } });
    }) as typeof fetch;
    const config = { ...keys, webhookSecret: null, apiUrl: troubled.url };
    const provider = createStreamProvider(config, { ...clock, fetch: moved });
    await expect(provider.endCall?.(call)).rejects.toMatchObject({ code: "provider_unavailable" });
    expect(asked).toEqual(["manual"]);
  });

  it("does not tell our secret or our token in its errors", async () => {
    troubled.troubles.apiFails = true;
    const error = await provider.endCall?.(call).catch((caught: unknown) => caught);
    const { message, details } = error as { message: string; details: unknown };
    expect(JSON.stringify({ message, details })).not.toMatch(/eyJ|north-wind/);
  });

  it("shows through the people who are still there when it only says that it has obeyed", async () => {
    troubled.troubles.apiLies = "commands";
    await provider.endCall?.(call);
    expect(await provider.listPresence?.(call)).toHaveLength(1);
  });
});
