// Stories of the hall when somebody looks at a call that is over: the bill is what it was, unless evidence really came later.
import { presetTerms, type Terms } from "@fairminute/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import { audit } from "./audit.ts";
import type { CallJson, Evidence } from "./charging.ts";

/** By the second, so that every second that is lost shows. */
function terms(reconnectGraceSeconds: number): Terms {
  const plain = presetTerms("creator-call");
  const tariff = { ...plain.tariff, pricePerMinute: 60n, initialIncrementSeconds: 1, incrementSeconds: 1 };
  return { ...plain, tariff, limits: { ...plain.limits, reconnectGraceSeconds } };
}

for (const kind of databaseKinds) {
  describe(`a late look on ${kind.name}`, () => {
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

    const heard = (call: CallJson, userId: string, connectionId: string): Evidence => ({
      ...world.joined(userId, connectionId),
      id: `seen:${call.id}:${world.now}`,
      type: "participant.seen",
      source: "proof",
      untilAt: world.now,
    });

    /** Mia is heard twelve seconds long, and never again. */
    const talk = async (grace: number) => {
      const people = await world.pair(5000);
      const call = await world.talk(people, { terms: terms(grace), estimatedMinutes: 5 });
      const mias = `${call.id}-m`;
      const proof = [heard(call, people.mia, mias)];
      await world.hall.recordEvents(call.id, proof);
      await world.pass(12);
      proof.push(heard(call, people.mia, mias));
      await world.hall.recordEvents(call.id, proof);
      return { people, call, proof };
    };

    /** Looks later in every way there is: after a top-up, by repeated evidence, at the other server, by the receipt. */
    const lookAgain = async (call: CallJson, people: { leo: string; mia: string }, proof: Evidence[]) => {
      const seen = await world.hall.readCall(call.id, people.leo);
      const coins = [await world.coins(people.leo), await world.coins(people.mia)];
      for (const seconds of [1, 15, 60, 86_400]) {
        await world.pass(seconds);
        await world.hall.advanceCalls([call.id]);
        await world.halls[1].recordEvents(call.id, proof);
        expect(await world.hall.readCall(call.id, people.leo)).toEqual(seen);
        expect([await world.coins(people.leo), await world.coins(people.mia)]).toEqual(coins);
        const { payers } = await world.hall.readReceipt(call.id, people.leo);
        expect(payers[0]?.lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(seen.actualCoins);
      }
    };

    it("a hang-up while a silence is not noticed yet: the bill goes to the hang-up, and stays", async () => {
      const { people, call, proof } = await talk(30);
      await world.pass(20);
      const ended = await world.hall.commandCall(call.id, { kind: "end", userId: people.leo });
      expect(ended).toMatchObject({ status: "completed", billableSeconds: 32, actualCoins: 32 });
      await lookAgain(call, people, proof);
      const { participants } = await world.hall.readParticipants(call.id, null);
      expect(participants.map(({ presentSeconds }) => presentSeconds)).toEqual([32, 32]);
    });

    it("a leave while the other one has not been heard: nothing is told before it is known who was there, and nothing moves after", async () => {
      const { people, call, proof } = await talk(5);
      await world.pass(8);
      await world.hall.recordEvents(call.id, [world.left(people.leo, `${call.id}-l`)]);
      await world.pass(21);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({
        status: "active",
        endedAt: null,
        heldCoins: 300,
        actualCoins: null,
      });
      await world.pass(1);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({
        status: "completed",
        endReason: "heartbeat_timeout",
        endedBy: people.mia,
        durationSeconds: 12,
        actualCoins: 12,
      });
      await lookAgain(call, people, proof);
    });

    it("… and when she is heard after all, the call is settled then, up to the leave", async () => {
      const { people, call, proof } = await talk(5);
      await world.pass(8);
      await world.hall.recordEvents(call.id, [world.left(people.leo, `${call.id}-l`)]);
      await world.pass(10);
      proof.push(heard(call, people.mia, `${call.id}-m`));
      expect(await world.hall.recordEvents(call.id, proof)).toMatchObject({
        status: "completed",
        endReason: "connection_lost",
        endedBy: people.leo,
        actualCoins: 20,
      });
      await lookAgain(call, people, proof);
    });

    it("a server that slept through all of it finds the same", async () => {
      const { people, call, proof } = await talk(5);
      await world.pass(8);
      await world.hall.recordEvents(call.id, [world.left(people.leo, `${call.id}-l`)]);
      world.now += 3600_000;
      await world.hall.advanceCalls([call.id]);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({ durationSeconds: 12, actualCoins: 12 });
      await lookAgain(call, people, proof);
    });

    it("a left of an earlier instant that the provider tells a day later is evidence, and gives coins back", async () => {
      const { people, call, proof } = await talk(30);
      await world.pass(20);
      await world.hall.commandCall(call.id, { kind: "end", userId: people.leo });
      const leftAt = world.now - 25_000;
      await world.pass(86_400);
      const news = await world.hall.recordEvents(call.id, [world.left(people.mia, `${call.id}-m`, leftAt)]);
      expect(news).toMatchObject({ status: "completed", actualCoins: 7 });
      expect(await world.coins(people.leo)).toMatchObject({ available: 4993 });
      await lookAgain(call, people, proof);
    });
  });
}
