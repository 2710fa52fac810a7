// Stories of study rooms: who is in which, for how long, and by which evidence.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import type { World } from "../../test/hall.ts";
import { Stage } from "./stage.case.ts";
import type { Study, TrackingJson } from "./study.ts";

const HOUR = 3600;

for (const kind of databaseKinds) {
  describe(`study rooms on ${kind.name}`, () => {
    let test: TestDatabase;
    let stage: Stage;
    let world: World;
    let study: Study;
    let other: Study;
    beforeAll(async () => {
      test = await kind.open();
      stage = new Stage(test);
      ({ world, study, other } = stage);
    });
    afterAll(() => test.close());
    const start: Stage["start"] = (...word) => stage.start(...word);
    const end: Stage["end"] = (...word) => stage.end(...word);
    const seen: Stage["seen"] = (...word) => stage.seen(...word);
    const stay: Stage["stay"] = (...told) => stage.stay(...told);

    it("the client's word alone: counted until the end it gives, and marked as such", async () => {
      const { leo, mia, room } = stage.setting();
      const begun = await start(leo, room);
      expect(begun).toMatchObject({ isTracking: true, durationSeconds: 0, dailyHours: 0, discrepancy: null });
      await start(mia, room);
      await world.pass(30 * 60);
      // Reconnect: the page went away and came back.
      expect(await end(leo, room)).toMatchObject({ isTracking: false, durationSeconds: 1800, durationMinutes: 30 });
      await world.pass(10 * 60);
      expect(await start(leo, room)).toMatchObject({ callId: begun.callId, isTracking: true });
      await world.pass(15 * 60);
      expect(await end(leo, room)).toEqual({
        callId: begun.callId,
        isTracking: false,
        durationSeconds: 2700,
        durationMinutes: 45,
        durationSource: "hint",
        dailyHours: 0.75,
        discrepancy: null,
      });
      expect(await end(mia, room)).toMatchObject({ durationMinutes: 55, durationSource: "hint", dailyHours: 0.92 });
    });

    it("heartbeats alone: proven, gaps cut out, to the second of the end", async () => {
      const { leo, mia, room } = stage.setting();
      for (const userId of [leo, mia]) {
        await start(userId, room);
        await seen(userId, room);
      }
      await stage.beat(20 * 60, [
        [leo, room],
        [mia, room],
      ]);
      // Leo's line is lost for five minutes; Mia goes on.
      await stage.beat(5 * 60, [[mia, room]]);
      expect(await seen(leo, room)).toMatchObject({ isTracking: true, durationMinutes: 20, durationSource: "proof" });
      await stage.beat(10 * 60, [
        [leo, room],
        [mia, room],
      ]);
      await world.pass(7);
      expect(await end(leo, room)).toMatchObject({
        isTracking: false,
        durationSeconds: 30 * 60 + 7,
        durationMinutes: 30,
        durationSource: "proof",
        // The page said that he was there all the time.
        discrepancy: { source: "proof", seconds: 1807, otherSource: "hint", otherSeconds: 2107 },
      });
      expect(await end(mia, room)).toMatchObject({
        durationSeconds: 35 * 60 + 7,
        durationSource: "proof",
        discrepancy: null,
      });
    });

    it("webhooks alone, with a reconnect each: the union of connections, never the sum", async () => {
      const { leo, mia, room } = stage.setting();
      const { callId } = await start(leo, room);
      await start(mia, room);
      await world.pass(HOUR);
      await world.hall.recordEvents(callId, [
        ...stay("webhook", leo, "leo-1", -3600, -2400),
        // The new connection is there before the old one is gone.
        ...stay("webhook", leo, "leo-2", -2410, 0),
        ...stay("webhook", mia, "mia-1", -3600, -1800),
        ...stay("webhook", mia, "mia-2", -1200, 0),
      ]);
      expect(await end(leo, room)).toMatchObject({
        durationSeconds: 3600,
        durationMinutes: 60,
        durationSource: "webhook",
        discrepancy: null,
      });
      // Ten minutes away: the client never said so, and the provider's events count.
      expect(await end(mia, room)).toMatchObject({
        durationSeconds: 3000,
        durationMinutes: 50,
        durationSource: "webhook",
        discrepancy: { source: "webhook", seconds: 3000, otherSource: "hint", otherSeconds: 3600 },
      });
    });

    it("the provider's own record goes before its events, and what differs stays visible", async () => {
      const { leo, mia, room } = stage.setting();
      const { callId } = await start(leo, room);
      await start(mia, room);
      await world.pass(HOUR);
      await world.hall.recordEvents(callId, [
        ...stay("webhook", leo, "leo-1", -3600, -1740),
        ...stay("webhook", leo, "leo-2", -1730, 0),
        // Her left of the first connection was lost, and told later than it happened.
        ...stay("webhook", mia, "mia-1", -3600, -600),
        ...stay("webhook", mia, "mia-2", -500, 0),
      ]);
      await world.pass(60);
      await world.hall.recordEvents(callId, [
        ...stay("report", leo, "leo-1", -3660, -1800),
        ...stay("report", leo, "leo-2", -1790, -60),
        ...stay("report", mia, "mia-1", -3660, -1860),
        ...stay("report", mia, "mia-2", -560, -60),
      ]);
      const told = await study.readToday(leo);
      expect(told.rooms).toMatchObject([
        { callId, durationSeconds: 3590, durationSource: "report", discrepancy: null },
      ]);
      expect((await study.readToday(mia)).rooms).toMatchObject([
        {
          callId,
          durationSeconds: 2300,
          durationSource: "report",
          discrepancy: { source: "report", seconds: 2300, otherSource: "webhook", otherSeconds: 3500 },
        },
      ]);
    });

    it("who leaves the room and not the page is not in the room: heartbeats count where nobody else tells", async () => {
      const { leo, mia, room } = stage.setting();
      const { callId } = await start(leo, room);
      await start(mia, room);
      await world.hall.recordEvents(callId, [...stay("webhook", leo, "leo-1", 0), ...stay("webhook", mia, "mia-1", 0)]);
      await seen(leo, room);
      await stage.beat(600, [[leo, room]]);
      await world.hall.recordEvents(callId, [...stay("webhook", leo, "leo-1", -600, 0)]);
      expect((await study.readToday(leo)).isPresent).toBe(false);
      const [last] = await stage.beat(600, [[leo, room]]);
      expect(last).toMatchObject({
        durationSeconds: 600,
        durationSource: "webhook",
        discrepancy: { source: "webhook", seconds: 600, otherSource: "proof", otherSeconds: 1200 },
      });
      expect(await study.readToday(mia)).toMatchObject({ seconds: 1200, isPresent: true });
    });

    it("a client that says it stayed when everybody had gone contradicts the provider, also after the call was over", async () => {
      const { leo, room } = stage.setting();
      const { callId } = await start(leo, room);
      await world.pass(600);
      await world.hall.recordEvents(callId, stay("webhook", leo, "leo-1", -600, 0));
      await world.pass(1800);
      expect(await world.hall.readCall(callId, leo)).toMatchObject({ status: "completed" });
      expect(await end(leo, room)).toMatchObject({
        callId,
        isTracking: false,
        durationMinutes: 10,
        durationSource: "webhook",
        discrepancy: { source: "webhook", seconds: 600, otherSource: "hint", otherSeconds: 2400 },
      });
    });

    it("a page that was closed without a word contradicts nothing", async () => {
      const { leo, mia, room } = stage.setting();
      await start(mia, room);
      await start(leo, room);
      await seen(leo, room);
      await stage.beat(300, [[leo, room]]);
      await world.pass(1200);
      expect((await study.readToday(leo)).rooms).toMatchObject([
        { durationSeconds: 300, durationSource: "proof", discrepancy: null, isPresent: false },
      ]);
    });

    it("repeating a start, a heartbeat or an end changes nothing, however many come at once", async () => {
      const { leo, room } = stage.setting();
      const log = async (callId: string) => (await world.hall.readTimeline(callId, null)).entries;
      const starts = await Promise.all(
        Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? study : other).start({ userId: leo, callId: room })),
      );
      const callId = (starts[0] as TrackingJson).callId;
      expect(new Set(starts.map((answer) => answer.callId))).toEqual(new Set([callId]));
      const hints = async () => (await log(callId)).filter(({ source }) => source === "hint").map(({ type }) => type);
      expect(await hints()).toEqual(["participant.joined"]);
      await Promise.all([seen(leo, room), other.seen({ userId: leo, callId: room }), seen(leo, room)]);
      await stage.beat(60, [[leo, room]]);
      await Promise.all([end(leo, room), other.end({ userId: leo, callId: room }), end(leo, room)]);
      const before = await end(leo, room);
      expect(before).toMatchObject({ isTracking: false, durationSeconds: 60 });
      await world.pass(3);
      expect(await end(leo, room)).toEqual(before);
      expect(await hints()).toEqual(["participant.joined", "participant.left"]);
    });

    it("people who start at the same instant, on two servers, get the same call", async () => {
      const { room } = stage.setting();
      const people = Array.from({ length: 10 }, (_, i) => `${room}-${i}`);
      const answers = await Promise.all(
        people.map((userId, i) => (i % 2 === 0 ? study : other).start({ userId, callId: room })),
      );
      expect(new Set(answers.map(({ callId }) => callId)).size).toBe(1);
      expect(answers.every(({ isTracking }) => isTracking)).toBe(true);
      const { present } = (await study.readToday(people[0] as string)).rooms[0] as { present: { userId: string }[] };
      expect(present.map(({ userId }) => userId).sort()).toEqual([...people].sort());
    });

    it("a room is named by Stream's id, its cid, or the id of its call here", async () => {
      const { leo, room, cid } = stage.setting();
      const { callId } = await start(leo, room);
      expect(await world.hall.readCall(callId, leo)).toMatchObject({
        provider: "stream",
        roomName: cid,
        preset: "study-room",
        payeeId: null,
      });
      await seen(leo, cid);
      await stage.beat(30, [[leo, callId]]);
      expect(await end(leo, cid)).toMatchObject({ callId, durationSeconds: 30, isTracking: false });
    });

    it("a call that a webhook of the provider opened is found, not opened again", async () => {
      const { leo, mia, room, cid } = stage.setting();
      const call = await world.hall.openCall({
        payerId: mia,
        payeeId: null,
        preset: "study-room",
        estimatedMinutes: 0,
        minimumMinutes: 0,
        autoAccept: false,
        accepted: "adopted",
        provider: "stream",
        roomName: cid,
        evidence: stay("webhook", mia, "mia-1", 0),
      });
      expect(await start(leo, room)).toMatchObject({ callId: call.id, isTracking: true });
    });

    it("when everybody has gone the call ends; the next start opens the room's next call, and both count", async () => {
      const { leo, room } = stage.setting();
      const first = await start(leo, room);
      await seen(leo, room);
      await stage.beat(600, [[leo, room]]);
      await world.pass(120);
      expect(await seen(leo, room)).toMatchObject({ callId: first.callId, isTracking: false, durationSeconds: 600 });
      const second = await start(leo, room);
      expect(second.callId).not.toBe(first.callId);
      await seen(leo, room);
      const [last] = await stage.beat(300, [[leo, room]]);
      expect(last).toMatchObject({ callId: second.callId, durationSeconds: 300, dailyHours: 0.25 });
      await expect(start(leo, first.callId)).rejects.toMatchObject({ code: "call_already_ended", param: "callId" });
      expect(await end(leo, room)).toMatchObject({ callId: second.callId });
    });

    it("several rooms at once count once, and today counts while it runs", async () => {
      const { leo, room } = stage.setting();
      const rooms: [string, string][] = [`${room}-a`, `${room}-b`].map((name) => [leo, name]);
      for (const [userId, name] of rooms) {
        await start(userId, name);
        await seen(userId, name);
        await world.pass(1);
      }
      await stage.beat(598, rooms);
      await end(leo, `${room}-a`);
      await stage.beat(300, rooms.slice(1));
      await world.pass(10);
      const today = await study.readToday(leo);
      expect(today).toMatchObject({ seconds: 910, minutes: 15, dailyHours: 0.25, isPresent: true });
      expect(today.rooms).toMatchObject([
        { roomName: `default:${room}-a`, durationSeconds: 600, isPresent: false, present: [] },
        { roomName: `default:${room}-b`, durationSeconds: 909, isPresent: true, present: [{ userId: leo }] },
      ]);
    });

    it("a call that costs something is not tracked from here: nobody proves billable time by a heartbeat", async () => {
      const call = await world.talk(await world.pair(500));
      const { leo } = stage.setting();
      await expect(start(leo, call.id)).rejects.toMatchObject({ code: "call_not_joinable", param: "callId" });
      await expect(seen(call.payerId, call.id)).rejects.toMatchObject({ code: "call_not_joinable" });
      await world.hall.commandCall(call.id, { kind: "end", userId: null });
    });

    it("a room where nobody ever was, and names that no room can have, are refused", async () => {
      const { leo, room } = stage.setting();
      await expect(end(leo, room)).rejects.toMatchObject({ code: "call_not_found", param: "callId" });
      await expect(seen(leo, "call_00000000000000000000000000")).rejects.toMatchObject({ code: "call_not_found" });
      for (const name of ["a b", "default:", ":a", "a:b:c", "x".repeat(129), "ü", "a/b"]) {
        await expect(start(leo, name)).rejects.toMatchObject({ code: "invalid_request", param: "callId" });
      }
    });

    it("two people in one room do not end each other, and nobody's time is anybody else's", async () => {
      const { leo, mia, room } = stage.setting();
      await start(leo, room);
      await start(mia, room);
      await world.pass(300);
      await end(leo, room);
      await world.pass(300);
      expect(await study.readToday(leo)).toMatchObject({ seconds: 300, isPresent: false });
      expect(await study.readToday(mia)).toMatchObject({ seconds: 600, isPresent: true });
      expect(await study.readToday(`${mia}-stranger`)).toMatchObject({ seconds: 0, rooms: [] });
    });
  });
}
