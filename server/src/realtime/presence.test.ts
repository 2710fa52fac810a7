// Who is online: on this server, on the others, and no longer on one that died.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { createPresence, type Presence } from "./presence.ts";

const [embedded] = databaseKinds;
const patience = { timeout: 30_000 };
let database: TestDatabase;
let faults: unknown[] = [];
const opened: Presence[] = [];
beforeAll(async () => {
  database = await embedded!.open();
});
beforeEach(async () => {
  for (const presence of opened.splice(0)) await presence.close();
  await database.db.query("delete from online");
  await database.db.query("delete from notices");
  faults = [];
});
afterAll(async () => {
  for (const presence of opened.splice(0)) await presence.close();
  await database.close();
});

function presenceOf(serverId: string): Presence {
  const onFault = (fault: unknown) => faults.push(fault);
  const presence = createPresence({ db: database.db, serverId, clock: { now: () => 1_000 }, onFault });
  opened.push(presence);
  return presence;
}

const told = async () =>
  (await database.db.query<{ data: object; audience: string[] }>("select data, audience from notices order by id")).map(
    ({ data, audience }) => [audience, data],
  );

it("knows at once who is here, and soon who is elsewhere", async () => {
  const [north, south] = [presenceOf("srv_north"), presenceOf("srv_south")];
  expect(north.isOnline("ada")).toBe(false);
  north.arrive("ada");
  expect(north.isOnline("ada")).toBe(true);
  await expect.poll(() => south.isOnline("ada"), patience).toBe(true);
  north.depart("ada");
  await expect.poll(() => south.isOnline("ada"), patience).toBe(false);
  expect(north.isOnline("ada")).toBe(false);
  expect(faults).toEqual([]);
});

it("tells everyone once who comes and who goes, and a reload is neither", async () => {
  const north = presenceOf("srv_north");
  north.arrive("ada");
  north.depart("ada");
  north.arrive("ada");
  north.depart("ada");
  expect(north.isOnline("ada")).toBe(true);
  await expect.poll(() => north.isOnline("ada"), patience).toBe(false);
  await expect.poll(told, patience).toEqual([
    [["everyone"], { userId: "ada", online: true }],
    [["everyone"], { userId: "ada", online: false }],
  ]);
});

it("does not call somebody offline who moved to another server", async () => {
  const [north, south] = [presenceOf("srv_north"), presenceOf("srv_south")];
  north.arrive("ada");
  await expect.poll(() => south.isOnline("ada"), patience).toBe(true);
  south.arrive("ada");
  north.depart("ada");
  await expect
    .poll(() => database.db.query("select server_id from online where user_id = 'ada'"), patience)
    .toEqual([{ server_id: "srv_south" }]);
  expect(north.isOnline("ada")).toBe(true);
  expect(await told()).toEqual([[["everyone"], { userId: "ada", online: true }]]);
});

it("takes over at once what another server tells, but not about its own people", () => {
  const north = presenceOf("srv_north");
  north.learn("ben", true);
  expect(north.isOnline("ben")).toBe(true);
  north.learn("ben", false);
  expect(north.isOnline("ben")).toBe(false);
  north.arrive("ada");
  north.learn("ada", false);
  expect(north.isOnline("ada")).toBe(true);
});

it("forgets whom a dead server called online", async () => {
  await database.db.query(
    "insert into online values ('ada', 'srv_dead', now() - interval '21 seconds'), ('ben', 'srv_alive', now())",
  );
  const north = presenceOf("srv_north");
  await expect.poll(() => north.isOnline("ben"), patience).toBe(true);
  expect(north.isOnline("ada")).toBe(false);
});

it("takes its word back when its server stops, and calls nobody offline", async () => {
  const north = presenceOf("srv_north");
  north.arrive("ada");
  await north.close();
  expect(await database.db.query("select * from online")).toEqual([]);
  expect(await told()).toEqual([[["everyone"], { userId: "ada", online: true }]]);
});

it("says what failed, and goes on", async () => {
  const north = presenceOf("srv_north");
  north.arrive("ada\u0000");
  north.arrive("ben");
  await expect.poll(() => database.db.query("select user_id from online"), patience).toEqual([{ user_id: "ben" }]);
  expect(faults).not.toEqual([]);
});
