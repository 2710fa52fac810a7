// Durations of calls at Stream: from the record of who was connected, never from a field called duration.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type StreamFake, startStreamFake } from "../../fakes/stream/fake.ts";
import { createStreamProvider } from "../stream.ts";
import { convertStreamDurationToMinutes, type StreamDurations } from "./durations.ts";

const keys = { apiKey: "app_key", secretKey: "north-wind-and-the-sun" };
const start = Date.parse("2026-03-02T10:00:00Z");
let now = start;
const at = (seconds: number): void => {
  now = start + seconds * 1000;
};

let fake: StreamFake;
let durations: StreamDurations;
let calls = 0;
let id = "";
let cid = "";
beforeAll(async () => {
  const clock = { now: () => now };
  fake = await startStreamFake({ ...keys, ...clock, sweepEveryMs: null });
  const config = { ...keys, webhookSecret: null, apiUrl: fake.url };
  durations = createStreamProvider(config, { ...clock, fetch }).durations;
});
afterAll(() => fake.stop());
beforeEach(() => {
  at(0);
  calls += 1;
  id = `study-${calls}`;
  cid = fake.createCall({ id, createdBy: "ada", memberIds: ["ada", "ben"] });
});

describe("the duration of a call", () => {
  it("goes from the first who joined to the last who left, through a reconnect each", async () => {
    fake.join(cid, "ada");
    at(10);
    fake.join(cid, "ben");
    at(100);
    fake.reconnect(cid, "ada");
    at(200);
    fake.leave(cid, "ben", "network error");
    at(215);
    fake.join(cid, "ben");
    at(300.9);
    fake.leave(cid, "ada");
    at(400);
    fake.leave(cid, "ben");
    at(10_000);
    fake.sweep();
    expect(await durations.getStreamCallDuration(id)).toBe(400);
    expect(await durations.getStreamCallDuration(cid)).toBe(400);
    const details = await durations.getStreamCallDetails(id);
    expect(details).toMatchObject({ cid, type: "default", id, createdBy: "ada", memberIds: ["ada", "ben"] });
    expect(details).toMatchObject({
      isActive: false,
      startedAt: start,
      endedAt: start + 400_000,
      durationSeconds: 400,
    });
    expect(details?.connections.map(({ userId, from, to }) => [userId, from - start, (to ?? 0) - start])).toEqual([
      ["ada", 0, 100_000],
      ["ben", 10_000, 200_000],
      ["ada", 100_000, 300_900],
      ["ben", 215_000, 400_000],
    ]);
  });

  it("grows while somebody is in it", async () => {
    fake.join(cid, "ada");
    at(59.99);
    expect(await durations.getStreamCallDuration(id)).toBe(59);
    at(60);
    expect(await durations.getStreamCallDetails(id)).toMatchObject({
      durationSeconds: 60,
      isActive: true,
      endedAt: null,
    });
  });

  it("adds up the runs of a call that is used again, without the time between them", async () => {
    fake.join(cid, "ada");
    at(60);
    fake.leave(cid, "ada");
    at(86_400);
    fake.join(cid, "ben");
    at(86_430);
    fake.leave(cid, "ben");
    expect(await durations.getStreamCallDuration(id)).toBe(90);
  });

  it("is null where nobody ever was, and where there is no call", async () => {
    expect(await durations.getStreamCallDuration(id)).toBeNull();
    expect(await durations.getStreamCallDetails(id)).toMatchObject({ durationSeconds: null, isActive: false });
    expect(await durations.getStreamCallDuration("nowhere")).toBeNull();
    expect(await durations.getStreamCallDetails("nowhere")).toBeNull();
  });

  it("ends with its run where the record forgot the end of a connection", async () => {
    fake.join(cid, "ada");
    at(120);
    fake.endCall(cid, null);
    at(1_000);
    const forgetful = async (url: string | URL | Request, options?: RequestInit) => {
      const response = await fetch(url, options);
      return new Response((await response.text()).replace(/"left_at":\d+,/g, ""), response);
    };
    const config = { ...keys, webhookSecret: null, apiUrl: fake.url };
    const world = { now: () => now, fetch: forgetful as typeof fetch };
    const provider = createStreamProvider(config, world);
    expect(await provider.durations.getStreamCallDuration(id)).toBe(120);
    // As evidence the end is not known: the run's own end is no proof that this connection lasted so long.
    const call = { callId: id, roomName: cid, maximumDurationSeconds: null, userIds: [] };
    expect(await provider.reportDurations?.(call)).toMatchObject([{ userId: "ada", from: start, to: null }]);
  });

  /** Stays as Stream writes them, `from` and `to` in ms after the start; without `to` the end is not told. */
  const stay = (from: number, to: number | null): string => {
    const left = to === null ? "" : `,"left_at":${start + to}000000`;
    return `{"user_id":"ada","user_session_id":"us-1","joined_at":${start + from}000000${left}}`;
  };

  /** A provider whose wire gives these answers, written by hand, for the call default:again. */
  const answering = (call: string, runs: Record<string, string>, reported: string[]) => {
    const base = "/api/v2/video/call";
    const reports = reported.map(
      (run) => `{"call_cid":"default:again","call_session_id":"${run}","call_duration_seconds":777}`,
    );
    const answers = new Map([
      [`${base}/default/again`, `{"duration":"9ms","call":{"cid":"default:again",${call}}}`],
      [`${base}/stats`, `{"duration":"9ms","reports":[${reports.join()}]}`],
    ]);
    for (const [run, stays] of Object.entries(runs)) {
      const body = `{"duration":9,"total_participant_duration":99,"participants_sessions":[${stays}]}`;
      answers.set(`${base}/default/again/session/${run}/participant_sessions`, body);
    }
    const wire = async (url: string | URL | Request) => new Response(answers.get(new URL(String(url)).pathname));
    const config = { ...keys, webhookSecret: null, apiUrl: null };
    return createStreamProvider(config, { now: () => now, fetch: wire as typeof fetch });
  };
  const again = { callId: "again", roomName: "again", maximumDurationSeconds: null, userIds: [] };

  it("counts a connection that came back under its old name as two stays", async () => {
    const call = `"session":{"id":"run-1","ended_at":${start + 9_000}000000}`;
    const provider = answering(call, { "run-1": `${stay(5_000, 8_000)},${stay(0, 2_000)}` }, ["run-1"]);
    expect(await provider.reportDurations?.(again)).toEqual([
      { userId: "ada", connectionId: "us-1", from: start, to: start + 2_000 },
      { userId: "ada", connectionId: "us-1#2", from: start + 5_000, to: start + 8_000 },
    ]);
    expect(await provider.durations.getStreamCallDuration("again")).toBe(8);
  });

  it("does not take an earlier run for one that goes on, though nobody says when it ended", async () => {
    at(3_600);
    const call = '"current_session_id":"run-2","session":{"id":"run-2","started_at":"2026-03-02T10:59:00Z"}';
    const runs = { "run-1": stay(0, null), "run-2": stay(3_540_000, null) };
    const provider = answering(call, runs, ["run-1"]);
    expect(await provider.durations.getStreamCallDuration("again")).toBe(60);
    expect(await provider.durations.isStreamCallActive("again")).toBe(true);
  });
});

describe("whether a call is active", () => {
  it("is told by its run: not before the first who joins, not after the room was empty for long enough", async () => {
    const active = (): Promise<boolean> => durations.isStreamCallActive(id);
    expect(await active()).toBe(false);
    fake.join(cid, "ada");
    expect(await active()).toBe(true);
    at(60);
    fake.leave(cid, "ada");
    expect(await active()).toBe(true);
    at(90);
    expect(await active()).toBe(false);
    fake.join(cid, "ada");
    expect(await active()).toBe(true);
    fake.endCall(cid, "ada");
    expect(await active()).toBe(false);
    expect(await durations.isStreamCallActive("nowhere")).toBe(false);
  });
});

describe("the active calls of a user", () => {
  it("are those that go on and that the user made or is invited to, with where they are", async () => {
    const made = fake.createCall({ id: `made-${calls}`, createdBy: "cyd", memberIds: [] });
    const invited = fake.createCall({ type: "class", id: `invited-${calls}`, createdBy: "ada", memberIds: ["cyd"] });
    const over = fake.createCall({ id: `over-${calls}`, createdBy: "cyd", memberIds: ["cyd"] });
    fake.createCall({ id: `quiet-${calls}`, createdBy: "cyd", memberIds: ["cyd"] });
    fake.join(cid, "ada");
    fake.join(made, "ben");
    at(5);
    fake.join(invited, "cyd");
    fake.join(over, "cyd");
    fake.endCall(over, "cyd");
    expect(await durations.getUserActiveCalls("cyd")).toEqual([
      { cid: made, type: "default", id: `made-${calls}`, startedAt: start, isPresent: false },
      { cid: invited, type: "class", id: `invited-${calls}`, startedAt: start + 5_000, isPresent: true },
    ]);
    expect(await durations.getUserActiveCalls("nobody")).toEqual([]);
  });

  it("are read to the last page", async () => {
    for (let n = 0; n < 60; n++)
      fake.join(fake.createCall({ id: `many-${n}`, createdBy: "dee", memberIds: [] }), "dee");
    expect(await durations.getUserActiveCalls("dee")).toHaveLength(60);
  });
});

describe("convertStreamDurationToMinutes", () => {
  it.each([
    [0, 0],
    [29, 0],
    [30, 1],
    [60, 1],
    [89, 1],
    [90, 2],
    [3_600, 60],
  ])("makes %d seconds %d minutes", (seconds, minutes) => {
    expect(convertStreamDurationToMinutes(seconds)).toBe(minutes);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d", (seconds) => {
    expect(() => convertStreamDurationToMinutes(seconds)).toThrow(/seconds is .*; expected/);
  });
});
