// Stories of calls that are paid from an escrow on a chain, on every database: what stands in whose claim, and who may come in.

import { priceOfSeconds } from "@fairminute/contracts";
import { changePresets, presetTerms, shippedPresets } from "@fairminute/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import { claimOf, EXTERNAL, escrowOf } from "../ledger/accounts.ts";
import { postTransfers } from "../ledger/transfers.ts";
import { audit } from "./audit.ts";
import { type CallJson, type Evidence, requireFunded } from "./charging.ts";

const offer = { currency: "TEST", pricePerMinuteMultipleOf: 60n };
const presets = changePresets(shippedPresets, ({ name }) => presetTerms(name, { pricePerMinute: 600n }));

for (const kind of databaseKinds) {
  describe(`an escrow on ${kind.name}`, () => {
    let test: TestDatabase;
    let world: World;
    let bare: World;
    beforeAll(async () => {
      test = await kind.open();
      world = new World(test, offer, presets);
      bare = new World(test);
    });
    afterEach(async () => {
      const report = await audit(test.db, world.now);
      expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(world.faults).toEqual([]);
    });
    afterAll(() => test.close());

    const told = (id: string, type: "call.funded" | "call.unfunded", occurredAt = world.now): Evidence => ({
      id,
      type,
      source: "chain",
      userId: null,
      connectionId: null,
      reason: null,
      occurredAt,
      untilAt: null,
    });
    const fund = (callId: string, id = "deposit:31337:0xabc:0") =>
      world.hall.recordEvents(callId, [told(id, "call.funded")]);
    const balance = async (account: string): Promise<number> => {
      const sql = "select balance from accounts where id = $1 and currency = 'TEST'";
      return Number((await test.db.query<{ balance: bigint }>(sql, [account]))[0]?.balance);
    };
    /** What the contract owes both, and the platform since this was last asked. */
    let platformBefore = 0;
    async function owed({ leo, mia }: { leo: string; mia: string }) {
      const platform = await balance(claimOf("TEST", null));
      const since = platform - platformBefore;
      platformBefore = platform;
      return [await balance(claimOf("TEST", leo)), await balance(claimOf("TEST", mia)), since];
    }
    async function open(
      people: { leo: string; mia: string },
      more: Parameters<World["open"]>[1] = {},
    ): Promise<CallJson> {
      const call = await world.open(people, { preset: "tutoring-onchain", estimatedMinutes: 10, ...more });
      return world.hall.commandCall(call.id, { kind: "accept", userId: people.mia });
    }
    const meet = (call: CallJson, { leo, mia }: { leo: string; mia: string }) =>
      world.hall.recordEvents(call.id, [world.joined(leo, `${call.id}-l`), world.joined(mia, `${call.id}-m`)]);

    it("opens on an empty wallet, starts with its deposit, and leaves claims: the price that the contract would ask", async () => {
      const people = await world.pair(0);
      const call = await open(people);
      expect(call).toMatchObject({
        status: "accepted",
        currency: "TEST",
        fundedAt: null,
        heldCoins: 0,
        ratePerMinute: 600,
      });
      expect(call.estimatedCoins).toBe(6000);
      await world.pass(60);
      const waiting = await meet(call, people);
      expect(waiting).toMatchObject({ status: "accepted", startedAt: null, billableSeconds: 0 });
      await world.pass(30);
      const begun = await fund(call.id);
      const at = new Date(world.now).toISOString();
      expect(begun).toMatchObject({ status: "active", fundedAt: at, startedAt: at, heldCoins: 6000 });
      expect(begun.fundedUntil).toBe(new Date(world.now + 600_000).toISOString());
      await world.pass(100);
      const ended = await world.hall.commandCall(call.id, { kind: "end", userId: people.leo });
      expect(ended).toMatchObject({
        status: "completed",
        actualCoins: 1000,
        billedSeconds: 100,
        heldCoins: 0,
        fundedAt: at,
      });
      expect(ended.actualCoins).toBe(Number(priceOfSeconds(600n, BigInt(ended.billedSeconds))));
      expect(await owed(people)).toEqual([5000, 800, 200]);
      expect(await world.coins(people.leo)).toEqual({ available: 0, held: 0, earnings: 0 });
      const receipt = await world.hall.readReceipt(call.id, people.leo);
      expect(receipt).toMatchObject({ currency: "TEST", total: 1000 });
      expect(receipt.payers[0]?.lines[0]?.sentence).toBe("1 min 40 s at 600 TEST a minute: 1000 TEST.");
    });

    it("a payer with coins keeps all of them: what an escrow holds is in no wallet", async () => {
      const people = await world.pair(500);
      const call = await open(people);
      await fund(call.id);
      expect(await world.coins(people.leo)).toEqual({ available: 500, held: 0, earnings: 0 });
      await meet(call, people);
      await world.pass(60);
      await world.hall.commandCall(call.id, { kind: "end", userId: people.mia });
      expect(await world.coins(people.leo)).toEqual({ available: 500, held: 0, earnings: 0 });
      expect(await world.coins(people.mia)).toEqual({ available: 0, held: 0, earnings: 0 });
      await owed(people);
    });

    it("the same deposit by both servers at once, and again later, is placed once", async () => {
      const people = await world.pair(0);
      const call = await open(people);
      const event = told("deposit:31337:0xabc:0", "call.funded");
      await Promise.all([...world.halls, ...world.halls].map((hall) => hall.recordEvents(call.id, [event])));
      await world.pass(5);
      expect(await fund(call.id)).toMatchObject({ heldCoins: 6000 });
      const sql = "select name, amount, currency from transfers where subject = $1";
      expect(await test.db.query(sql, [call.id])).toEqual([{ name: "place.1", amount: 6000n, currency: "TEST" }]);
      await world.hall.commandCall(call.id, { kind: "cancel", userId: people.leo });
      expect(await owed(people)).toEqual([6000, 0, 0]);
    });

    it("never funded: missed after ten minutes, and nothing was moved", async () => {
      const people = await world.pair(0);
      const call = await open(people);
      await meet(call, people);
      await world.pass(599);
      expect(await world.hall.readCall(call.id, null)).toMatchObject({ status: "accepted" });
      await world.pass(1);
      expect(await world.hall.readCall(call.id, null)).toMatchObject({ status: "missed", actualCoins: 0 });
      expect(await owed(people)).toEqual([0, 0, 0]);
    });

    it("funded too late, or after it was cancelled: all of it is the payer's", async () => {
      const late = await world.pair(0);
      const missed = await open(late);
      await world.pass(601);
      expect(await fund(missed.id)).toMatchObject({ status: "missed", heldCoins: 0, actualCoins: 0 });
      expect(await owed(late)).toEqual([6000, 0, 0]);
      const other = await world.pair(0);
      const cancelled = await open(other);
      await world.hall.commandCall(cancelled.id, { kind: "end", userId: other.leo });
      expect(await fund(cancelled.id)).toMatchObject({ status: "cancelled", heldCoins: 0 });
      expect(await owed(other)).toEqual([6000, 0, 0]);
    });

    it("used up: the call ends at its maximum time, whatever the wallet holds", async () => {
      const people = await world.pair(10_000);
      const call = await open(people, { estimatedMinutes: 2 });
      await fund(call.id);
      await meet(call, people);
      await world.pass(3600);
      const ended = await world.hall.readCall(call.id, null);
      expect(ended).toMatchObject({
        status: "completed",
        endReason: "out_of_funds",
        billedSeconds: 120,
        actualCoins: 1200,
      });
      expect(await owed(people)).toEqual([0, 960, 240]);
    });

    it("below the minimum duration of its terms nothing is charged", async () => {
      const people = await world.pair(0);
      const preset = presetTerms("tutoring-onchain", { pricePerMinute: 600n, currency: "TEST" });
      const terms = { ...preset, tariff: { ...preset.tariff, noChargeUnderSeconds: 60 } };
      const call = await open(people, { terms });
      await fund(call.id);
      await meet(call, people);
      await world.pass(59);
      const ended = await world.hall.commandCall(call.id, { kind: "end", userId: people.leo });
      expect(ended).toMatchObject({ status: "completed", actualCoins: 0, billedSeconds: 0, billableSeconds: 59 });
      expect(await owed(people)).toEqual([6000, 0, 0]);
    });

    it("taken back by the chain before the start: it waits for another; after the start: that time is not billed", async () => {
      const people = await world.pair(0);
      const call = await open(people);
      await fund(call.id, "d1");
      const gone = await world.hall.recordEvents(call.id, [told("d1:gone:1", "call.unfunded")]);
      expect(gone).toMatchObject({ status: "accepted", fundedAt: null, heldCoins: 6000 });
      expect(() => requireFunded(gone)).toThrow(expect.objectContaining({ code: "not_funded" }));
      expect(await meet(call, people)).toMatchObject({ status: "accepted" });
      await world.pass(20);
      expect(await fund(call.id, "d2")).toMatchObject({ status: "active" });
      await world.pass(60);
      const still = await world.hall.recordEvents(call.id, [told("d2:gone:1", "call.unfunded")]);
      expect(still).toMatchObject({ status: "active", fundedAt: null, fundedUntil: null });
      expect(() => requireFunded(still)).not.toThrow();
      await world.pass(300);
      await fund(call.id, "d3");
      await world.pass(30);
      const ended = await world.hall.commandCall(call.id, { kind: "end", userId: people.leo });
      expect(ended).toMatchObject({ status: "completed", billedSeconds: 90, actualCoins: 900 });
      expect(await owed(people)).toEqual([5100, 720, 180]);
    });

    it("a settled call stays as its voucher says, whatever is heard later; and what was paid out is not owed twice", async () => {
      const people = await world.pair(0);
      const call = await open(people);
      await fund(call.id, "d1");
      await meet(call, people);
      await world.pass(120);
      const ended = await world.hall.commandCall(call.id, { kind: "end", userId: people.leo });
      const [account, to] = [claimOf("TEST", people.mia), escrowOf("TEST")];
      const payout = {
        subject: call.id,
        name: "payout:1:payee",
        kind: "payout",
        from: account,
        to,
        currency: "TEST",
      } as const;
      expect(await postTransfers(test.db, { transfers: [{ ...payout, amount: 960n }], now: world.now })).toEqual([]);
      const left = { ...world.left(people.leo, `${call.id}-l`, world.now - 60_000), source: "report" } as const;
      const after = await world.hall.recordEvents(call.id, [
        left,
        told("d1:gone:1", "call.unfunded", world.now - 90_000),
      ]);
      for (const field of ["billedSeconds", "billableSeconds", "actualCoins", "endedAt", "endReason"] as const) {
        expect(after[field]).toBe(ended[field]);
      }
      expect(await owed(people)).toEqual([4800, 0, 240]);
      const again = { transfers: [{ ...payout, name: "payout:2:payee", amount: 1n }], now: world.now };
      await expect(postTransfers(test.db, again)).rejects.toThrow();
    });

    it("I1: a transfer in another currency than its accounts is refused whole", async () => {
      const people = await world.pair(10);
      await open(people);
      const wrong = [
        { from: `wallet:${people.leo}`, to: claimOf("TEST", people.mia), currency: "coin" },
        { from: EXTERNAL, to: claimOf("TEST", people.mia), currency: "TEST" },
        { from: escrowOf("TEST"), to: claimOf("TEST", people.mia), currency: undefined },
      ];
      for (const [index, sides] of wrong.entries()) {
        const transfer = {
          subject: `wrong_${people.leo}`,
          name: `${index}`,
          kind: "adjustment",
          amount: 1n,
          ...sides,
        } as const;
        await expect(postTransfers(test.db, { transfers: [transfer], now: world.now })).rejects.toThrow();
      }
      expect(await owed(people)).toEqual([0, 0, 0]);
    });

    it("what cannot be funded is refused: without a chain, in another currency, at a price that no second divides", async () => {
      const people = await world.pair(100);
      const refused = (code: string) => expect.objectContaining({ code });
      await expect(bare.open(people, { preset: "tutoring-onchain" })).rejects.toThrow(refused("unknown_preset"));
      expect([bare.hall.presets.has("tutoring-onchain"), world.hall.presets.has("tutoring-onchain")]).toEqual([
        false,
        true,
      ]);
      expect([bare.hall.isOnChain("tutoring-onchain"), world.hall.isOnChain("tutoring-onchain")]).toEqual([
        false,
        true,
      ]);
      const onChain = { preset: "tutoring-onchain", pricePerMinute: 61n };
      await expect(world.open(people, onChain)).rejects.toThrow(refused("invalid_terms"));
      await expect(world.open(people, { ...onChain, pricePerMinute: 0n })).rejects.toThrow(refused("invalid_terms"));
      const coins = { terms: presetTerms("tutoring-onchain", { pricePerMinute: 600n }) };
      await expect(world.open(people, coins)).rejects.toThrow(refused("currency_mismatch"));
      const tests = { terms: presetTerms("creator-call", { currency: "TEST" }) };
      await expect(world.open(people, tests)).rejects.toThrow(refused("currency_mismatch"));
      const platform = { ...people, mia: "platform" };
      await expect(world.open(platform, { preset: "tutoring-onchain" })).rejects.toThrow(refused("forbidden"));
      const own = await world.open(people, { terms: presetTerms("creator-call", { pricePerMinute: 3n }) });
      expect(own).toMatchObject({ currency: "coin", ratePerMinute: 3, heldCoins: 90, fundedAt: null });
    });

    it("both are told of the deposit once, and that nobody's wallet moved", async () => {
      const people = await world.pair(0);
      const call = await open(people);
      await fund(call.id);
      await fund(call.id);
      await world.hall.recordEvents(call.id, [told("deposit:31337:0xabc:0:gone:1", "call.unfunded")]);
      const rows = await test.db.query<{ data: { news: { type: string; audience: string[] }[] } }>(
        "select data from notices where call_id = $1 order by id",
        [call.id],
      );
      const news = rows.flatMap(({ data }) => data.news).filter(({ type }) => /funded|wallet/.test(type));
      expect(news.map(({ type, audience }) => [type, audience])).toEqual([
        ["call:funded", [people.leo, people.mia]],
        ["call:unfunded", [people.leo, people.mia]],
      ]);
    });

    it("the parties see what it moved by name; the payer not what the payee nets", async () => {
      const people = await world.pair(0);
      const call = await open(people);
      await fund(call.id);
      await meet(call, people);
      await world.pass(60);
      await world.hall.commandCall(call.id, { kind: "end", userId: people.leo });
      const moved = async (viewerId: string | null) => {
        const { entries } = await world.hall.readTimeline(call.id, viewerId);
        return entries.flatMap(({ kind, type, from, to, amount }) =>
          kind === "transfer" ? [`${type} ${from} ${to} ${amount}`] : [],
        );
      };
      const { leo, mia } = people;
      expect(await moved(leo)).toEqual(["place escrow call 6000", `release call ${leo} 5400`]);
      expect(await moved(mia)).toEqual([`capture call ${mia} 480`, "fee call platform 120"]);
      expect(await moved(null)).toHaveLength(4);
      await owed(people);
    });
  });
}
