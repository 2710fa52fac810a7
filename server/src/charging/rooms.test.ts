// Stories of calls that run in a provider's room: registered, found by their evidence, in rooms that are used again.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import { audit } from "./audit.ts";

for (const kind of databaseKinds) {
  describe(`calls in providers' rooms on ${kind.name}`, () => {
    let test: TestDatabase;
    let world: World;
    beforeAll(async () => {
      test = await kind.open();
      world = new World(test);
    });
    afterEach(async () => {
      const report = await audit(test.db, world.now);
      expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    });
    afterAll(() => test.close());

    const states = (callId: string) =>
      test.db.query("select provider, room_name, state from provider_calls where call_id = $1", [callId]);
    const registered = (roomName: string) => ({ provider: "livekit", roomName, accepted: "registered" });

    it("a registered call rings nobody and is watched until it is settled", async () => {
      const people = await world.pair(300);
      const call = await world.open(people, registered("lobby-1"));
      expect(call).toMatchObject({ status: "accepted", provider: "livekit", roomName: "lobby-1", heldCoins: 300 });
      expect(await states(call.id)).toEqual([{ provider: "livekit", room_name: "lobby-1", state: "live" }]);
      await world.hall.commandCall(call.id, { kind: "cancel", userId: people.leo });
      expect(await states(call.id)).toEqual([{ provider: "livekit", room_name: "lobby-1", state: "closing" }]);
    });

    it("built-in calls are watched by nobody", async () => {
      const call = await world.open(await world.pair(300));
      expect(await states(call.id)).toEqual([]);
    });

    it("a room carries one live call: the second is refused and holds nothing, also from two halls at once", async () => {
      const first = await world.pair(300);
      await world.open(first, registered("lobby-2"));
      const second = await world.pair(300);
      await expect(world.open(second, registered("lobby-2"))).rejects.toMatchObject({ code: "room_in_use" });
      expect(await world.coins(second.leo)).toEqual({ available: 300, held: 0, earnings: 0 });

      const people = await Promise.all(Array.from({ length: 6 }, () => world.pair(300)));
      const answers = await Promise.allSettled(
        people.map(({ leo, mia }, i) =>
          world.halls[i % 2 === 0 ? 0 : 1].openCall({
            payerId: leo,
            payeeId: mia,
            estimatedMinutes: 30,
            minimumMinutes: 5,
            autoAccept: false,
            ...registered("lobby-3"),
          }),
        ),
      );
      expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const answer of answers) {
        if (answer.status === "rejected") expect(answer.reason).toMatchObject({ code: "room_in_use" });
      }
    });

    it("evidence belongs to the call that its instant falls into when a room is used again", async () => {
      const people = await world.pair(600);
      const first = await world.open(people, registered("lobby-4"));
      await world.pass(60);
      await world.hall.commandCall(first.id, { kind: "cancel", userId: people.mia });
      const between = world.now;
      await world.pass(60);
      const second = await world.open(people, registered("lobby-4"));
      const find = async (at: number) => (await world.hall.findRoomCall("livekit", "lobby-4", at))?.id ?? null;
      expect(await find(world.now + 1000)).toBe(second.id);
      expect(await find(between)).toBe(first.id);
      expect(await find(world.now - 3_600_000)).toBe(second.id);
      expect(await world.hall.findRoomCall("stream", "lobby-4", world.now)).toBeNull();
      expect(await world.hall.findRoomCall("livekit", "lobby-5", world.now)).toBeNull();
    });

    it("a call that is found by its evidence begins where the evidence begins", async () => {
      const people = await world.pair(300);
      const start = world.now;
      await world.pass(50);
      const call = await world.open(people, {
        ...registered("lobby-6"),
        accepted: "adopted",
        requestedAt: start,
        evidence: [world.joined(people.leo, "a1", start), world.joined(people.mia, "b1", start + 2000)],
      });
      expect(call).toMatchObject({
        status: "active",
        requestedAt: new Date(start).toISOString(),
        startedAt: new Date(start + 2000).toISOString(),
      });
      await world.hall.commandCall(call.id, { kind: "end", userId: people.leo });
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({ billableSeconds: 48, actualCoins: 10 });
    });

    it("whoever comes to a study room takes part, may see it, and pays nothing; nobody else may", async () => {
      const { leo, mia } = await world.pair(0);
      const room = await world.hall.openCall({
        payerId: leo,
        payeeId: null,
        preset: "study-room",
        estimatedMinutes: 60,
        minimumMinutes: 0,
        autoAccept: false,
        ...registered("default:algebra"),
        provider: "stream",
      });
      await expect(world.hall.readCall(room.id, mia)).rejects.toMatchObject({ code: "call_not_found" });
      await world.hall.recordEvents(room.id, [world.joined(leo, "s1"), world.joined(mia, "s2")]);
      await world.pass(600);
      await world.hall.recordEvents(room.id, [world.left(mia, "s2")]);
      const { participants } = await world.hall.readParticipants(room.id, mia);
      expect(participants).toMatchObject([
        { userId: leo, role: "attendee", presentSeconds: 600, connections: [{ connectionId: "s1", leftAt: null }] },
        {
          userId: mia,
          role: "attendee",
          presentSeconds: 600,
          penalty: null,
          connections: [{ connectionId: "s2", leaveReason: "connection_lost", leftSource: "webhook" }],
        },
      ]);
      const listed = await world.hall.listCalls({ userId: mia, limit: 10 });
      expect(listed.calls.map(({ id }) => id)).toEqual([room.id]);
      await expect(world.hall.readParticipants(room.id, "stranger")).rejects.toMatchObject({ code: "call_not_found" });
    });

    it("I7: in a study room everybody who hangs up has left, also after somebody else did", async () => {
      const { leo, mia } = await world.pair(0);
      const room = await world.hall.openCall({
        payerId: leo,
        payeeId: null,
        preset: "study-room",
        estimatedMinutes: 60,
        minimumMinutes: 0,
        autoAccept: false,
        ...registered("default:geometry"),
        provider: "stream",
      });
      const people = [leo, mia, `${mia}-friend`];
      await world.hall.recordEvents(
        room.id,
        people.map((userId) => world.joined(userId, `${room.id}-${userId}`)),
      );
      for (const userId of [mia, `${mia}-friend`]) {
        await world.pass(300);
        await world.hall.commandCall(room.id, { kind: "end", userId });
      }
      await world.pass(300);
      const { participants } = await world.hall.readParticipants(room.id, leo);
      expect(participants.map(({ userId, presentSeconds }) => [userId, presentSeconds]).sort()).toEqual([
        [leo, 900],
        [mia, 300],
        [`${mia}-friend`, 600],
      ]);
    });
  });
}
