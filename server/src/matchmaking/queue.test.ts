// Stories of the queue over HTTP: who is matched, who waits, who is gone, and what must not happen.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { noon, openWorld, type Reply, type Voice, type World } from "../../test/world.ts";
import type { MatchmakingJson } from "./matchmaking.ts";

interface Seeker {
  id: string;
  voice: Voice;
}

const standing = ({ body }: Reply): MatchmakingJson => body as unknown as MatchmakingJson;

describe.each(databaseKinds)("the matchmaking queue on $name", (kind) => {
  let world: World;
  let stories = 0;
  beforeAll(async () => {
    world = await openWorld(kind);
    await world.listen();
  });
  // One world for all stories: each has people of its own, and leaves an empty queue.
  afterEach(() => world.server.db.query("delete from match_places"));
  afterAll(() => world.close());

  async function meet(...names: string[]): Promise<Seeker[]> {
    stories += 1;
    const ids = names.map((name) => `${name}.${stories}`);
    return Promise.all(ids.map(async (id) => ({ id, voice: await world.meet(id, { coins: 100 }) })));
  }
  const pass = (seconds: number) => world.passTo((world.server.clock.now() - noon) / 1000 + seconds);
  const now = () => new Date(world.server.clock.now()).toISOString();

  const join = async ({ voice }: Seeker, filters: object = {}): Promise<MatchmakingJson> => {
    const reply = await voice.post("/api/matchmaking/join", { filters });
    expect(reply.status, reply.text).toBe(200);
    return standing(reply);
  };
  const leave = async ({ voice }: Seeker) => standing(await voice.post("/api/matchmaking/leave"));
  const status = async ({ voice }: Seeker) => standing(await voice.get("/api/matchmaking/status"));
  const refusal = async (voice: Voice, body: object) => {
    const reply = await voice.post("/api/matchmaking/join", body);
    return [reply.status, reply.body.code, reply.body.param];
  };
  const matchesOf = ({ id }: Seeker) =>
    world.server.db.query(
      "select m.*, c.payer_id, c.payee_id from matches m join calls c on c.id = m.call_id where $1 in (waiting_user_id, joining_user_id)",
      [id],
    );

  it("two who fit are matched at once, in one accepted call that match and call both name", async () => {
    const [ana, bo] = (await meet("ana", "bo")) as [Seeker, Seeker];
    const wait = { status: "waiting", waitingSince: now(), position: 1, matchId: null, call: null };
    expect(await join(ana)).toEqual(wait);
    const matched = await join(bo);
    const callId = matched.call?.id as string;
    expect(matched).toMatchObject({
      status: "matched",
      waitingSince: null,
      call: { preset: "match", status: "accepted", payerId: ana.id, payeeId: bo.id, provider: "webrtc", heldCoins: 0 },
    });
    expect(await status(ana)).toEqual(matched);
    expect(await status(bo)).toEqual(matched);
    expect(await matchesOf(bo)).toMatchObject([
      { id: matched.matchId, waiting_user_id: ana.id, joining_user_id: bo.id, call_id: callId, payer_id: ana.id },
    ]);
    const events = await world.server.db.query("select type, user_id, reason from call_events where call_id = $1", [
      callId,
    ]);
    expect(events).toEqual([{ type: "call.accepted", user_id: bo.id, reason: "matched" }]);
    const told = () => world.news.filter((notice) => notice.callId === callId);
    await expect.poll(() => told().map(({ type }) => type)).toContain("match:found");
    expect(told().filter(({ type }) => type === "match:found")).toMatchObject([
      { audience: [ana.id, bo.id], data: { matchId: matched.matchId, call: { id: callId } } },
    ]);
    expect(told().map(({ type }) => type)).not.toContain("call:incoming");
  });

  it("wishes keep people apart, a person without wishes gets the one who has waited longest", async () => {
    const [ana, bo, cy, di] = (await meet("ana", "bo", "cy", "di")) as [Seeker, Seeker, Seeker, Seeker];
    expect((await join(ana, { topic: "Chess", language: "en" })).status).toBe("waiting");
    expect(await join(bo, { topic: "chess", language: "de" })).toMatchObject({ status: "waiting", position: 2 });
    const third = await join(cy, { topic: " CHESS ", language: "DE" });
    expect(third.call).toMatchObject({ payerId: bo.id, payeeId: cy.id });
    expect((await join(di)).call).toMatchObject({ payerId: ana.id, payeeId: di.id });
  });

  it("joining again is the same place; with other wishes it is refused", async () => {
    const [ana] = (await meet("ana")) as [Seeker];
    const { waitingSince } = await join(ana, { topic: "chess" });
    await pass(10);
    expect(await join(ana, { topic: "chess" })).toMatchObject({ status: "waiting", waitingSince });
    expect(await refusal(ana.voice, { filters: { topic: "go" } })).toEqual([409, "already_in_queue", null]);
    expect(await refusal(ana.voice, {})).toEqual([409, "already_in_queue", null]);
    expect(await status(ana)).toMatchObject({ status: "waiting", waitingSince });
  });

  it("whoever leaves is matched with nobody; leaving twice, or without a place, changes nothing", async () => {
    const [ana, bo] = (await meet("ana", "bo")) as [Seeker, Seeker];
    await join(ana);
    expect((await leave(ana)).status).toBe("idle");
    expect((await leave(ana)).status).toBe("idle");
    expect((await join(bo)).status).toBe("waiting");
    expect(await matchesOf(ana)).toEqual([]);
  });

  it("leaving too late answers with the call", async () => {
    const [ana, bo] = (await meet("ana", "bo")) as [Seeker, Seeker];
    await join(ana);
    const matched = await join(bo);
    expect(await leave(ana)).toEqual(matched);
  });

  it("a place without a sign of life for 30 s is nobody's; asking is one", async () => {
    const [ana, bo, cy] = (await meet("ana", "bo", "cy")) as [Seeker, Seeker, Seeker];
    await join(ana);
    await pass(20);
    expect((await status(ana)).status).toBe("waiting");
    await pass(29);
    expect((await status(ana)).status).toBe("waiting");
    await pass(30);
    expect((await join(bo)).status).toBe("waiting");
    expect((await status(ana)).status).toBe("idle");
    expect((await join(cy)).call).toMatchObject({ payerId: bo.id, payeeId: cy.id });
  });

  it("whoever comes back after that begins anew", async () => {
    const [ana] = (await meet("ana")) as [Seeker];
    await join(ana);
    await pass(31);
    expect(await join(ana, { topic: "go" })).toMatchObject({ status: "waiting", waitingSince: now() });
  });

  it("an open connection keeps the place; one of a server that died does not", async () => {
    const [ana, bo] = (await meet("ana", "bo")) as [Seeker, Seeker];
    const { db } = world.server;
    await join(ana);
    const insert = "insert into online (user_id, server_id, seen_at) values ($1, 'srv', now() - interval '21 seconds')";
    await db.query(insert, [ana.id]);
    await pass(600);
    expect((await join(bo)).status).toBe("waiting");
    await leave(bo);
    await join(ana);
    await db.query("update online set seen_at = now() where user_id = $1", [ana.id]);
    await pass(600);
    expect((await join(bo)).call).toMatchObject({ payerId: ana.id, payeeId: bo.id });
  });

  it("nobody is in two calls: not by joining during one, nor by taking another call while waiting", async () => {
    const [ana, bo, cy] = (await meet("ana", "bo", "cy")) as [Seeker, Seeker, Seeker];
    await join(ana);
    const { call } = await join(bo);
    expect(await refusal(ana.voice, {})).toEqual([409, "too_many_calls", null]);
    await ana.voice.post(`/api/calls/${call?.id}/end`);
    expect((await status(bo)).status).toBe("idle");
    expect((await join(ana)).status).toBe("waiting");
    const initiated = await cy.voice.post("/api/calls/initiate", { creatorId: ana.id, estimatedMinutes: 5 });
    await ana.voice.post(`/api/calls/${initiated.body.call.id}/accept`);
    expect((await join(bo)).status).toBe("waiting");
    expect(await matchesOf(ana)).toHaveLength(1);
  });

  it.each([
    ["nobody comes", 0],
    ["one comes and waits", 1],
  ])("the matched call: %s: the join timeout ends it as missed, and nobody pays", async (_, comers) => {
    const [ana, bo] = (await meet("ana", "bo")) as [Seeker, Seeker];
    await join(ana);
    const { call } = await join(bo);
    const id = call?.id as string;
    if (comers > 0) await world.tell(id, [{ type: "joined", userId: ana.id }]);
    await pass(121);
    expect((await bo.voice.get(`/api/calls/${id}`)).body.call).toMatchObject({ status: "missed", penalties: [] });
    expect((await status(ana)).status).toBe("idle");
    for (const { voice } of [ana, bo]) expect((await voice.get("/api/wallet")).body).toMatchObject({ available: 100 });
  });

  it("a pair that a server which died left waiting is matched at the next sign of life", async () => {
    const [ana, bo] = (await meet("ana", "bo")) as [Seeker, Seeker];
    await world.server.db.query(
      `insert into match_places (user_id, preset, waiting_since, seen_at) select u, 'match', $1, $1 from unnest($2::text[]) u`,
      [world.server.clock.now(), [ana.id, bo.id]],
    );
    expect((await status(ana)).call).toMatchObject({ payerId: ana.id, payeeId: bo.id });
  });

  it("refuses a priced or unknown preset, unreadable wishes, and a backend that names nobody", async () => {
    const [{ voice }] = (await meet("ana")) as [Seeker];
    expect(await refusal(voice, { preset: "creator-call" })).toEqual([400, "invalid_request", "preset"]);
    expect(await refusal(voice, { preset: "nothing" })).toEqual([400, "unknown_preset", "preset"]);
    for (const [name, wish] of [
      ["topic", ""],
      ["topic", "a\u0000b"],
      ["language", "english please"],
      ["colour", "blue"],
    ] as const) {
      expect(await refusal(voice, { filters: { [name]: wish } })).toEqual([400, "invalid_request", `filters.${name}`]);
    }
    expect(await refusal(world.backend(), {})).toEqual([400, "invalid_request", "Fairminute-User"]);
    expect((await world.anybody.get("/api/matchmaking/status")).status).toBe(401);
    expect(await world.server.db.query("select user_id from match_places")).toEqual([]);
  });
});

describe.each(databaseKinds)("the matchmaking queue with a limit of calls at once on $name", (kind) => {
  it("the limit holds for matches too", async () => {
    const world = await openWorld(kind, { FAIRMINUTE_CALLS_AT_ONCE: "1" });
    const join = async (voice: Voice) => standing(await voice.post("/api/matchmaking/join", {}));
    const [ana, bo, cy] = [await world.meet("ana", { coins: 100 }), await world.meet("bo"), await world.meet("cy")];
    await world.meet("mia", { role: "creator" });
    await join(ana);
    // It rings: nobody talks yet, but it is one of the calls that count.
    await ana.post("/api/calls/initiate", { creatorId: "mia", estimatedMinutes: 5 });
    expect((await join(bo)).status).toBe("waiting");
    expect(standing(await ana.get("/api/matchmaking/status")).status).toBe("idle");
    expect((await join(cy)).call).toMatchObject({ payerId: "bo", payeeId: "cy" });
    await world.close();
  });
});
