// Calls in rooms that the app makes itself: registered beforehand, adopted afterwards, and read by their name at Stream.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { atSecond, noon, openWorld, type Reply, type Voice, type World } from "../../test/world.ts";
import { audit } from "../charging/audit.ts";
import { sandboxSecretKey } from "../config.ts";
import { livekitKeys, livekitWebhook, type Signed, streamKeys, streamWebhook } from "../webhooks/stage.case.ts";

const joinedType = "call.session_participant_joined";
const leftType = "call.session_participant_left";

describe.each(databaseKinds)("calls of other people's rooms on $name", (kind) => {
  let world: World;
  let operator: Voice;
  let leo: Voice;
  let mia: Voice;

  beforeAll(async () => {
    world = await openWorld(kind, { ...livekitKeys, ...streamKeys });
    operator = world.backend();
    leo = await world.meet("leo", { coins: 10_000 });
    mia = await world.meet("mia");
    await world.meet("eve");
  });
  afterAll(async () => {
    const report = await audit(world.server.db, world.server.clock.now());
    await world.close();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  const second = () => (world.server.clock.now() - noon) / 1000;
  const send = async (...requests: Signed[]) => {
    for (const request of requests) expect((await world.inject(request)).status).toBe(200);
  };
  const register = (providerCallId: string, more: object = {}): Promise<Reply> =>
    operator.post("/api/calls", {
      payerId: "leo",
      payeeId: "mia",
      preset: "coin-minutes",
      provider: "livekit",
      providerCallId,
      ...more,
    });
  const adopt = (roomName: string, more: object = {}): Promise<Reply> =>
    operator.post("/api/calls/adopt", {
      payerId: "leo",
      payeeId: "mia",
      preset: "coin-minutes",
      provider: "livekit",
      roomName,
      ...more,
    });
  const livekit = (room: string, event: string, who: string, at: number, more: object = {}) =>
    livekitWebhook({ event, room, at, who, ...more });
  const unmatched = async () =>
    (
      (await operator.get("/api/webhooks/unmatched?limit=100")).body as unknown as {
        rooms: { roomName: string; people: string[]; reason: string }[];
      }
    ).rooms;

  it("a registered call is metered from the app's own room, at the price that was named", async () => {
    const start = second();
    const reply = await register("app-room-1", { estimatedMinutes: 10, ratePerMinute: 25, preset: "creator-call" });
    expect([reply.status, reply.body.call]).toMatchObject([
      201,
      { status: "accepted", provider: "livekit", roomName: "app-room-1", heldCoins: 250, ratePerMinute: 25 },
    ]);
    const { id } = reply.body.call;
    await world.passTo(start + 2);
    await send(
      livekit("app-room-1", "participant_joined", "leo", start + 1),
      livekit("app-room-1", "participant_joined", "mia", start + 2),
    );
    await world.passTo(start + 70);
    await send(livekit("app-room-1", "participant_left", "mia", start + 62, { disconnectReason: "CLIENT_INITIATED" }));
    await send(livekit("app-room-1", "participant_left", "leo", start + 63, { disconnectReason: "CLIENT_INITIATED" }));
    await world.passTo(start + 130);
    expect((await leo.get(`/api/calls/${id}`)).body.call).toMatchObject({
      status: "completed",
      startedAt: atSecond(start + 2),
      endedAt: atSecond(start + 62),
      actualCoins: 25,
      durationSource: "webhook",
    });
  });

  it("registering again is the same call; for other people the room is in use, until it is over", async () => {
    const first = (await register("app-room-2")).body.call;
    const again = await Promise.all([register("app-room-2"), register("app-room-2"), register("app-room-2")]);
    for (const reply of again) expect([reply.status, reply.body.call.id]).toEqual([201, first.id]);
    const other = await register("app-room-2", { payeeId: "eve" });
    expect([other.status, other.body.code, other.body.param]).toEqual([409, "room_in_use", "roomName"]);
    await leo.post(`/api/calls/${first.id}/cancel`);
    const next = await register("app-room-2", { payeeId: "eve" });
    expect([next.status, next.body.call.id === first.id]).toEqual([201, false]);
    await leo.post(`/api/calls/${next.body.call.id}/cancel`);
    const both = await Promise.all([register("app-room-3"), register("app-room-3", { payeeId: "eve" })]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it("waits as long as was said for both to come, ten minutes by itself; then it is missed and the hold is released", async () => {
    const usual = (await register("waiting-1")).body.call;
    const short = (await register("waiting-2", { joinTimeoutSeconds: 30 })).body.call;
    const statusOf = async (id: string) => (await leo.get(`/api/calls/${id}`)).body.call.status;
    const start = second();
    await world.passTo(start + 31);
    expect([await statusOf(usual.id), await statusOf(short.id)]).toEqual(["accepted", "missed"]);
    await world.passTo(start + 599);
    expect(await statusOf(usual.id)).toBe("accepted");
    await world.passTo(start + 601);
    const { call } = (await leo.get(`/api/calls/${usual.id}`)).body;
    expect(call).toMatchObject({ status: "missed", heldCoins: 0, actualCoins: 0 });
    expect((await register("waiting-3", { joinTimeoutSeconds: 1 })).body).toMatchObject({
      param: "joinTimeoutSeconds",
    });
  });

  it("people who came a moment before the registration count; those of yesterday do not", async () => {
    const start = second();
    await send(livekit("app-room-4", "participant_joined", "mia", start - 2));
    expect((await unmatched()).map(({ roomName }) => roomName)).toContain("app-room-4");
    const { id } = (await register("app-room-4")).body.call;
    await send(livekit("app-room-4", "participant_joined", "leo", start));
    expect((await leo.get(`/api/calls/${id}`)).body.call.status).toBe("active");
    expect((await unmatched()).map(({ roomName }) => roomName)).not.toContain("app-room-4");
    await leo.post(`/api/calls/${id}/end`);

    for (const who of ["leo", "mia"])
      await send(livekit("app-room-5", "participant_joined", who, start, { sid: "RM_old" }));
    await world.passTo(start + 3600);
    const later = (await register("app-room-5")).body.call;
    expect(later).toMatchObject({ status: "accepted", requestedAt: atSecond(start + 3600), startedAt: null });
    await leo.post(`/api/calls/${later.id}/end`);
  });

  it("after a registered call its room is the app's again: nobody is charged for what was not registered", async () => {
    const start = second();
    const { id } = (await register("default:app-room-6", { provider: "stream", preset: "match" })).body.call;
    await operator.post(`/api/calls/${id}/end`);
    await world.passTo(start + 10);
    for (const who of ["leo", "mia"]) {
      await send(streamWebhook({ cid: "default:app-room-6", type: joinedType, at: start + 10, who, life: "next" }));
    }
    const rows = await world.server.db.query("select id from calls where room_name = 'default:app-room-6'");
    expect(rows).toEqual([{ id }]);
    expect((await unmatched()).find(({ roomName }) => roomName === "default:app-room-6")?.reason).toMatch(
      /registered for this room is over/,
    );
  });

  it("a call that is over is adopted with everything that was told of it, once", async () => {
    await world.passTo(second() + 10);
    const start = second() - 10;
    await send(
      livekit("lost", "participant_joined", "leo", start),
      livekit("lost", "participant_joined", "mia", start + 5),
      livekitWebhook({ event: "track_published", room: "lost", at: start + 6, who: "mia" }),
    );
    await world.passTo(start + 200);
    await send(
      livekit("lost", "participant_left", "leo", start + 130),
      livekit("lost", "participant_left", "mia", start + 131),
    );
    expect((await unmatched()).find(({ roomName }) => roomName === "lost")).toMatchObject({
      provider: "livekit",
      life: "RM_lost",
      outcome: "unmatched",
      people: ["leo", "mia"],
      webhooks: 5,
      firstAt: atSecond(start),
      lastAt: atSecond(start + 131),
    });
    const before = (await leo.get("/api/wallet")).body.available;
    const reply = await adopt("lost");
    expect(reply.status).toBe(201);
    await world.passTo(start + 300);
    const { call } = (await leo.get(`/api/calls/${reply.body.call.id}`)).body;
    expect(call).toMatchObject({
      status: "completed",
      requestedAt: atSecond(start),
      startedAt: atSecond(start + 5),
      endedAt: atSecond(start + 130),
      actualCoins: 20,
    });
    expect((await leo.get("/api/wallet")).body.available).toBe(before - 20);
    expect((await adopt("lost")).body.call).toMatchObject({ id: call.id, actualCoins: 20 });
    expect((await adopt("lost", { payeeId: "eve" })).body.code).toBe("webhook_not_found");
    expect((await unmatched()).map(({ roomName }) => roomName)).not.toContain("lost");
  });

  it("a call that goes on is adopted and metered to its end", async () => {
    const start = second();
    await send(
      livekit("going", "participant_joined", "leo", start),
      livekit("going", "participant_joined", "mia", start),
    );
    await world.passTo(start + 61);
    const { call } = (await adopt("going", { ratePerMinute: 3 })).body;
    expect(call).toMatchObject({ status: "active", startedAt: atSecond(start), ratePerMinute: 3 });
    await world.passTo(start + 125);
    await send(
      livekit("going", "participant_left", "mia", start + 121),
      livekit("going", "participant_left", "leo", start + 122),
    );
    await world.passTo(start + 200);
    expect((await mia.get(`/api/calls/${call.id}`)).body.call).toMatchObject({ status: "completed", actualCoins: 6 });
  });

  it("what may not be: strangers, presets and people that do not fit, providers that are not there", async () => {
    const body = { payerId: "leo", payeeId: "mia", preset: "coin-minutes", provider: "livekit", providerCallId: "no" };
    for (const voice of [leo, world.backend("leo")]) {
      expect((await voice.post("/api/calls", body)).body.code).toBe("forbidden");
      expect(
        (await voice.post("/api/calls/adopt", { ...body, roomName: "no", providerCallId: undefined })).body.code,
      ).toBe("forbidden");
      expect((await voice.get("/api/webhooks/unmatched")).body.code).toBe("forbidden");
    }
    expect((await world.anybody.post("/api/calls", body)).status).toBe(401);
    const refused: [object, string, string | null][] = [
      [{ payeeId: null }, "invalid_request", "payeeId"],
      [{ preset: "study-room" }, "invalid_request", "payeeId"],
      [{ preset: "nope" }, "unknown_preset", "preset"],
      [{ payeeId: "leo" }, "cannot_call_yourself", "creatorId"],
      [{ payerId: "poor" }, "insufficient_balance", null],
      [{ provider: "zoom" }, "invalid_request", "provider"],
      [{ providerCallId: "a b" }, "invalid_request", "providerCallId"],
    ];
    for (const [change, code, param] of refused) {
      const reply = await operator.post("/api/calls", { ...body, ...change });
      expect([change, reply.body.code, reply.body.param]).toEqual([change, code, param]);
    }
    expect((await adopt("nowhere")).body).toMatchObject({ code: "webhook_not_found", param: "roomName" });
    const bare = await openWorld(kind);
    try {
      expect((await bare.backend().post("/api/calls", body)).body.code).toBe("provider_not_configured");
    } finally {
      await bare.close();
    }
  });

  it("the list of rooms without a call has pages, the latest first", async () => {
    const start = second();
    for (const at of [1, 2, 3]) {
      await world.passTo(start + at);
      await send(livekit(`page-${at}`, "participant_joined", "leo", start + at));
    }
    const names: string[] = [];
    let cursor = "";
    for (let page = 0; page < 3; page += 1) {
      const reply = await operator.get(`/api/webhooks/unmatched?limit=1${cursor}`);
      const { rooms, nextCursor } = reply.body as unknown as { rooms: { roomName: string }[]; nextCursor: string };
      names.push(...rooms.map(({ roomName }) => roomName));
      cursor = `&cursor=${nextCursor}`;
    }
    expect(names).toEqual(["page-3", "page-2", "page-1"]);
    expect((await operator.get("/api/webhooks/unmatched?cursor=bm9uc2Vuc2U")).body.code).toBe("invalid_cursor");
  });

  it("a call is read by its name at Stream, by its people, with the penalty of each", async () => {
    const cid = "default:sheet";
    const start = second() - 1;
    await send(
      streamWebhook({ cid, type: joinedType, at: start, who: "leo" }),
      streamWebhook({ cid, type: joinedType, at: start + 1, who: "mia" }),
    );
    await world.passTo(start + 30);
    await send(
      streamWebhook({ cid, type: "call.ended", at: start + 30, who: "leo" }),
      streamWebhook({
        cid,
        type: leftType,
        at: start + 30,
        who: "leo",
        joinedAt: start,
        reason: "user is leaving the call",
      }),
      streamWebhook({ cid, type: leftType, at: start + 30, who: "mia", joinedAt: start + 1 }),
    );
    await world.passTo(start + 90);
    const sheet = async (voice: Voice, name: string) =>
      (await voice.get(`/api/stream/session/${name}`)).body as unknown as {
        code?: string;
        call: { id: string };
        participants: { userId: string; presentSeconds: number; penalty: object | null; connections: object[] }[];
      };
    const byLeo = await sheet(leo, "default:sheet");
    expect(byLeo.participants).toMatchObject([
      {
        userId: "leo",
        role: "payer",
        presentSeconds: 30,
        penalty: { amount: 1, policy: "early_exit" },
        connections: [{ joinedAt: atSecond(start), leftAt: atSecond(start + 30), joinedSource: "webhook" }],
      },
      { userId: "mia", presentSeconds: 29, penalty: null },
    ]);
    for (const name of ["sheet", byLeo.call.id]) expect((await sheet(mia, name)).call.id).toBe(byLeo.call.id);
    expect((await sheet(mia, "sheet")).participants.map(({ penalty }) => penalty)).toEqual([null, null]);
    expect((await sheet(operator, "sheet")).participants[0]?.penalty).toMatchObject({ amount: 1 });
    for (const name of ["sheet", byLeo.call.id, "default:nothing"]) {
      expect((await sheet(world.as("eve"), name)).code).toBe("call_not_found");
    }
  });

  it("new calls run at the provider that the settings name for their preset", async () => {
    const settings = {
      FAIRMINUTE_PROVIDER: "livekit",
      FAIRMINUTE_PRESET_PROVIDERS: "match=stream,coin-minutes=webrtc",
    };
    const named = await openWorld(kind, { ...livekitKeys, ...streamKeys, ...settings });
    try {
      const fan = await named.meet("fan", { coins: 1000 });
      const creator = await named.meet("creator", { role: "creator" });
      const expected = {
        "creator-call": ["livekit", /^room_/],
        match: ["stream", /^default:room_/],
        "coin-minutes": ["webrtc", /^room_/],
      };
      for (const [preset, [provider, name]] of Object.entries(expected)) {
        const body = { creatorId: "creator", estimatedMinutes: 5, preset };
        const { call } = (await fan.post("/api/calls/initiate", body)).body;
        expect([call.provider, call.roomName]).toEqual([provider, expect.stringMatching(name as RegExp)]);
        await creator.post(`/api/calls/${call.id}/accept`);
        const join = await named.server.app.inject({
          method: "GET",
          url: `/api/stream/session/${call.id}`,
          headers: { authorization: `Bearer ${sandboxSecretKey}` },
        });
        expect(join.json().call.status).toBe("accepted");
        await fan.post(`/api/calls/${call.id}/end`);
      }
    } finally {
      await named.close();
    }
  });
});
