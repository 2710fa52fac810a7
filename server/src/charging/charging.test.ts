// Stories of the hall on every database: a movable clock, evidence as a provider would tell it, and the coins that must come out.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { createIds } from "../ids.ts";
import { creditWallet } from "../ledger/transfers.ts";
import { readWallet } from "../ledger/wallet.ts";
import { audit } from "./audit.ts";
import { type CallJson, type Charging, createCharging, type Evidence } from "./charging.ts";
import { carryOutUntil } from "./ordered.ts";

const START = Date.parse("2026-03-02T10:00:00Z");

/** Everything a story needs: people with coins, a clock to move, and two halls, as two servers would have them. */
class World {
  now = START;
  people = 0;
  readonly halls: [Charging, Charging];

  constructor(readonly test: TestDatabase) {
    const hall = () =>
      createCharging({
        db: test.db,
        now: () => this.now,
        nextId: createIds(() => this.now).next,
        lanes: test.db.kind === "pglite" ? 1 : 2,
        onWritten: () => {},
      });
    this.halls = [hall(), hall()];
  }

  get hall(): Charging {
    return this.halls[0];
  }

  async pair(coins: number): Promise<{ leo: string; mia: string }> {
    this.people += 1;
    const leo = `leo${this.people}`;
    if (coins > 0) await creditWallet(this.test.db, { userId: leo, amount: BigInt(coins), key: leo, now: this.now });
    return { leo, mia: `mia${this.people}` };
  }

  open(
    people: { leo: string; mia: string },
    more: Partial<Parameters<Charging["openCall"]>[0]> = {},
  ): Promise<CallJson> {
    return this.hall.openCall({
      payerId: people.leo,
      payeeId: people.mia,
      estimatedMinutes: 30,
      minimumMinutes: 5,
      autoAccept: false,
      ...more,
    });
  }

  joined(userId: string, connectionId: string, occurredAt = this.now): Evidence {
    return {
      id: `joined:${connectionId}`,
      type: "participant.joined",
      source: "webhook",
      userId,
      connectionId,
      reason: null,
      occurredAt,
      untilAt: null,
    };
  }

  left(userId: string, connectionId: string, occurredAt = this.now): Evidence {
    return {
      id: `left:${connectionId}`,
      type: "participant.left",
      source: "webhook",
      userId,
      connectionId,
      reason: "connection_lost",
      occurredAt,
      untilAt: null,
    };
  }

  /** Turns the clock, carrying out every deadline on the way. */
  async pass(seconds: number): Promise<void> {
    const until = this.now + seconds * 1000;
    await carryOutUntil(this.test.db, this.hall, until);
    this.now = until;
  }

  /** Opens, accepts and starts a call. */
  async talk(people: { leo: string; mia: string }, more: Parameters<World["open"]>[1] = {}): Promise<CallJson> {
    const call = await this.open(people, more);
    await this.hall.commandCall(call.id, { kind: "accept", userId: people.mia });
    return this.hall.recordEvents(call.id, [
      this.joined(people.leo, `${call.id}-l`),
      this.joined(people.mia, `${call.id}-m`),
    ]);
  }

  async coins(userId: string): Promise<{ available: number; held: number; earnings: number }> {
    const { available, held, earnings } = await readWallet(this.test.db, userId);
    return { available, held, earnings };
  }
}

for (const kind of databaseKinds) {
  describe(`the hall on ${kind.name}`, () => {
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

    it("30 estimated minutes at 10 hold 300; 18 minutes charge 180 and release 120; payee 144, platform 36", async () => {
      const people = await world.pair(500);
      const call = await world.talk(people);
      expect(call).toMatchObject({ status: "active", estimatedCoins: 300, heldCoins: 300, actualCoins: null });
      expect(await world.coins(people.leo)).toEqual({ available: 200, held: 300, earnings: 0 });
      await world.pass(18 * 60);
      const ended = await world.hall.commandCall(call.id, { kind: "end", userId: people.leo });
      expect(ended).toMatchObject({
        status: "completed",
        durationSeconds: 1080,
        billedSeconds: 1080,
        actualCoins: 180,
        heldCoins: 0,
        endReason: "payer_hung_up",
        endedBy: people.leo,
      });
      expect(await world.coins(people.leo)).toEqual({ available: 320, held: 0, earnings: 0 });
      expect(await world.coins(people.mia)).toEqual({ available: 144, held: 0, earnings: 144 });
    });

    it("17:01 is charged as 18 minutes", async () => {
      const people = await world.pair(500);
      const call = await world.talk(people);
      await world.pass(17 * 60 + 1);
      expect(await world.hall.commandCall(call.id, { kind: "end", userId: people.mia })).toMatchObject({
        billableSeconds: 1021,
        billedSeconds: 1080,
        actualCoins: 180,
      });
    });

    it("rejected, cancelled, not answered, nobody joined: everything is released and nothing charged", async () => {
      const endings: [string, (call: CallJson, people: { leo: string; mia: string }) => Promise<unknown>][] = [
        ["rejected", (call, { mia }) => world.hall.commandCall(call.id, { kind: "reject", userId: mia })],
        [
          "cancelled",
          (call, { leo }) =>
            world.hall.commandCall(call.id, { kind: "cancel", userId: leo, reason: "changed my mind" }),
        ],
        ["cancelled", (call, { leo }) => world.hall.commandCall(call.id, { kind: "end", userId: leo })],
        ["missed", () => world.pass(46)],
        [
          "missed",
          async (call, { leo, mia }) => {
            await world.hall.commandCall(call.id, { kind: "accept", userId: mia });
            await world.hall.recordEvents(call.id, [world.joined(leo, `${call.id}-alone`)]);
            await world.pass(121);
          },
        ],
      ];
      for (const [status, end] of endings) {
        const people = await world.pair(300);
        const call = await world.open(people);
        await end(call, people);
        expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({
          status,
          actualCoins: 0,
          heldCoins: 0,
          startedAt: null,
        });
        expect(await world.coins(people.leo)).toEqual({ available: 300, held: 0, earnings: 0 });
        expect(await world.coins(people.mia)).toEqual({ available: 0, held: 0, earnings: 0 });
      }
    });

    it("a short balance opens nothing, and says what is required and what there is", async () => {
      const people = await world.pair(299);
      await expect(world.open(people)).rejects.toMatchObject({
        code: "insufficient_balance",
        details: { required: 300, available: 299 },
      });
      expect((await world.hall.listCalls({ userId: people.leo, limit: 10 })).calls).toEqual([]);
      await expect(world.open(await world.pair(49), { estimatedMinutes: 1 })).rejects.toMatchObject({
        details: { required: 50, available: 49 },
      });
      expect(await world.open(await world.pair(50), { estimatedMinutes: 1 })).toMatchObject({
        estimatedCoins: 10,
        heldCoins: 10,
      });
    });

    it("a call longer than its estimate goes on while money lasts, warns once, and ends at funded-until with exactly what was held", async () => {
      const people = await world.pair(75);
      const call = await world.talk(people, { estimatedMinutes: 5 });
      const warnings = async () => {
        const rows = await test.db.query<{ at: bigint; data: { news: { type: string }[] } }>(
          "select written_at as at, data from notices where call_id = $1 order by id",
          [call.id],
        );
        return rows.flatMap(({ at, data }) =>
          data.news.filter(({ type }) => type === "call:low-balance").map(() => Number(at)),
        );
      };
      const start = world.now;
      await world.pass(5 * 60);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({ status: "active", heldCoins: 70 });
      await world.pass(60 + 59);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({
        status: "active",
        fundedUntil: new Date(start + 420_000).toISOString(),
      });
      await world.pass(10);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({
        status: "completed",
        endReason: "out_of_funds",
        endedBy: null,
        durationSeconds: 420,
        actualCoins: 70,
        heldCoins: 0,
      });
      expect(await warnings()).toEqual([start + 360_000]);
      expect(await world.coins(people.leo)).toEqual({ available: 5, held: 0, earnings: 0 });
    });

    it("coins that arrive after the warning extend the call", async () => {
      const people = await world.pair(50);
      const call = await world.talk(people, { estimatedMinutes: 5 });
      await world.pass(250);
      await creditWallet(test.db, { userId: people.leo, amount: 20n, key: `more-${people.leo}`, now: world.now });
      await world.hall.advanceCallsOf(people.leo);
      await world.pass(120);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({ status: "active", heldCoins: 70 });
      await world.pass(60);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({ status: "completed", actualCoins: 70 });
    });

    it("a lost connection ends the call at the last proof, not at its detection; a return within the grace does not end it", async () => {
      const people = await world.pair(300);
      const call = await world.talk(people);
      await world.pass(100);
      await world.hall.recordEvents(call.id, [world.left(people.leo, `${call.id}-l`)]);
      await world.pass(20);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({
        status: "active",
        interruptedUserIds: [people.leo],
      });
      await world.hall.recordEvents(call.id, [world.joined(people.leo, `${call.id}-l2`)]);
      await world.pass(40);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({
        status: "active",
        interruptedSince: null,
      });
      await world.hall.recordEvents(call.id, [world.left(people.mia, `${call.id}-m`)]);
      await world.pass(3600);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({
        status: "completed",
        endReason: "connection_lost",
        endedBy: people.mia,
        durationSeconds: 160,
        billableSeconds: 140,
        actualCoins: 30,
      });
    });

    it("I7: fifty ends at once, over two halls, are one settlement and fifty equal answers", async () => {
      const people = await world.pair(300);
      const call = await world.talk(people);
      await world.pass(61);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          world.halls[i % 2 === 0 ? 0 : 1].commandCall(call.id, {
            kind: "end",
            userId: i % 3 === 0 ? people.leo : people.mia,
          }),
        ),
      );
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(answers[0]).toMatchObject({ status: "completed", actualCoins: 20 });
      expect(await world.coins(people.leo)).toEqual({ available: 280, held: 0, earnings: 0 });
    });

    it("I2: two hundred calls at once from a wallet that pays for three: three are opened, over two halls", async () => {
      const people = await world.pair(150);
      const answers = await Promise.allSettled(
        Array.from({ length: 200 }, (_, i) =>
          world.halls[i % 2 === 0 ? 0 : 1].openCall({
            payerId: people.leo,
            payeeId: people.mia,
            estimatedMinutes: 5,
            minimumMinutes: 5,
            autoAccept: false,
          }),
        ),
      );
      const refused = answers.filter((answer) => answer.status === "rejected").map((answer) => answer.reason.code);
      expect(answers.length - refused.length).toBe(3);
      expect(new Set(refused)).toEqual(new Set(["insufficient_balance"]));
      expect(await world.coins(people.leo)).toEqual({ available: 0, held: 150, earnings: 0 });
      expect((await world.hall.listCalls({ userId: people.leo, limit: 100 })).calls).toHaveLength(3);
    });

    it("I6, I7: evidence in any order, any of it twice, is the same bill", async () => {
      const bills: unknown[] = [];
      for (let turn = 0; turn < 6; turn += 1) {
        const people = await world.pair(300);
        const call = await world.open(people, { autoAccept: true });
        const at = world.now;
        const events = [
          world.joined(people.leo, "l1", at + 1000),
          world.joined(people.mia, "m1", at + 5000),
          world.left(people.leo, "l1", at + 50_000),
          world.joined(people.leo, "l2", at + 60_000),
          world.left(people.leo, "l2", at + 76_000),
          world.left(people.mia, "m1", at + 76_500),
        ];
        // Until the grace of the last absence is over nothing is decided, so the log may arrive in any order.
        world.now = at + 77_000;
        const rotated = [...events.slice(turn), ...events.slice(0, turn), events[turn] as Evidence];
        for (const event of turn % 2 === 0 ? rotated : rotated.reverse())
          await world.hall.recordEvents(call.id, [event]);
        await world.pass(60);
        const { actualCoins, billableSeconds, durationSeconds, endReason, startedAt } = await world.hall.readCall(
          call.id,
          null,
        );
        bills.push({
          actualCoins,
          billableSeconds,
          durationSeconds,
          endReason,
          started: Date.parse(startedAt ?? "") - at,
        });
      }
      expect(bills[0]).toMatchObject({
        actualCoins: 20,
        billableSeconds: 61,
        endReason: "connection_lost",
        started: 5000,
      });
      expect(new Set(bills.map((bill) => JSON.stringify(bill))).size).toBe(1);
    });

    it("an outage costs nobody anything: what fell due meanwhile is carried out at its own moment", async () => {
      const people = await world.pair(100);
      const lost = await world.talk(people, { estimatedMinutes: 5 });
      const others = await world.pair(50);
      const ringing = await world.open(others, { estimatedMinutes: 5 });
      const start = world.now;
      // Nothing runs for an hour; then one round of the clock.
      world.now += 3_600_000;
      while ((await world.hall.advanceDue(world.now)) > 0);
      expect(await world.hall.readCall(lost.id, people.leo)).toMatchObject({
        status: "completed",
        endReason: "out_of_funds",
        actualCoins: 100,
        durationSeconds: 600,
      });
      expect(await world.hall.readCall(ringing.id, others.leo)).toMatchObject({
        status: "missed",
        endedAt: new Date(start + 45_000).toISOString(),
        heldCoins: 0,
      });
    });

    it("late evidence of an earlier end gives coins back; late evidence of a longer call changes nothing", async () => {
      const people = await world.pair(300);
      const call = await world.talk(people);
      const start = world.now;
      await world.pass(300);
      await world.hall.commandCall(call.id, { kind: "end", userId: people.leo });
      expect(await world.coins(people.leo)).toEqual({ available: 250, held: 0, earnings: 0 });
      await world.pass(5);
      await world.hall.recordEvents(call.id, [world.left(people.mia, `${call.id}-m`, start + 115_000)]);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({
        status: "completed",
        actualCoins: 20,
        durationSeconds: 115,
      });
      expect(await world.coins(people.leo)).toEqual({ available: 280, held: 0, earnings: 0 });
      expect(await world.coins(people.mia)).toEqual({ available: 16, held: 0, earnings: 16 });
      await world.hall.recordEvents(call.id, [world.joined(people.mia, `${call.id}-m2`, start + 116_000)]);
      expect(await world.hall.readCall(call.id, people.leo)).toMatchObject({ actualCoins: 20 });
    });

    it("who may do what: foreigners find nothing, the payer cannot accept, a started call is not cancelled", async () => {
      const people = await world.pair(300);
      const call = await world.open(people);
      const { hall } = world;
      await expect(hall.commandCall(call.id, { kind: "end", userId: "stranger" })).rejects.toMatchObject({
        code: "call_not_found",
      });
      await expect(hall.readCall(call.id, "stranger")).rejects.toMatchObject({ code: "call_not_found" });
      await expect(hall.commandCall("call_nowhere", { kind: "end", userId: people.leo })).rejects.toMatchObject({
        code: "call_not_found",
      });
      await expect(hall.commandCall(call.id, { kind: "accept", userId: people.leo })).rejects.toMatchObject({
        code: "forbidden",
      });
      await expect(hall.commandCall(call.id, { kind: "reject", userId: people.leo })).rejects.toMatchObject({
        code: "forbidden",
      });
      await hall.commandCall(call.id, { kind: "accept", userId: people.mia });
      await expect(hall.commandCall(call.id, { kind: "reject", userId: people.mia })).rejects.toMatchObject({
        code: "call_not_pending",
      });
      await hall.recordEvents(call.id, [world.joined(people.leo, "wl"), world.joined(people.mia, "wm")]);
      await expect(hall.commandCall(call.id, { kind: "cancel", userId: people.leo })).rejects.toMatchObject({
        code: "call_already_started",
      });
      expect(await hall.commandCall(call.id, { kind: "end", userId: null })).toMatchObject({
        status: "completed",
        endReason: "operator_ended",
        endedBy: null,
      });
      await expect(hall.commandCall(call.id, { kind: "cancel", userId: people.leo })).rejects.toMatchObject({
        code: "call_already_ended",
      });
    });

    it("I10: the database refuses a status off the arrows, and a final call that is not settled", async () => {
      const people = await world.pair(300);
      const call = await world.open(people);
      await world.hall.commandCall(call.id, { kind: "reject", userId: people.mia });
      await expect(test.db.query("update calls set status = 'active' where id = $1", [call.id])).rejects.toMatchObject({
        sqlstate: "FM003",
      });
      const open = await world.open(people);
      await expect(test.db.query("update calls set status = 'missed' where id = $1", [open.id])).rejects.toMatchObject({
        sqlstate: "23514",
      });
    });
  });
}
