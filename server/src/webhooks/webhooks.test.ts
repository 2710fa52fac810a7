// Webhooks through the real door: calls found by them, in every order; rooms that are used again; two servers at once; crashes.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { atSecond, noon, openWorld, type World } from "../../test/world.ts";
import { audit } from "../charging/audit.ts";
import { readConfig } from "../config.ts";
import { buildServer } from "../server.ts";
import {
  livekitKeys,
  livekitWebhook,
  permutations,
  type Signed,
  type StreamEvent,
  streamKeys,
  streamWebhook,
} from "./stage.case.ts";

const joinedType = "call.session_participant_joined";
const leftType = "call.session_participant_left";

describe.each(databaseKinds)("webhooks on $name", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(kind, { ...livekitKeys, ...streamKeys });
    for (const who of ["leo", "mia", "zoe"]) await world.meet(who, { coins: 1000 });
  });
  afterAll(async () => {
    const report = await audit(world.server.db, world.server.clock.now());
    await world.close();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  const send = async (...requests: Signed[]) => {
    for (const request of requests) {
      const reply = await world.inject(request);
      expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
    }
  };
  const second = () => (world.server.clock.now() - noon) / 1000;
  const stream = (cid: string, type: string, at: number, more: Partial<StreamEvent> = {}) =>
    streamWebhook({ cid, type, at, ...more });
  const callsIn = (roomName: string) =>
    world.server.db.query<{ id: string; status: string; preset: string; charged: bigint }>(
      "select id, status, preset, charged from calls where room_name = $1 order by requested_at",
      [roomName],
    );
  const receiptOf = async (callId: string) => {
    const reply = await world.backend().get(`/api/calls/${callId}/receipt`);
    expect(reply.status).toBe(200);
    return reply.body as unknown as Record<string, unknown>;
  };

  /** A talk of two, of which leo makes an end on purpose after 30 s; the last comes twice. */
  function talk(cid: string, start: number): Signed[] {
    const all = [
      stream(cid, "call.created", start, { life: null, fields: { members: [{ user_id: "leo" }, { user_id: "mia" }] } }),
      stream(cid, joinedType, start + 1, { who: "leo" }),
      stream(cid, joinedType, start + 3, { who: "mia" }),
      stream(cid, "call.ended", start + 33, { who: "leo" }),
    ];
    return [...all, all[1] as Signed];
  }

  it("a call at Stream that nobody opened here: every order of its webhooks gives one call and one receipt", async () => {
    const receipts = new Set<string>();
    const orders = permutations([0, 1, 2, 3, 4]).filter((order) => order.indexOf(1) < order.indexOf(4));
    await world.passTo(second() + 60);
    const start = second() - 50;
    for (const [index, order] of orders.entries()) {
      const cid = `default:order-${index}`;
      const all = talk(cid, start);
      await send(...order.map((at) => all[at] as Signed));
    }
    // So long after its last webhook a call is settled.
    await world.passTo(second() + 60);
    for (const [index] of orders.entries()) {
      const calls = await callsIn(`default:order-${index}`);
      expect(calls).toMatchObject([{ status: "completed", preset: "match" }]);
      const { callId: _id, holdId: _hold, penalties, ...receipt } = await receiptOf(calls[0]!.id);
      receipts.add(
        JSON.stringify([
          receipt,
          (penalties as { userId: string; amount: number }[]).map(({ userId, amount }) => [userId, amount]),
        ]),
      );
    }
    expect(orders).toHaveLength(60);
    expect([...receipts]).toHaveLength(1);
    expect(JSON.parse([...receipts][0]!)).toMatchObject([
      {
        requestedAt: atSecond(start + 1),
        startedAt: atSecond(start + 3),
        endedAt: atSecond(start + 33),
        endReason: "payer_hung_up",
        endedBy: "leo",
        durationSource: "webhook",
      },
      [["leo", 1]],
    ]);
    expect(
      await world.server.db.query("select 1 from webhooks where call_id is null and room_name like 'default:order-%'"),
    ).toEqual([]);
  });

  it("the same again answers 200 and changes nothing", async () => {
    const now = second();
    await send(...talk("default:same", now - 40));
    const before = await world.server.db.query("select * from call_events order by call_id, id");
    const webhooks = await world.server.db.query("select * from webhooks order by provider, id");
    for (const request of talk("default:same", now - 40)) {
      expect((await world.inject(request)).body).toMatchObject({ duplicate: true, received: true });
    }
    expect(await world.server.db.query("select * from call_events order by call_id, id")).toEqual(before);
    expect(await world.server.db.query("select * from webhooks order by provider, id")).toEqual(webhooks);
  });

  it("a name that is used again later is another call, also when its first webhooks come before the first call is settled", async () => {
    const cid = "default:again";
    const start = second();
    await send(
      stream(cid, joinedType, start, { who: "leo", life: "one", connection: "l1" }),
      stream(cid, joinedType, start, { who: "mia", life: "one", connection: "m1" }),
    );
    await world.passTo(start + 40);
    await send(stream(cid, "call.ended", start + 40, { who: "mia", life: "one" }));
    await world.passTo(start + 45);
    await send(
      stream(cid, joinedType, start + 44, { who: "leo", life: "two", connection: "l2" }),
      stream(cid, joinedType, start + 45, { who: "mia", life: "two", connection: "m2" }),
    );
    // The first call waits for late webhooks, so these were recorded to it and are watched.
    expect(await callsIn(cid)).toHaveLength(1);
    await world.passTo(start + 120);
    await world.server.webhooks.applyPending();
    await send(stream(cid, leftType, start + 105, { who: "leo", life: "two", connection: "l2", joinedAt: start + 44 }));
    await send(stream(cid, "call.session_ended", start + 106, { life: "two" }));
    await world.passTo(start + 300);
    const [first, next, ...others] = await callsIn(cid);
    expect(others).toEqual([]);
    expect(await receiptOf(first!.id)).toMatchObject({
      startedAt: atSecond(start),
      endedAt: atSecond(start + 40),
      endedBy: "mia",
    });
    expect(await receiptOf(next!.id)).toMatchObject({
      startedAt: atSecond(start + 45),
      endedAt: atSecond(start + 105),
    });
    // Late evidence of the first one finds the first one.
    await send(stream(cid, leftType, start + 40, { who: "leo", life: "one", connection: "l1", joinedAt: start }));
    expect(await callsIn(cid)).toHaveLength(2);
    const [late] = await world.server.db.query<{ call_id: string }>(
      "select call_id from webhooks where life = 'one' and kind = $1 and room_name = $2",
      [leftType, cid],
    );
    expect(late?.call_id).toBe(first!.id);
  });

  it("one person is no match, and three are one of the first two; a room for study needs one", async () => {
    const start = second();
    await send(
      stream("default:alone", joinedType, start, { who: "leo" }),
      stream("default:alone", leftType, start, { who: "leo" }),
    );
    expect(await callsIn("default:alone")).toEqual([]);
    const rooms = (await world.backend().get("/api/webhooks/unmatched")).body as unknown as {
      rooms: Record<string, unknown>[];
    };
    expect(rooms.rooms.find(({ roomName }) => roomName === "default:alone")).toMatchObject({
      outcome: "unmatched",
      people: ["leo"],
      webhooks: 2,
      reason: expect.stringMatching(/only leo has been seen/),
    });
    for (const who of ["zoe", "mia", "leo"]) await send(stream("default:three", joinedType, start, { who }));
    const sheet = await world.backend().get("/api/stream/session/three");
    expect(sheet.body.call).toMatchObject({ payerId: "mia", payeeId: "zoe", preset: "match", provider: "stream" });
  });

  it("terms go by the type of the call: a room for study opens with its first person, and others take part", async () => {
    const named = await openWorld(kind, {
      ...streamKeys,
      FAIRMINUTE_UNKNOWN_CALLS: "stream:study=study-room,stream:paid=coin-minutes,stream=none",
    });
    try {
      await named.meet("leo", { coins: 100 });
      const tell = async (given: StreamEvent) => expect((await named.inject(streamWebhook(given))).status).toBe(200);
      for (const who of ["leo", "mia", "zoe"]) await tell({ cid: "study:hall", type: joinedType, at: 0, who });
      const sheet = (await named.backend().get("/api/stream/session/study:hall")).body as unknown as {
        call: { payeeId: string | null; preset: string; status: string };
        participants: { userId: string; role: string }[];
      };
      expect(sheet.call).toMatchObject({ payeeId: null, preset: "study-room", status: "active" });
      expect(sheet.participants.map(({ userId, role }) => [userId, role])).toEqual(
        ["leo", "mia", "zoe"].map((userId) => [userId, "attendee"]),
      );
      // Where something is paid, nobody pays before it is known who made the call.
      for (const who of ["mia", "leo"]) await tell({ cid: "paid:a", type: joinedType, at: 0, who });
      expect(await named.server.db.query("select 1 from calls where room_name = 'paid:a'")).toEqual([]);
      await tell({
        cid: "paid:a",
        type: "call.created",
        at: 0,
        life: null,
        fields: { call: { created_by: { id: "leo" } } },
      });
      expect((await named.backend().get("/api/stream/session/paid:a")).body.call).toMatchObject({
        payerId: "leo",
        payeeId: "mia",
        preset: "coin-minutes",
        heldCoins: 20,
      });
      for (const who of ["leo", "mia"]) await tell({ cid: "other:a", type: joinedType, at: 0, who });
      expect(await named.server.db.query("select 1 from calls where room_name = 'other:a'")).toEqual([]);
    } finally {
      await named.close();
    }
  });

  it("calls at LiveKit are kept for the operator, unless terms are named", async () => {
    const start = second();
    const room = (name: string) =>
      ["leo", "mia"].map((who) => livekitWebhook({ event: "participant_joined", room: name, at: start, who }));
    await send(livekitWebhook({ event: "room_started", room: "lk-none", at: start }), ...room("lk-none"));
    expect(await callsIn("lk-none")).toEqual([]);
    const named = await openWorld(kind, { ...livekitKeys, FAIRMINUTE_UNKNOWN_CALLS: "livekit=match" });
    try {
      for (const request of room("lk-named")) expect((await named.inject(request)).status).toBe(200);
      expect(await named.server.db.query("select payer_id, preset from calls")).toEqual([
        { payer_id: "leo", preset: "match" },
      ]);
      await named.inject(streamWebhook({ cid: "default:off", type: joinedType, at: 0, who: "leo" }));
    } finally {
      await named.close();
    }
  });

  it("what was kept and not recorded, as when a server dies in between, is carried out by the sweep or by the next webhook", async () => {
    const start = second();
    const cid = "default:crash";
    await send(stream(cid, joinedType, start, { who: "leo" }));
    // As the server left it: the row is there, its effect is not.
    const sql = `insert into webhooks (provider, id, kind, room_name, life, occurred_at, received_at, events, people)
      values ('stream', 'left-behind', 'joined', $1, $2, $3, $3, $4::json, '{mia}')`;
    const event = {
      id: "left-behind",
      type: "participant.joined",
      source: "webhook",
      userId: "mia",
      connectionId: "c-mia",
      reason: null,
      occurredAt: noon + start * 1000,
      untilAt: null,
    };
    await world.server.db.query(sql, [cid, `life-of-${cid}`, noon + start * 1000, JSON.stringify([event])]);
    expect(await world.server.webhooks.applyPending()).toBe(1);
    expect(await callsIn(cid)).toMatchObject([{ status: "active" }]);
    expect(await world.server.webhooks.applyPending()).toBe(0);
  });

  it("two servers get the same webhooks at the same instant: everything is there once", async () => {
    const other = await buildServer(readConfig({ DATABASE_URL: "memory:", ...streamKeys }), {
      db: world.server.db,
      clock: { now: () => noon },
      onFault: (error) => {
        throw error;
      },
    });
    try {
      await other.app.ready();
      const start = second() - 40;
      const rooms = Array.from({ length: 12 }, (_, index) => `default:twice-${index}`);
      const both = rooms
        .flatMap((cid) => talk(cid, start))
        .flatMap((request) => [world.server.app, other.app].map((app) => app.inject(request)));
      const answers = await Promise.all(both);
      expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
      await world.passTo(second() + 90);
      for (const cid of rooms) {
        const calls = await callsIn(cid);
        expect(calls).toMatchObject([{ status: "completed" }]);
        expect(await receiptOf(calls[0]!.id)).toMatchObject({
          startedAt: atSecond(start + 3),
          endedAt: atSecond(start + 33),
        });
      }
      expect(await world.server.db.query("select 1 from webhooks where outcome = 'pending'")).toEqual([]);
    } finally {
      await other.close();
    }
  });
});
