// The answer of a request with a key is kept with its effect: both or neither, and never a second effect under one key.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import type { Keeping } from "./charging.ts";

for (const kind of databaseKinds) {
  describe(`kept answers on ${kind.name}`, () => {
    let test: TestDatabase;
    let world: World;
    beforeAll(async () => {
      test = await kind.open();
      world = new World(test);
    });
    afterAll(() => test.close());

    const ask = (key: string, fingerprint = "asked"): Keeping => ({
      scope: "user:leo",
      key,
      fingerprint,
      status: 200,
      kept: null,
      isUsed: false,
    });
    const kept = (key: string) =>
      test.db.query("select scope, fingerprint, status, answer from idempotency_keys where key = $1", [key]);

    it("stands there with the effect, as it was given", async () => {
      const people = await world.pair(600);
      const opening = { ...ask("open"), status: 201 };
      const input = { payerId: people.leo, payeeId: people.mia, estimatedMinutes: 30, minimumMinutes: 5 };
      const call = await world.hall.openCall({ ...input, autoAccept: false }, opening);
      expect(opening.kept).toEqual(call);
      expect(await kept("open")).toEqual([{ scope: "user:leo", fingerprint: "asked", status: 201, answer: { call } }]);
      const accepting = ask("accept");
      const accepted = await world.hall.commandCall(call.id, { kind: "accept", userId: people.mia }, accepting);
      expect([accepted.status, accepting.kept]).toEqual(["accepted", accepted]);
      const joining = ask("join");
      const joined = await world.hall.recordEvents(call.id, [world.joined(people.leo, "k1")], joining);
      expect(await kept("join")).toMatchObject([{ status: 200, answer: { call: joined } }]);
    });

    it("a used key lets nothing happen, and the other changes of its batch do", async () => {
      const people = await world.pair(900);
      const calls = await Promise.all([world.open(people), world.open(people), world.open(people)]);
      const cancel = (i: number, keeping?: Keeping) =>
        world.hall.commandCall(calls[i]?.id ?? "", { kind: "cancel", userId: people.leo }, keeping);
      await cancel(0, ask("used"));
      const again = ask("used", "something else");
      const [refused, other] = await Promise.allSettled([cancel(1, again), cancel(2, ask("unused"))]);
      expect(refused).toMatchObject({ status: "rejected", reason: { code: "idempotency_key_reused" } });
      expect([again.isUsed, again.kept]).toEqual([true, null]);
      expect(other).toMatchObject({ status: "fulfilled", value: { status: "cancelled" } });
      const now = await Promise.all(calls.map(({ id }) => world.hall.readCall(id, null)));
      expect(now.map(({ status }) => status)).toEqual(["cancelled", "pending", "cancelled"]);
      expect(await kept("used")).toMatchObject([{ fingerprint: "asked" }]);
      expect(await world.coins(people.leo)).toEqual({ available: 600, held: 300, earnings: 0 });
    });

    it("of two commands under one key through two servers at once, one is carried out", async () => {
      for (let i = 0; i < 10; i += 1) {
        const people = await world.pair(600);
        const calls = await Promise.all([world.open(people), world.open(people)]);
        const answers = await Promise.allSettled(
          calls.map(({ id }, n) =>
            world.halls[n as 0 | 1].commandCall(id, { kind: "cancel", userId: people.leo }, ask(`race-${i}`, `${n}`)),
          ),
        );
        expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
        expect(await world.coins(people.leo)).toEqual({ available: 300, held: 300, earnings: 0 });
      }
    });

    it("nothing is kept of what was not written: a refusal, a lost race, a repetition", async () => {
      const people = await world.pair(100);
      const short = ask("short");
      const input = { payerId: people.leo, payeeId: people.mia, estimatedMinutes: 30, minimumMinutes: 5 };
      await expect(world.hall.openCall({ ...input, autoAccept: false }, short)).rejects.toMatchObject({
        code: "insufficient_balance",
      });
      expect([short.kept, await kept("short")]).toEqual([null, []]);

      const rich = await world.pair(300);
      const call = await world.open(rich);
      const foreign = ask("foreign");
      const stranger = { kind: "cancel", userId: "stranger" } as const;
      await expect(world.hall.commandCall(call.id, stranger, foreign)).rejects.toMatchObject({
        code: "call_not_found",
      });
      expect(await kept("foreign")).toEqual([]);
      // The other server wrote the call meanwhile: this one's first try is stale, its second finds nothing to do.
      await world.halls[1].commandCall(call.id, { kind: "cancel", userId: rich.leo });
      const late = ask("late");
      const answer = await world.hall.commandCall(call.id, { kind: "cancel", userId: rich.leo }, late);
      expect([answer.status, late.kept, await kept("late")]).toEqual(["cancelled", null, []]);
    });
  });
}
