// What the proxy does to a link, and what the product's pool makes of it: nothing hangs, and the next question is answered.
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgres } from "../../server/src/db/postgres.ts";
import { openFreshPostgres } from "../../server/test/databases.ts";
import { openProxy } from "./proxy.mjs";

let database;
let proxy;
let db;
beforeAll(async () => {
  database = await openFreshPostgres();
  await database.db.execute("create table cups (id int primary key)");
  proxy = await openProxy({ port: Number(new URL(database.url).port) });
  db = openPostgres(proxy.through(database.url), { connections: 2, patienceMs: 500 });
});
afterAll(async () => {
  await db.close();
  await proxy.close();
  await database.close();
});

const cups = async () => (await database.db.query("select id from cups order by id")).map(({ id }) => id);

test("a lost answer: the row is there, whoever asked only knows that the connection is lost", async () => {
  proxy.loseAnswers((kind) => kind === "other");
  await expect(db.query("insert into cups values ($1)", [1])).rejects.toMatchObject({ connectionLost: true });
  proxy.loseAnswers(() => false);
  expect(await cups()).toEqual([1]);
  expect(proxy.counts.byKind).toEqual({ other: 1 });
  expect(await db.query("select id from cups where id = $1", [1])).toEqual([{ id: 1 }]);
});

test("a lost answer to a commit: likewise", async () => {
  proxy.loseAnswers((kind) => kind === "other");
  const work = db.transaction(async (tx) => tx.query("insert into cups values ($1)", [2]));
  await expect(work).rejects.toMatchObject({ connectionLost: true });
  proxy.loseAnswers(() => false);
  expect(await cups()).toEqual([1, 2]);
});

test("a lost request: the row is not there", async () => {
  proxy.loseRequests((kind) => kind === "other");
  await expect(db.query("insert into cups values ($1)", [3])).rejects.toMatchObject({ connectionLost: true });
  proxy.loseRequests(() => false);
  expect(await cups()).toEqual([1, 2]);
});

test("a machine that is gone without a word: the connection is given up, in and outside of a transaction", async () => {
  await db.query("select id from cups where id = $1", [1]);
  proxy.forsake();
  await expect(db.query("select id from cups where id = $1", [1])).rejects.toMatchObject({ connectionLost: true });
  expect(await db.query("select id from cups where id = $1", [1])).toEqual([{ id: 1 }]);
  const work = db.transaction(async (tx) => {
    proxy.forsake();
    return tx.query("select id from cups where id = $1", [1]);
  });
  await expect(work).rejects.toMatchObject({ connectionLost: true });
  expect(await db.query("select id from cups where id = $1", [2])).toEqual([{ id: 2 }]);
});
