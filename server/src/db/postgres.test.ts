// Connections to a database that changes under them: its schema grows, or it takes no writes any more.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFreshPostgres, type TestDatabase } from "../../test/databases.ts";
import { takesWrites } from "./migrate.ts";
import { openPostgres } from "./postgres.ts";

describe("a schema that grows under prepared statements", () => {
  let test: TestDatabase & { url: string };
  beforeAll(async () => {
    test = await openFreshPostgres();
  });
  afterAll(() => test.close());

  it("a query outside of a transaction is asked once more", async () => {
    const db = openPostgres(test.url, { connections: 1 });
    await db.execute("create table cups (id int primary key); insert into cups values (1)");
    const sql = "select * from cups where id = $1";
    expect(await db.query(sql, [1])).toEqual([{ id: 1 }]);
    await test.db.execute("alter table cups add column colour text");
    expect(await db.query(sql, [1])).toEqual([{ id: 1, colour: null }]);
    expect(await db.query("update cups set colour = 'red' where id = $1 returning *", [1])).toEqual([
      { id: 1, colour: "red" },
    ]);
    await db.close();
  });

  it("a transaction is refused once, and the next one finds a new connection", async () => {
    const db = openPostgres(test.url, { connections: 1 });
    await db.execute("create table bowls (id int primary key); insert into bowls values (1)");
    const read = () => db.transaction((tx) => tx.query("select * from bowls where id = $1", [1]));
    expect(await read()).toEqual([{ id: 1 }]);
    await test.db.execute("alter table bowls add column colour text");
    await expect(read()).rejects.toThrow("cached plan");
    expect(await read()).toEqual([{ id: 1, colour: null }]);
    await db.close();
  });
});

it("a database that may only be read takes no writes", async () => {
  const test = await openFreshPostgres();
  const url = new URL(test.url);
  url.searchParams.set("options", "-c default_transaction_read_only=on");
  const db = openPostgres(url.href, { connections: 1 });
  expect(await takesWrites(test.db)).toBe(true);
  expect(await takesWrites(db)).toBe(false);
  await db.close();
  await test.close();
});
