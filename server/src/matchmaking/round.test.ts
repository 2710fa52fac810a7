// Rounds: what breaks one pair breaks no other, and what was not committed never was.
import { readPresets, shippedPresets } from "@fairminute/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { createIds } from "../ids.ts";
import { matchAll, type RoundWorld } from "./round.ts";

const now = Date.UTC(2026, 10, 21, 12);

describe.each(databaseKinds)("rounds of matching on $name", (kind) => {
  let test: TestDatabase;
  let faults: Error[];
  let world: RoundWorld;
  beforeEach(async () => {
    test = await kind.open();
    faults = [];
    world = {
      db: test.db,
      now: () => now,
      nextId: createIds(() => now).next,
      providerFor: () => "webrtc",
      newRoomName: (_provider, id) => id,
      callsAtOnce: null,
      presets: shippedPresets,
      onFault: (error) => faults.push(error as Error),
    };
  });
  afterEach(() => test.close());

  async function wait(userIds: string[]): Promise<void> {
    await test.db.query(
      `insert into match_places (user_id, preset, waiting_since, seen_at)
       select u.id, 'match', $1 + u.nth, $1 from unnest($2::text[]) with ordinality u(id, nth)`,
      [now, userIds],
    );
  }
  const matches = async (): Promise<string[]> =>
    (
      await test.db.query<{ pair: string }>(
        `select m.waiting_user_id || '+' || m.joining_user_id as pair from matches m join calls c on c.id = m.call_id order by 1`,
      )
    ).map(({ pair }) => pair);
  const waiting = async (): Promise<string[]> =>
    (await test.db.query<{ id: string }>("select user_id as id from match_places order by waiting_since")).map(
      ({ id }) => id,
    );

  it("a queue longer than one batch is emptied in one go", async () => {
    const people = Array.from({ length: 901 }, (_, i) => `p${String(i).padStart(4, "0")}`);
    await wait(people);
    expect(await matchAll(world)).toBe(450);
    expect(await waiting()).toEqual(["p0900"]);
    expect(new Set((await matches()).flatMap((pair) => pair.split("+"))).size).toBe(900);
    expect(await matchAll(world)).toBe(0);
  });

  it("a pair whose call cannot be written is left waiting and told as a fault; all others are matched", async () => {
    await test.db.execute(`
      create function curse() returns trigger language plpgsql as $$ begin raise exception 'cursed'; end $$;
      create trigger curse before insert on calls for each row when (new.payer_id = 'c') execute function curse();
    `);
    await wait(["a", "b", "c", "d", "e", "f"]);
    expect(await matchAll(world)).toBe(2);
    expect(await matches()).toEqual(["a+b", "e+f"]);
    expect(await waiting()).toEqual(["c", "d"]);
    expect(faults.map(({ message }) => message)).toEqual(["c and d cannot be matched"]);
  });

  it("who waits under terms that this server does not have, or has a price for, is left to the server that has them free", async () => {
    const slices = { kind: "slices", sliceSeconds: 60, extendBeforeSeconds: 90 };
    const priced = readPresets({
      presets: { match: { from: "match", tariff: { pricePerMinute: 5 }, funding: slices, billable: "together" } },
    });
    await wait(["a", "b"]);
    expect(await matchAll({ ...world, presets: priced })).toBe(0);
    await test.db.query("update match_places set preset = 'gentle'");
    expect(await matchAll(world)).toBe(0);
    expect([await waiting(), faults]).toEqual([["a", "b"], []]);
    const gentle = readPresets({ presets: { gentle: { from: "match", policies: [] } } });
    expect(await matchAll({ ...world, presets: gentle })).toBe(1);
    expect(await test.db.query("select preset from calls")).toEqual([{ preset: "gentle" }]);
  });

  it("a match that cannot be kept leaves no call behind", async () => {
    await test.db.execute(`
      create function curse() returns trigger language plpgsql as $$ begin raise exception 'cursed'; end $$;
      create trigger curse before insert on matches for each row execute function curse();
    `);
    await wait(["a", "b"]);
    expect(await matchAll(world)).toBe(0);
    expect(await waiting()).toEqual(["a", "b"]);
    expect(await test.db.query("select id from calls")).toEqual([]);
    expect(await test.db.query("select id from notices")).toEqual([]);
  });
});
