// Two batches that want the coins of one wallet at the same time, on PostgreSQL: the second waits, and is refused by what is left.
import { afterAll, beforeAll, expect, it } from "vitest";
import { openFreshPostgres, type TestDatabase } from "../../test/databases.ts";
import type { Queryable } from "../db/database.ts";
import { creditWallet } from "./outside.ts";
import { postTransfers } from "./transfers.ts";
import { readWallet } from "./wallet.ts";

const now = 1_790_000_000_000;
let test: TestDatabase;
beforeAll(async () => {
  test = await openFreshPostgres();
});
afterAll(() => test.close());

/** Moves coins of leo's wallet into a hold of its own. */
const place = (db: Queryable, subject: string, amount: bigint) =>
  postTransfers(db, {
    accounts: [{ subject, id: `hold_${subject}`, kind: "call", ownerId: "leo" }],
    transfers: [{ subject, name: "place.1", kind: "place", from: "wallet:leo", to: `hold_${subject}`, amount }],
    now,
  });

/** Until a statement in this database waits for another one's lock. */
async function somebodyWaits(): Promise<void> {
  const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await test.db.query(waiting)).length === 0);
}

it("I2: a wallet is locked before its coins are counted: the second batch is refused, and told what is left", async () => {
  await creditWallet(test.db, { userId: "leo", amount: 100n, key: "welcome", now });
  const second = await test.db.transaction(async (tx) => {
    expect(await place(tx, "first", 80n)).toEqual([]);
    const refused = place(test.db, "second", 80n);
    await somebodyWaits();
    return { refused };
  });
  expect(await second.refused).toEqual([
    { subject: "second", code: "insufficient_balance", account: "wallet:leo", available: 20n },
  ]);
  expect(await readWallet(test.db, "leo")).toMatchObject({ available: 20 });
});
