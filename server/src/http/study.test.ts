// Study time over HTTP: who may say what of whom, the routes of source document 002, and durations as Stream tells them.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { noon, openWorld, type Voice, type World } from "../../test/world.ts";
import { type StreamFake, startStreamFake } from "../fakes/stream/fake.ts";
import type { Deliver } from "../fakes/stream/webhooks.ts";
import type { StudyTimeJson, TodayJson, TrackingJson } from "../study/study.ts";

const track = "/api/study-sessions/stream-duration";

/** The answer of a route of study time. */
const read = <T>({ body }: { body: unknown }): T => body as T;

describe.each(databaseKinds)("study time over HTTP on $name", (kind) => {
  let world: World;
  let leo: Voice;
  let mia: Voice;
  beforeAll(async () => {
    world = await openWorld(kind);
    leo = await world.meet("leo", { name: "Leo Brandt" });
    mia = await world.meet("mia", { name: "Mia Torres" });
  });
  afterAll(() => world.close());

  const say = async (voice: Voice, userId: string, callId: string, action: string) => {
    const reply = await voice.post(track, { userId, callId, action });
    expect(reply.status, reply.text).toBe(200);
    return read<TrackingJson>(reply);
  };

  it("a room is opened by the first who starts, without money, and counts while it runs", async () => {
    const begun = await say(leo, "leo", "algebra", "start");
    expect((await say(mia, "mia", "algebra", "start")).callId).toBe(begun.callId);
    for (let second = 0; second <= 600; second += 15) {
      if (second > 0) await world.passTo(second);
      await say(leo, "leo", "algebra", "heartbeat");
      await say(mia, "mia", "default:algebra", "heartbeat");
    }
    const today = read<TodayJson>(await leo.get("/api/study-time/today"));
    expect(today).toMatchObject({
      date: "2026-11-21",
      seconds: 600,
      dailyHours: 0.17,
      isPresent: true,
      timeZone: "UTC",
    });
    expect(today.rooms).toMatchObject([
      {
        callId: begun.callId,
        provider: "webrtc",
        roomName: "default:algebra",
        durationSeconds: 600,
        durationSource: "proof",
        present: [
          { userId: "leo", name: "Leo Brandt" },
          { userId: "mia", name: "Mia Torres" },
        ],
      },
    ]);
    expect(await say(leo, "leo", begun.callId, "end")).toMatchObject({ isTracking: false, durationMinutes: 10 });
    const wallet = await leo.get("/api/wallet");
    expect(wallet.body).toMatchObject({ available: 0, held: 0 });
  });

  it("a user acts only for themself; a backend for anybody, or for the one it names", async () => {
    const word = { userId: "leo", callId: "logic", action: "start" };
    expect((await mia.post(track, word)).body).toMatchObject({ code: "forbidden", param: "userId", status: 403 });
    expect((await world.backend("mia").post(track, word)).body).toMatchObject({ code: "forbidden" });
    expect((await world.anybody.post(track, word)).body).toMatchObject({ code: "unauthenticated" });
    const backend = world.backend();
    expect(await say(backend, "nora", "logic", "start")).toMatchObject({ isTracking: true });
    expect(await say(world.backend("nora"), "nora", "logic", "end")).toMatchObject({ isTracking: false });
    expect((await backend.get("/api/study-time")).body).toMatchObject({ code: "invalid_request" });
    expect((await world.backend("nora").get("/api/study-time/today")).status).toBe(200);
  });

  it("bodies and parameters that mean nothing are refused by name", async () => {
    const good = { userId: "leo", callId: "algebra", action: "start" };
    for (const [change, param] of [
      [{ action: "pause" }, "action"],
      [{ action: undefined }, "action"],
      [{ callId: "" }, "callId"],
      [{ callId: "a b" }, "callId"],
      [{ callId: 7 }, "callId"],
      [{ userId: "l e o" }, "userId"],
      [{ seconds: 60 }, "seconds"],
      [{ timeZone: "Mars/Base" }, "timeZone"],
    ] as const) {
      expect((await leo.post(track, { ...good, ...change })).body).toMatchObject({ code: "invalid_request", param });
    }
    for (const [query, param] of [
      ["from=yesterday", "from"],
      ["from=2026-02-30", "from"],
      ["from=2026-11-22&to=2026-11-21", "from"],
      ["from=2020-01-01", "from"],
      ["to=0001-01-01", "to"],
      ["timeZone=Nowhere", "timeZone"],
      ["days=7", "days"],
    ]) {
      expect((await leo.get(`/api/study-time?${query}`)).body).toMatchObject({ code: "invalid_request", param });
    }
    expect((await leo.put("/api/study-time/settings", { timeZone: "CEST+1/2" })).body).toMatchObject({
      code: "invalid_request",
      param: "timeZone",
    });
  });

  it("a room that nobody opened has no end, and a call with a price no heartbeat", async () => {
    expect((await leo.post(track, { userId: "leo", callId: "empty", action: "end" })).body).toMatchObject({
      code: "call_not_found",
      param: "callId",
    });
    await world.meet("ana", { coins: 500 });
    await world.meet("bo", { role: "creator" });
    const ana = world.as("ana");
    const { call } = (await ana.post("/api/calls/initiate", { creatorId: "bo", estimatedMinutes: 10 })).body;
    expect((await ana.post(track, { userId: "ana", callId: call.id, action: "heartbeat" })).body).toMatchObject({
      code: "call_not_joinable",
    });
  });

  it("days are those of the time zone that the user chose", async () => {
    const nadia = await world.meet("nadia");
    await say(nadia, "nadia", "night", "start");
    await world.passTo(13 * 3600);
    await say(nadia, "nadia", "night", "end");
    expect((await nadia.put("/api/study-time/settings", { timeZone: "Asia/Tokyo" })).body).toEqual({
      timeZone: "Asia/Tokyo",
    });
    // From 12:10 UTC, 21:10 in Tokyo, to 01:00 UTC, 10:00 in Tokyo.
    const week = read<StudyTimeJson>(await nadia.get("/api/study-time?from=2026-11-20&to=2026-11-22"));
    expect(week).toMatchObject({ timeZone: "Asia/Tokyo", isTimeZoneChosen: true, serverTime: noon + 13 * 3_600_000 });
    expect(week.days).toEqual([
      { date: "2026-11-20", seconds: 0, minutes: 0 },
      { date: "2026-11-21", seconds: 10_200, minutes: 170 },
      { date: "2026-11-22", seconds: 36_000, minutes: 600 },
    ]);
    const inUtc = read<StudyTimeJson>(await nadia.get("/api/study-time?timeZone=UTC&from=2026-11-21&to=2026-11-22"));
    expect(inUtc.days.map(({ minutes }) => minutes)).toEqual([710, 60]);
  });

  it("in the sandbox anybody can be told to have come to a study room", async () => {
    const { callId } = await say(leo, "leo", "sandboxed", "start");
    const now = (world.server.clock.now() - noon) / 1000;
    await world.tell(callId, [{ type: "joined", userId: "guest" }]);
    await world.passTo(now + 60);
    await world.tell(callId, [{ type: "left", userId: "guest" }]);
    const today = read<TodayJson>(await (await world.meet("guest")).get("/api/study-time/today"));
    expect(today).toMatchObject({ seconds: 60, rooms: [{ callId, durationSource: "webhook" }] });
  });

  it("without Stream its durations are refused, and the message names the settings", async () => {
    for (const path of [
      "calls/algebra/duration",
      "calls/algebra/details",
      "calls/algebra/active",
      "users/leo/active-calls",
    ]) {
      const reply = await leo.get(`/api/stream/${path}`);
      expect(reply.body).toMatchObject({ code: "provider_not_configured", status: 503 });
      expect(reply.body.message).toContain("STREAM_API_KEY");
    }
  });
});

describe.each(databaseKinds)("durations as Stream tells them on $name", (kind) => {
  let world: World;
  let fake: StreamFake;
  let seconds = 0;
  const pass = async (more: number) => {
    seconds += more;
    await world.passTo(seconds);
    fake.sweep();
  };

  beforeAll(async () => {
    const keys = { apiKey: "app_key", secretKey: "a-secret-of-the-stream-app-for-tests" };
    const now = () => noon + seconds * 1000;
    const deliver: Deliver = async ({ body, headers }) => {
      const url = "/api/webhooks/stream-call-events";
      const json = { "content-type": "application/json", ...headers };
      return {
        status: (await world.inject({ method: "POST", url, headers: json, payload: Buffer.from(body) })).status,
      };
    };
    const trueNow = () => noon;
    fake = await startStreamFake({ ...keys, now, trueNow, deliver, sweepEveryMs: null, sleep: async () => {} });
    world = await openWorld(kind, {
      STREAM_API_KEY: keys.apiKey,
      STREAM_SECRET_KEY: keys.secretKey,
      STREAM_API_URL: fake.url,
      FAIRMINUTE_UNKNOWN_CALLS: "stream=study-room",
    });
    for (const userId of ["ada", "ben", "eve"]) await world.meet(userId);
  });
  afterAll(async () => {
    await world.close();
    await fake.stop();
  });

  it("are read from its record of connections, by the people of the call and by backends", async () => {
    const cid = fake.createCall({ id: "algebra", createdBy: "ada", memberIds: ["ada", "ben"] });
    const ada = world.as("ada");
    const begun = await ada.post(track, { userId: "ada", callId: "algebra", action: "start" });
    expect(begun.body).toMatchObject({ isTracking: true });
    fake.join(cid, "ada");
    await pass(60);
    fake.join(cid, "ben");
    await pass(240);
    fake.reconnect(cid, "ben");
    expect((await ada.get("/api/stream/calls/algebra/active")).body).toEqual({ callId: cid, isActive: true });
    expect((await ada.get("/api/stream/users/ada/active-calls")).body).toMatchObject({
      calls: [{ cid, type: "default", id: "algebra", isPresent: true }],
    });
    await pass(300);
    fake.leave(cid, "ada");
    fake.leave(cid, "ben");
    await pass(60);
    expect((await ada.get(`/api/stream/calls/${cid}/duration`)).body).toEqual({
      callId: cid,
      durationSeconds: 600,
      durationMinutes: 10,
    });
    const backend = world.backend();
    const details = (await backend.get("/api/stream/calls/algebra/details")).body;
    expect(details).toMatchObject({
      cid,
      createdBy: "ada",
      memberIds: ["ada", "ben"],
      isActive: false,
      durationSeconds: 600,
    });
    expect((details as unknown as { connections: unknown[] }).connections).toHaveLength(3);
  });

  it("count by signed webhooks alone, whoever opened the room: two people with a reconnect each", async () => {
    // The webhook comes first and opens the room; who starts afterwards finds it.
    const cid = fake.createCall({ id: "logic", createdBy: "ada", memberIds: ["ada", "ben"] });
    fake.join(cid, "ada");
    await fake.flush();
    const word = { userId: "ben", callId: "logic", action: "start" };
    const begun = read<TrackingJson>(await world.as("ben").post(track, word));
    fake.join(cid, "ben");
    await pass(600);
    fake.reconnect(cid, "ada");
    fake.leave(cid, "ben", "connection lost");
    await pass(20);
    fake.join(cid, "ben");
    await pass(580);
    fake.leave(cid, "ada");
    fake.leave(cid, "ben");
    await fake.flush();
    const ended = read<TrackingJson>(await world.as("ben").post(track, { ...word, action: "end" }));
    expect(ended).toMatchObject({
      callId: begun.callId,
      isTracking: false,
      durationSeconds: 1180,
      durationMinutes: 20,
      durationSource: "webhook",
    });
    const today = read<TodayJson>(await world.as("ada").get("/api/study-time/today"));
    expect(today.rooms.find(({ callId }) => callId === begun.callId)).toMatchObject({
      roomName: cid,
      durationSeconds: 1200,
      durationSource: "webhook",
      discrepancy: null,
    });
  });

  it("count by Stream's own record when not one webhook comes, and contradict a client that stays too long", async () => {
    fake.troubles.webhooksDropped = true;
    const cid = fake.createCall({ id: "history", createdBy: "ada", memberIds: ["ada", "ben"] });
    const say = async (userId: string, action: string) =>
      read<TrackingJson>(await world.as(userId).post(track, { userId, callId: "history", action }));
    const { callId } = await say("ada", "start");
    await say("ben", "start");
    fake.join(cid, "ada");
    fake.join(cid, "ben");
    await pass(600);
    fake.reconnect(cid, "ada");
    fake.leave(cid, "ben");
    await pass(10);
    fake.join(cid, "ben");
    await pass(590);
    fake.leave(cid, "ada");
    fake.leave(cid, "ben");
    for (let looked = 0; looked < 12; looked++) await pass(10);
    expect(await say("ada", "end")).toMatchObject({ callId, durationSeconds: 1200, durationSource: "report" });
    await pass(480);
    expect(await say("ben", "end")).toMatchObject({
      callId,
      durationSeconds: 1190,
      durationMinutes: 20,
      durationSource: "report",
      discrepancy: { source: "report", seconds: 1190, otherSource: "hint", otherSeconds: 1800 },
    });
    fake.troubles.webhooksDropped = false;
  });

  it("are nobody else's business, and a call that is nowhere has none", async () => {
    const eve = world.as("eve");
    for (const what of ["duration", "details", "active"]) {
      expect((await eve.get(`/api/stream/calls/algebra/${what}`)).body).toMatchObject({ code: "call_not_found" });
    }
    expect((await eve.get("/api/stream/users/ada/active-calls")).body).toMatchObject({ code: "forbidden" });
    const backend = world.backend();
    expect((await backend.get("/api/stream/calls/nowhere/details")).body).toMatchObject({ code: "call_not_found" });
    expect((await backend.get("/api/stream/calls/nowhere/duration")).body).toMatchObject({ durationSeconds: null });
    expect((await backend.get("/api/stream/calls/a%20b/active")).body).toMatchObject({ code: "invalid_request" });
  });

  it("are refused as not known, not as zero, when Stream does not answer", async () => {
    fake.troubles.apiFails = true;
    const reply = await world.backend().get("/api/stream/calls/algebra/duration");
    expect(reply.body).toMatchObject({ code: "provider_unavailable", status: 503 });
    fake.troubles.apiFails = false;
  });
});
