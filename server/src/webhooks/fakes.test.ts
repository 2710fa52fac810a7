// The whole way with servers that speak the providers' wire: people come and go there, and the calls here follow.
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { noon, openWorld, type World } from "../../test/world.ts";
import { type LivekitFake, startLivekitFake } from "../fakes/livekit/fake.ts";
import { type StreamFake, startStreamFake } from "../fakes/stream/fake.ts";

const livekitKeys = { apiKey: "APIfake", apiSecret: "a-secret-of-the-fake-0123456789abcdef" };
const streamKeys = { apiKey: "streamfake", secretKey: "a-secret-of-the-fake" };

describe.each(databaseKinds)("providers and their webhooks on $name", (kind) => {
  let world: World;
  let livekit: LivekitFake;
  let stream: StreamFake;
  const now = () => (world === undefined ? noon : world.server.clock.now());
  const second = () => (now() - noon) / 1000;

  beforeAll(async () => {
    const clocks = { now, trueNow: () => noon, sweepEveryMs: null };
    livekit = await startLivekitFake({ ...livekitKeys, ...clocks });
    stream = await startStreamFake({ ...streamKeys, ...clocks });
    world = await openWorld(kind, {
      LIVEKIT_URL: livekit.url,
      LIVEKIT_API_KEY: livekitKeys.apiKey,
      LIVEKIT_API_SECRET: livekitKeys.apiSecret,
      STREAM_API_KEY: streamKeys.apiKey,
      STREAM_SECRET_KEY: streamKeys.secretKey,
      STREAM_API_URL: stream.url,
    });
    await world.server.app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = world.server.app.server.address() as AddressInfo;
    livekit.sendWebhooksTo(`http://127.0.0.1:${port}/api/livekit/webhook`);
    stream.sendWebhooksTo(`http://127.0.0.1:${port}/api/stream/webhook`);
  });
  afterAll(async () => {
    await livekit.stop();
    await stream.stop();
    await world.close();
  });

  it("coin minutes at LiveKit, with a reconnect and every webhook twice", async () => {
    const leo = await world.meet("leo", { coins: 100 });
    const mia = await world.meet("mia", { role: "creator" });
    const room = "room-of-the-fake";
    const tokenOf = async (voice: typeof leo, body: object) =>
      (await voice.post("/api/livekit/token-secure", { room_name: room, ...body })).body as unknown as {
        token: string;
        call_id: string;
      };
    const payer = await tokenOf(leo, { payee_id: "mia" });
    const payee = await tokenOf(mia, {});
    livekit.troubles.webhooksDoubled = true;
    livekit.join(room, "leo", { token: payer.token });
    livekit.join(room, "mia", { token: payee.token });
    await livekit.flush();
    const start = second();
    expect((await leo.get(`/api/calls/${payer.call_id}`)).body.call.status).toBe("active");
    await world.passTo(start + 60);
    livekit.reconnectFull(room, "mia");
    await livekit.flush();
    await world.passTo(start + 125);
    livekit.leave(room, "leo");
    livekit.leave(room, "mia");
    await livekit.flush();
    await world.passTo(start + 200);
    expect((await leo.get(`/api/calls/${payer.call_id}`)).body.call).toMatchObject({
      status: "completed",
      billableSeconds: 125,
      actualCoins: 20,
      endReason: "payer_hung_up",
    });
    // The room was closed at the end, which LiveKit tells as well.
    await livekit.flush();
    await livekit.flush();
    expect(new Set(livekit.recorded().map(({ outcome }) => outcome))).toEqual(new Set(["delivered"]));
  });

  it("a match at Stream that nobody opened here, its webhooks packed and in the wrong order", async () => {
    const zoe = await world.meet("zoe", { coins: 5 });
    await world.meet("tom");
    stream.troubles.webhooksPacked = true;
    stream.troubles.webhooksReordered = true;
    const cid = stream.createCall({ id: "of-the-fake", createdBy: "zoe", memberIds: ["zoe", "tom"] });
    stream.join(cid, "zoe");
    stream.join(cid, "tom");
    const start = second();
    await world.passTo(start + 20);
    stream.endCall(cid, "zoe");
    await stream.flush();
    await world.passTo(start + 90);
    const sheet = (await zoe.get(`/api/stream/session/${cid}`)).body;
    expect(sheet.call).toMatchObject({ status: "completed", preset: "match", endedBy: "zoe", durationSeconds: 20 });
    expect((await zoe.get("/api/wallet")).body.available).toBe(4);
    await stream.flush();
    expect(new Set(stream.recorded().map(({ outcome }) => outcome))).toEqual(new Set(["delivered"]));
  });
});
