// Webhooks that took effect long ago are forgotten, and that they come again then is still no news.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { noon, openWorld, type World } from "../../test/world.ts";
import { livekitKeys, livekitWebhook, type Signed, streamKeys, streamWebhook } from "./stage.case.ts";
import { createSweep } from "./sweep.ts";

const DAY = 86_400;
const joined = "call.session_participant_joined";
const left = "call.session_participant_left";

describe.each(databaseKinds)("forgetting webhooks on $name", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(kind, { ...livekitKeys, ...streamKeys, FAIRMINUTE_WEBHOOK_DAYS: "10" });
    for (const who of ["leo", "mia"]) await world.meet(who, { coins: 100 });
  });
  afterAll(() => world.close());

  const second = () => (world.server.clock.now() - noon) / 1000;
  const send = async (requests: readonly Signed[]) => {
    for (const request of requests) expect((await world.inject(request)).status).toBe(200);
  };
  /** Leo ends a match after 30 s on purpose, which costs him a coin. */
  const match = (cid: string, start: number): Signed[] => [
    streamWebhook({ cid, type: joined, at: start, who: "leo" }),
    streamWebhook({ cid, type: joined, at: start, who: "mia" }),
    streamWebhook({ cid, type: "call.ended", at: start + 30, who: "leo" }),
    streamWebhook({ cid, type: left, at: start + 31, who: "mia", joinedAt: start }),
  ];
  const rows = (sql: string) => world.server.db.query<Record<string, unknown>>(sql);
  const kept = async () =>
    (await rows("select distinct room_name from webhooks order by room_name")).map((row) => row.room_name);
  const everything = async () => [
    await rows("select * from calls order by id"),
    await rows("select * from call_events order by call_id, id"),
    await rows("select * from transfers order by subject, name"),
  ];

  it("only when its call has been settled for as long, or when nobody has seen to it for as long", async () => {
    const old = match("default:old", 10);
    await world.passTo(50);
    await send(old);
    const alone = (room: string, at: number) => livekitWebhook({ event: "participant_joined", room, at, who: "leo" });
    await send([alone("nobodys", 40), alone("doubted", 41)]);
    await rows("update webhooks set outcome = 'doubtful', doubt = 'its time' where room_name = 'doubted'");
    await world.passTo(12 * DAY);
    await send([alone("nobodys-yet", 42)]);
    await send(match("default:young", second() - 40));
    await world.passTo(second() + 60);
    // A call that still runs, of which something was heard long ago.
    const start = second() - 5;
    await send(match("default:live", start).slice(0, 2));
    await rows("update webhooks set received_at = 0 where room_name = 'default:live'");

    const before = await everything();
    expect(await world.server.webhooks.forgetOld()).toBe(false);
    expect(await kept()).toEqual(["default:live", "default:young", "nobodys-yet"]);
    const unmatched = { body: { rooms: [{ roomName: "nobodys-yet", outcome: "unmatched" }] } };
    expect(await world.backend().get("/api/webhooks/unmatched")).toMatchObject(unmatched);

    // Stream's signature holds for ever: whoever kept a webhook may send it again.
    await send([...old].reverse());
    await send(old);
    await world.server.webhooks.applyPending();
    const after = await everything();
    expect(after).toEqual(before);
    expect(await world.backend().get("/api/webhooks/unmatched")).toMatchObject(unmatched);
    await world.passTo(second() + 60);
    const live = (await rows("select status from calls where room_name = 'default:live'")).map(({ status }) => status);
    expect(live).toEqual(["active"]);
  });

  it("some at a time, shared by servers that do so at once; a webhook about no room as well", async () => {
    await rows("delete from webhooks");
    await rows(`insert into webhooks (provider, id, kind, occurred_at, received_at, events, people, outcome)
      select 'stream', 'old-' || n, 'custom', n, n, '[]', '{}', 'roomless' from generate_series(1, 2500) n`);
    const first = await Promise.all([world.server.webhooks.forgetOld(), world.server.webhooks.forgetOld()]);
    const [row] = await rows("select count(*)::int as count from webhooks");
    // On the one session of the embedded database one comes after the other; elsewhere none waits for the other's rows.
    expect(first).toEqual([true, true]);
    expect(Number(row?.count)).toBe(500);
    expect(await world.server.webhooks.forgetOld()).toBe(false);
    expect(await kept()).toEqual([]);
  });

  it("the sweep goes on until nothing is left, and then looks again an hour later", async () => {
    let left = 3;
    let forgets = 0;
    let now = noon;
    const faults: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      const sweep = createSweep({
        now: () => now,
        onFault: (error) => faults.push(error),
        everyMs: 1,
        webhooks: {
          async applyPending() {
            // Rounds in which nothing is forgotten any more, then an hour later, then the end of the story.
            if (forgets === 3) now += 1_800_000;
            if (forgets === 4) void sweep.stop().then(resolve);
            return 0;
          },
          async forgetOld() {
            forgets += 1;
            left -= 1;
            return left > 0;
          },
        },
      });
      sweep.start();
    });
    await done;
    expect([forgets, now, faults]).toEqual([4, noon + 3_600_000, []]);
  });

  it("for ever, when the setting says so", async () => {
    const other = await openWorld(kind, { ...streamKeys, FAIRMINUTE_WEBHOOK_DAYS: "forever" });
    try {
      const insert = `insert into webhooks (provider, id, kind, occurred_at, received_at, events, people, outcome)
        values ('stream', 'old', 'custom', 0, 0, '[]', '{}', 'roomless')`;
      await other.server.db.query(insert);
      expect(await other.server.webhooks.forgetOld()).toBe(false);
      expect(await other.server.db.query("select id from webhooks")).toEqual([{ id: "old" }]);
    } finally {
      await other.close();
    }
  });
});
