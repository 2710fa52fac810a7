// Webhooks in doubt are let go: their signatures are checked once more, their times are not, and then they count.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { noon, openWorld, type World } from "../../test/world.ts";
import type { Released } from "./release.ts";
import {
  livekitKeys,
  livekitToken,
  livekitWebhook,
  type Signed,
  serverEvent,
  serverSecret,
  streamKeys,
  streamWebhook,
} from "./stage.case.ts";

/** As when LiveKit's clock was ten minutes behind ours while it signed. */
function late(given: Omit<Parameters<typeof livekitWebhook>[0], "id">): Signed {
  const webhook = livekitWebhook(given);
  const authorization = livekitToken(webhook.payload, { nbf: noon / 1000 - 900, exp: noon / 1000 - 600 });
  return { ...webhook, headers: { ...webhook.headers, authorization } };
}

describe.each(databaseKinds)("webhooks in doubt on $name", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(kind, { ...livekitKeys, ...streamKeys, ...serverSecret });
  });
  afterAll(() => world.close());

  const rows = (where: string) =>
    world.server.db.query<Record<string, unknown>>(`select * from webhooks where ${where} order by occurred_at, id`);
  const doubt = async (webhooks: readonly Signed[]) => {
    for (const webhook of webhooks) expect((await world.inject(webhook)).status).toBe(202);
  };
  const release = async (body: object) => {
    const answer = await world.backend().post("/api/webhooks/release", body);
    return { status: answer.status, code: answer.body.code, ...(answer.body as unknown as Released) };
  };
  const idsOf = (list: { id: string }[]) => list.map(({ id }) => id);

  it("count once they are released, one of a room or all of them, and again changes nothing", async () => {
    const call = await world.server.webhooks.register("livekit", "room", {
      payerId: "leo",
      payeeId: "mia",
      preset: "match",
      estimatedMinutes: 1,
    });
    await doubt([
      late({ event: "participant_joined", room: "room", at: 1, who: "leo" }),
      late({ event: "participant_joined", room: "room", at: 2, who: "mia" }),
    ]);
    await world.passTo(5);
    const listed = (await world.backend().get("/api/webhooks/unmatched")).body as unknown as {
      rooms: { roomName: string; webhookIds: string[] }[];
    };
    const [room] = listed.rooms.filter(({ roomName }) => roomName === "room");
    const [first, second] = [...(room?.webhookIds ?? [])].sort();
    expect([first, second]).toEqual(idsOf((await rows("room_name = 'room'")) as { id: string }[]));

    const one = await release({ provider: "livekit", roomName: "room", webhookId: first });
    expect(one).toMatchObject({ status: 200, released: [{ id: first, applied: true, callId: call.id }], kept: [] });
    expect((await world.server.charging.readCall(call.id, null)).status).toBe("accepted");
    const rest = await release({ provider: "livekit", roomName: "room" });
    expect(rest).toMatchObject({ released: [{ id: second, applied: true, callId: call.id }], kept: [] });
    expect(await world.server.charging.readCall(call.id, null)).toMatchObject({
      status: "active",
      startedAt: new Date(noon + 2000).toISOString(),
    });
    expect(await rows("room_name = 'room'")).toMatchObject(
      Array(2).fill({ outcome: "applied", doubt: null, signed: null }),
    );
    for (const body of [
      { provider: "livekit", roomName: "room" },
      { provider: "livekit", roomName: "room", webhookId: first },
      { provider: "livekit", roomName: "nowhere" },
    ])
      expect(await release(body)).toMatchObject({ status: 404, code: "webhook_not_found" });
  });

  it("of every provider; what has no call yet waits for one like any other", async () => {
    const old = -3 * 86_400;
    await doubt([
      streamWebhook({
        type: "call.session_participant_joined",
        cid: "livestream:old",
        at: old,
        who: "leo",
        packed: true,
      }),
      serverEvent({ event: "session-heartbeat", sessionId: "old", id: "1", userIds: ["leo"] }, old),
    ]);
    const stream = await release({ provider: "stream", roomName: "livestream:old" });
    const server = await release({ provider: "webrtc", roomName: "old" });
    for (const { released, kept } of [stream, server]) {
      expect([released, kept]).toMatchObject([[{ applied: false, callId: null }], []]);
    }
    for (const room of ["livestream:old", "old"]) {
      const [row] = await rows(`room_name = '${room}'`);
      expect(row).toMatchObject({ outcome: "unmatched", doubt: null, events: [{ userId: "leo" }] });
    }
  });

  it("stay in doubt when the signature does not fit, when none was kept, or when they tell no time at all", async () => {
    await doubt([
      late({ event: "participant_joined", room: "changed", at: 1, who: "leo" }),
      late({ event: "participant_joined", room: "changed", at: 2, who: "mia" }),
    ]);
    const { db } = world.server;
    await db.query(
      "update webhooks set body = replace(body::text, 'leo', 'eve')::json where body::text like '%changed_leo%'",
    );
    await db.query("update webhooks set signed = null where room_name = 'changed' and body::text like '%changed_mia%'");
    const timeless = streamWebhook({
      type: "call.ended",
      cid: "default:timeless",
      at: 0,
      fields: { created_at: "soon" },
    });
    await doubt([timeless]);
    expect(await release({ provider: "livekit", roomName: "changed" })).toMatchObject({
      released: [],
      kept: [
        { reason: expect.stringContaining("not the one that was signed") },
        { reason: expect.stringContaining("not kept") },
      ],
    });
    expect(await release({ provider: "stream", roomName: "default:timeless" })).toMatchObject({
      released: [],
      kept: [{ reason: expect.stringContaining("created_at") }],
    });
    for (const { outcome, events } of await rows("room_name in ('changed', 'default:timeless')"))
      expect([outcome, events]).toEqual(["doubtful", []]);
  });
});
