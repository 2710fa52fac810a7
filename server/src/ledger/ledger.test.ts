// Stories of the ledger, most of them about what must not happen, on every database.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { audit } from "../charging/audit.ts";
import { creditWallet } from "./outside.ts";
import { postTransfers, type Transfer } from "./transfers.ts";
import { listTransfers, readWallet } from "./wallet.ts";

const NOW = 1_790_000_000_000;

function transfer(subject: string, name: string, from: string, to: string, amount: bigint): Transfer {
  return { subject, name, kind: "place", from, to, amount };
}

for (const kind of databaseKinds) {
  describe(`the ledger on ${kind.name}`, () => {
    let test: TestDatabase;
    let people = 0;
    const post = (transfers: Transfer[], holds: string[] = []) =>
      postTransfers(test.db, {
        accounts: holds.map((id) => ({ subject: null, id, kind: "call" as const, ownerId: null })),
        transfers,
        now: NOW,
      });
    /** A new user with so many coins. */
    async function user(coins: bigint): Promise<{ id: string; wallet: string; hold: string }> {
      people += 1;
      const id = `u${people}`;
      if (coins > 0n) await creditWallet(test.db, { userId: id, amount: coins, key: `welcome-${id}`, now: NOW });
      return { id, wallet: `wallet:${id}`, hold: `hold_${id}` };
    }
    const available = async (id: string) => (await readWallet(test.db, id)).available;

    beforeAll(async () => {
      test = await kind.open();
    });
    afterAll(async () => {
      const report = await audit(test.db, NOW);
      // The holds of these stories belong to no call on purpose: every other check must be clean.
      expect(report.checks.filter(({ ok, id }) => !ok && id !== "I11")).toEqual([]);
      await test.close();
    });

    it("I7: a top-up that arrives twice moves coins once, and another amount under its key is refused", async () => {
      const leo = await user(0n);
      const credit = { userId: leo.id, amount: 500n, key: "order-1", now: NOW };
      expect(await creditWallet(test.db, credit)).toBe(true);
      expect(await creditWallet(test.db, credit)).toBe(false);
      await expect(creditWallet(test.db, { ...credit, amount: 501n })).rejects.toMatchObject({
        code: "idempotency_key_reused",
      });
      expect(await available(leo.id)).toBe(500);
    });

    it("I7: the same top-up forty times at the same instant moves coins once, and nobody gets an error", async () => {
      const leo = await user(0n);
      const credit = { userId: leo.id, amount: 7n, key: `at-once-${leo.id}`, now: NOW };
      const moved = await Promise.all(Array.from({ length: 40 }, () => creditWallet(test.db, credit)));
      expect(moved.filter(Boolean)).toHaveLength(1);
      expect(await available(leo.id)).toBe(7);
    });

    it("I2: what a wallet cannot pay is refused with what it has, and nothing of that subject is posted", async () => {
      const leo = await user(100n);
      const refused = await post(
        [transfer("s1", "place.1", leo.wallet, leo.hold, 60n), transfer("s1", "place.2", leo.wallet, leo.hold, 60n)],
        [leo.hold],
      );
      expect(refused).toEqual([{ subject: "s1", code: "insufficient_balance", account: leo.wallet, available: 100n }]);
      expect(await available(leo.id)).toBe(100);
    });

    it("I2: fifty subjects on a wallet that pays for seven: exactly the first seven are posted", async () => {
      const leo = await user(70n);
      const batch = Array.from({ length: 50 }, (_, i) => transfer(`seven-${i}`, "place.1", leo.wallet, leo.hold, 10n));
      const refused = await post(batch, [leo.hold]);
      expect(refused.map(({ subject }) => subject)).toEqual(batch.slice(7).map(({ subject }) => subject));
      expect(await available(leo.id)).toBe(0);
    });

    it("a refused large need does not block the smaller ones behind it", async () => {
      const leo = await user(50n);
      const needs = [80n, 20n, 40n, 30n];
      const refused = await post(
        needs.map((need, i) => transfer(`mixed-${leo.id}-${i}`, "place.1", leo.wallet, leo.hold, need)),
        [leo.hold],
      );
      expect(refused.map(({ subject, available: left }) => [subject, left])).toEqual([
        [`mixed-${leo.id}-0`, 50n],
        [`mixed-${leo.id}-2`, 30n],
      ]);
      expect(await available(leo.id)).toBe(0);
    });

    it("I7: a name that a subject has used is refused, alone or among others", async () => {
      const leo = await user(100n);
      await post([transfer("twice", "place.1", leo.wallet, leo.hold, 10n)], [leo.hold]);
      const refused = await post([
        transfer("twice", "place.1", leo.wallet, leo.hold, 10n),
        transfer("twice", "place.2", leo.wallet, leo.hold, 10n),
        transfer("other", "place.1", leo.wallet, leo.hold, 10n),
      ]);
      expect(refused).toMatchObject([{ subject: "twice", code: "duplicate_transfer" }]);
      expect(await available(leo.id)).toBe(80);
    });

    it("I7: a double posting past the function is refused by the table's key", async () => {
      const leo = await user(100n);
      const insert = `insert into transfers (subject, name, kind, from_account, to_account, amount, currency, posted_at)
        values ('raw-${leo.id}', 'place.1', 'place', '${leo.wallet}', 'platform', 5, 'coin', 1)`;
      await test.db.query(insert);
      await expect(test.db.query(insert)).rejects.toMatchObject({ sqlstate: "23505" });
      expect(await available(leo.id)).toBe(95);
    });

    it("I1, I2: the database itself refuses every other way to move money", async () => {
      const leo = await user(100n);
      const row = (from: string, to: string, amount: string, currency = "coin") =>
        `insert into transfers (subject, name, kind, from_account, to_account, amount, currency, posted_at)
         values ('forged', '${from}-${amount}', 'place', '${from}', '${to}', ${amount}, '${currency}', 1)`;
      const forgeries: [sql: string, sqlstate: string][] = [
        [`update accounts set balance = balance + 1 where id = '${leo.wallet}'`, "FM001"],
        [`delete from accounts where id = '${leo.wallet}'`, "FM001"],
        ["insert into accounts (id, kind, currency, balance) values ('wallet:forged', 'wallet', 'coin', 7)", "FM001"],
        [`update transfers set amount = 1 where to_account = '${leo.wallet}'`, "FM001"],
        [`delete from transfers where to_account = '${leo.wallet}'`, "FM001"],
        ["truncate transfers", "FM001"],
        [row(leo.wallet, "platform", "101"), "23514"],
        [row(leo.wallet, "platform", "0"), "23514"],
        [row(leo.wallet, "platform", "-5"), "23514"],
        [row(leo.wallet, leo.wallet, "5"), "23514"],
        [row(leo.wallet, "wallet:nobody-at-all", "5"), "FM002"],
        [row(leo.wallet, "platform", "5", "gem"), "FM002"],
      ];
      for (const [sql, sqlstate] of forgeries) {
        await expect(test.db.query(sql), sql).rejects.toMatchObject({ sqlstate });
      }
      expect(await available(leo.id)).toBe(100);
    });

    it("I12: an amount beyond 64 bits is refused, and a sum that would pass it too", async () => {
      const leo = await user(0n);
      const almost = 2n ** 63n - 1n;
      await expect(
        creditWallet(test.db, { userId: leo.id, amount: almost + 1n, key: "too-much", now: NOW }),
      ).rejects.toMatchObject({ sqlstate: "22003" });
      await expect(
        postTransfers(test.db, {
          transfers: [
            transfer("huge", "a", "external", leo.wallet, almost),
            transfer("huge", "b", "external", leo.wallet, almost),
          ],
          now: NOW,
        }),
      ).rejects.toMatchObject({ sqlstate: "22003" });
      expect(await available(leo.id)).toBe(0);
    });

    it("the statement tells the balance after every transfer, in pages", async () => {
      const leo = await user(100n);
      await post([transfer(`page-${leo.id}`, "place.1", leo.wallet, leo.hold, 30n)], [leo.hold]);
      await post([transfer(`page-${leo.id}`, "release", leo.hold, leo.wallet, 10n)]);
      const first = await listTransfers(test.db, leo.id, { limit: 2 });
      expect(first.transfers.map(({ amount, balanceAfter }) => [amount, balanceAfter])).toEqual([
        [10, 80],
        [-30, 70],
      ]);
      expect(first.hasMore).toBe(true);
      const second = await listTransfers(test.db, leo.id, { limit: 2, cursor: first.nextCursor ?? undefined });
      expect(second.transfers.map(({ amount, balanceAfter }) => [amount, balanceAfter])).toEqual([[100, 100]]);
      expect(second.hasMore).toBe(false);
      await expect(listTransfers(test.db, leo.id, { limit: 2, cursor: "1; drop table" })).rejects.toMatchObject({
        code: "invalid_cursor",
      });
    });

    it("I2: two hundred simultaneous postings on one wallet that pays for three: three are posted", async () => {
      const leo = await user(30n);
      await post([], [leo.hold]);
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, i) =>
          post([transfer(`race-${leo.id}-${i}`, "place.1", leo.wallet, leo.hold, 10n)]),
        ),
      );
      expect(answers.filter((refused) => refused.length === 0)).toHaveLength(3);
      expect(await available(leo.id)).toBe(0);
    });

    it("the audit finds a balance that was forged past every guard", async () => {
      const leo = await user(10n);
      await test.db.transaction(async (tx) => {
        await tx.execute("alter table accounts disable trigger balances_move_by_transfer");
        await tx.query("update accounts set balance = balance + 1 where id = $1", [leo.wallet]);
      });
      const report = await audit(test.db, NOW);
      expect(report.checks.filter(({ ok, id }) => !ok && id === "I1").map(({ found }) => found)).toEqual([1, 1]);
      await test.db.query("update accounts set balance = balance - 1 where id = $1", [leo.wallet]);
      await test.db.execute("alter table accounts enable trigger balances_move_by_transfer");
    });
  });
}
