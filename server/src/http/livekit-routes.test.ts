// Source document 003 over HTTP: the token opens the call, the timer's word changes nothing, the end is one end.
import type { AddressInfo } from "node:net";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { noon, openWorld, type Reply, type Voice, type World } from "../../test/world.ts";
import { audit } from "../charging/audit.ts";
import { type LivekitFake, startLivekitFake } from "../fakes/livekit/fake.ts";
import { livekitKeys, livekitWebhook, type Signed } from "../webhooks/stage.case.ts";

interface Metered {
  success: boolean;
  call_id: string;
  status: string;
  billed_seconds: number;
  billable_seconds: number;
  coins_consumed: number;
  funded_until: string | null;
  role: string;
  token: string;
  coins_available: number;
}
const read = (reply: Reply): Metered => reply.body as unknown as Metered;

describe.each(databaseKinds)("source document 003 on $name", (kind) => {
  let world: World;
  let livekit: LivekitFake;
  let leo: Voice;
  let mia: Voice;
  let eve: Voice;
  let story = 0;
  let room: string;

  beforeAll(async () => {
    const { LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret } = livekitKeys;
    const now = (): number => (world === undefined ? noon : world.server.clock.now());
    livekit = await startLivekitFake({ apiKey, apiSecret, now, trueNow: () => noon, sweepEveryMs: null });
    world = await openWorld(kind, { ...livekitKeys, LIVEKIT_URL: livekit.url });
    await world.server.app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = world.server.app.server.address() as AddressInfo;
    livekit.sendWebhooksTo(`http://127.0.0.1:${port}/api/livekit/webhook`);
    eve = await world.meet("eve", { coins: 100 });
  });
  afterAll(async () => {
    const report = await audit(world.server.db, world.server.clock.now());
    await world.close();
    await livekit.stop();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  const second = () => (world.server.clock.now() - noon) / 1000;
  const send = async (...requests: Signed[]) => {
    for (const request of requests) expect((await world.inject(request)).status).toBe(200);
  };

  /** Two new people and a room; leo has 100 coins. */
  async function begin(coins = 100): Promise<void> {
    story += 1;
    room = `video_chat_${story}`;
    leo = await world.meet(`leo${story}`, { coins });
    mia = await world.meet(`mia${story}`, { role: "creator" });
  }
  const token = (voice: Voice, more: object = { payee_id: `mia${story}` }) =>
    voice.post("/api/livekit/token-secure", { room_name: room, role: "cliente", ...more });
  const deduct = (voice: Voice) =>
    voice.post("/api/livekit/periodic-deduction", {
      room_name: room,
      session_duration_seconds: 60,
      manual_coins_amount: 10,
    });
  const end = (voice: Voice) => voice.post("/api/livekit/end-coin-session", { room_name: room });
  const joinBoth = async () => {
    for (const who of [`leo${story}`, `mia${story}`]) livekit.join(room, who);
    await livekit.flush();
  };
  const consumed = async (voice: Voice) => {
    const { available, earnings } = (await voice.get("/api/wallet")).body;
    return { available, earnings };
  };

  const cases: [seconds: number, coins: number, payee: number][] = [
    [65, 10, 8],
    [95, 10, 8],
    [125, 20, 16],
  ];
  it.each(cases)(
    "hung up at %i s: %i coins, however often the timer and the end are told",
    async (seconds, coins, payee) => {
      await begin();
      const reply = await token(leo);
      expect([reply.status, read(reply).role, read(reply).status]).toEqual([200, "payer", "accepted"]);
      const start = second();
      await joinBoth();
      for (let passed = 15; passed < seconds; passed += 15) {
        await world.passTo(start + passed);
        const metered = read(await deduct(passed % 30 === 0 ? leo : mia));
        expect([passed, metered.coins_consumed]).toEqual([passed, Math.floor(passed / 60) * 10]);
        expect(metered).toMatchObject({ success: true, status: "active", billable_seconds: passed });
      }
      await world.passTo(start + seconds);
      const answers = await Promise.all([
        ...Array.from({ length: 20 }, (_, i) => end(i % 2 === 0 ? leo : mia)),
        ...Array.from({ length: 8 }, () => deduct(leo)),
      ]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const ends = new Set(answers.slice(0, 20).map(({ text }) => text));
      expect([...ends]).toHaveLength(1);
      expect(JSON.parse([...ends][0]!)).toMatchObject({
        status: "completed",
        coins_consumed: coins,
        billed_seconds: coins * 6,
      });
      expect(read(await deduct(leo))).toMatchObject({ status: "completed", coins_consumed: coins, funded_until: null });
      expect([await consumed(leo), await consumed(mia)]).toEqual([
        { available: 100 - coins, earnings: 0 },
        { available: payee, earnings: payee },
      ]);
      // LiveKit's own word of the end comes after ours, and changes nothing.
      await send(
        livekitWebhook({
          event: "participant_left",
          room,
          at: start + seconds + 1,
          who: `leo${story}`,
          disconnectReason: "ROOM_DELETED",
        }),
      );
      expect((await end(mia)).text).toBe([...ends][0]);
    },
  );

  it("the token is LiveKit's: for this person, this room, and no other right", async () => {
    await begin();
    const answer = read(await token(leo));
    const claims = decodeJwt(answer.token);
    expect(claims).toMatchObject({
      iss: livekitKeys.LIVEKIT_API_KEY,
      sub: `leo${story}`,
      video: { room, roomJoin: true, canPublish: true, canSubscribe: true, canPublishData: true },
    });
    expect(Object.keys(claims.video as object)).not.toContain("roomAdmin");
    expect(JSON.parse(claims.metadata as string)).toMatchObject({ role: "payer", callId: answer.call_id });
    expect(answer).toMatchObject({ coins_available: 90 });
    // The other side gets a token for the same call, and asks for nobody.
    const other = read(await token(mia, {}));
    expect([other.call_id, other.role, decodeJwt(other.token).sub]).toEqual([answer.call_id, "payee", `mia${story}`]);
    // Whoever reloads the page gets the same call again, also twice at once.
    const again = await Promise.all([token(leo), token(leo)]);
    expect(again.map((reply) => read(reply).call_id)).toEqual([answer.call_id, answer.call_id]);
  });

  it("two tokens at the same instant open one call", async () => {
    await begin();
    const replies = await Promise.all(Array.from({ length: 8 }, () => token(leo)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(replies.map((reply) => read(reply).call_id)).size).toBe(1);
    expect((await leo.get("/api/wallet")).body).toMatchObject({ available: 90, held: 10 });
  });

  it("who has no coins gets no token and no call; strangers learn nothing", async () => {
    await begin(0);
    const poor = await token(leo);
    expect([poor.status, poor.body.code, poor.body.required]).toEqual([402, "insufficient_balance", 10]);
    const none = await token(mia, {});
    expect([none.status, none.body.param]).toEqual([400, "payee_id"]);
    expect((await token(leo, { payee_id: "nobody" })).body).toMatchObject({
      code: "creator_not_found",
      param: "payee_id",
    });
    for (const reply of [await deduct(leo), await end(leo)])
      expect([reply.status, reply.body.param]).toEqual([404, "room_name"]);

    await begin();
    await token(leo);
    for (const reply of [await deduct(eve), await end(eve)]) expect(reply.body.code).toBe("call_not_found");
    expect((await token(eve)).body.code).toBe("room_in_use");
    expect((await token(eve, {})).body.code).toBe("room_in_use");
    expect((await world.anybody.post("/api/livekit/token-secure", { room_name: room })).status).toBe(401);
    expect((await end(world.backend())).body).toMatchObject({ success: true, status: "cancelled", coins_consumed: 0 });
  });

  it("a room that is used again carries a new call, and the end of the old one stays as it was", async () => {
    await begin();
    const first = read(await token(leo)).call_id;
    expect(read(await end(leo))).toMatchObject({ status: "cancelled", call_id: first });
    await world.passTo(second() + 10);
    const next = read(await token(leo)).call_id;
    expect(next).not.toBe(first);
    const start = second();
    await joinBoth();
    await world.passTo(start + 61);
    expect(read(await end(mia))).toMatchObject({ call_id: next, coins_consumed: 10 });
    expect((await leo.get(`/api/calls/${first}`)).body.call).toMatchObject({ status: "cancelled", actualCoins: 0 });
  });

  it("browsers may connect to LiveKit from the call screen", async () => {
    const policy = String((await world.inject({ method: "GET", url: "/healthz" })).headers["content-security-policy"]);
    const host = livekit.url.replace("http://", "");
    expect(policy).toContain(`connect-src 'self' ws://localhost:80 wss://localhost:80 ws://${host} http://${host};`);
    const cloud = await openWorld(kind, { ...livekitKeys, LIVEKIT_URL: "wss://name.livekit.cloud" });
    const { headers } = await cloud.inject({ method: "GET", url: "/healthz" });
    await cloud.close();
    expect(headers["content-security-policy"]).toMatch(
      /wss:\/\/name\.livekit\.cloud https:\/\/name\.livekit\.cloud wss:\/\/\*\.livekit\.cloud https:\/\/\*\.livekit\.cloud/,
    );
  });

  it("without LiveKit's settings the answer says which", async () => {
    const bare = await openWorld(kind);
    try {
      const reply = await (await bare.meet("leo", { coins: 10 })).post("/api/livekit/token-secure", {
        room_name: "a",
        payee_id: "mia",
      });
      expect([reply.status, reply.body.code]).toEqual([503, "provider_not_configured"]);
      expect(reply.body.message).toMatch(/LIVEKIT_API_SECRET/);
    } finally {
      await bare.close();
    }
  });
});
