// The LiveKit provider against a real LiveKit server with real participants: only where LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET name one.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { Room } from "@livekit/rtc-node";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createLivekitProvider } from "../src/providers/livekit.ts";
import { type ProviderSubject, providerCases } from "../src/providers/provider.case.ts";
import type { PresentConnection, ProviderCall, WebhookRequest } from "../src/providers/provider.ts";

const { LIVEKIT_URL: url = "", LIVEKIT_API_KEY: apiKey = "", LIVEKIT_API_SECRET: apiSecret = "" } = process.env;
const isThere = url !== "" && apiKey !== "" && apiSecret !== "";
/** Where the real server posts its webhooks: its own configuration must name this machine and this port. */
const webhookPort = Number(process.env.LIVEKIT_WEBHOOK_PORT || 0);

/** A real server takes its time; these are ends of patience and not assertions. */
const patience = { timeout: 30_000, interval: 250 };

/** The provider, and people with real connections who are sent home after each test. */
function meetReal() {
  const provider = createLivekitProvider({ url, apiKey, apiSecret }, { now: () => Date.now() });
  const rooms: { room: Room; call: ProviderCall }[] = [];

  /** A call whose room no other run has. */
  const newCall = (name: string): ProviderCall => {
    const roomName = `fairminute_${name}_${randomUUID()}`;
    return { callId: roomName, roomName, maximumDurationSeconds: 60, userIds: ["user_ada", "user_ben"] };
  };
  /** A person with a real connection, by the provider's own grant. */
  const enter = async (call: ProviderCall, userId: string): Promise<Room> => {
    const rtc = await import("@livekit/rtc-node");
    const grant = await provider.createJoin(call, { userId, name: null, role: "payer" });
    const room = new rtc.Room();
    await room.connect(grant.serverUrl, grant.token, { autoSubscribe: true, dynacast: false });
    rooms.push({ room, call });
    return room;
  };
  const present = async (call: ProviderCall): Promise<PresentConnection[]> =>
    (await provider.listPresence?.(call)) ?? [];
  const untilPresent = (call: ProviderCall, count: number): Promise<PresentConnection[]> =>
    vi.waitFor(async () => {
      const found = await present(call);
      expect(found).toHaveLength(count);
      return found;
    }, patience);
  const sendHome = async (): Promise<void> => {
    for (const { room, call } of rooms.splice(0)) {
      await room.disconnect();
      await provider.endCall?.(call);
    }
  };
  return { provider, newCall, enter, untilPresent, sendHome };
}

/** Takes what is posted to a port and says yes to all of it, as it came. */
async function openReceiver(port: number) {
  const posted: WebhookRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { authorization } = request.headers;
      posted.push({ body: Buffer.concat(chunks), headers: { authorization } });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, resolve));
  return { posted, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** Its webhooks, as a real server signs and posts them: the cases of the suite that read one, and a whole stay. */
function describeWebhooks(
  { provider, newCall, enter, untilPresent }: ReturnType<typeof meetReal>,
  subject: ProviderSubject,
): void {
  if (webhookPort === 0) {
    it("are read as it signs them", ({ skip }) => {
      skip("LIVEKIT_WEBHOOK_PORT is not set, and the server's webhooks go elsewhere.");
    });
    return;
  }
  let receiver: Awaited<ReturnType<typeof openReceiver>>;
  beforeAll(async () => {
    receiver = await openReceiver(webhookPort);
  });
  afterAll(() => receiver.close());

  /** What was posted of a room, read by the adapter; the first that says so much. */
  const untilTold = (call: ProviderCall, kind: string) =>
    vi.waitFor(async () => {
      for (const request of receiver.posted) {
        const reading = await provider.readWebhook?.(request);
        if (reading?.roomName === call.roomName && reading.kind === kind) return { request, reading };
      }
      throw new Error(`no ${kind} of ${call.roomName} has come to port ${webhookPort}`);
    }, patience);

  const cases = providerCases.filter(({ needs }) => needs === "readWebhook");
  it.each(cases.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    const call = newCall("webhooks");
    await provider.openRoom?.(call);
    await enter(call, "user_ada");
    const { request } = await untilTold(call, "participant_joined");
    await expect(one.run({ ...subject, webhook: request })).resolves.toBeUndefined();
  });

  it("a stay is told by its beginning and its end, of the connection that a look shows", async () => {
    const call = newCall("stay");
    await provider.openRoom?.(call);
    const ada = await enter(call, "user_ada");
    const [there] = await untilPresent(call, 1);
    await ada.disconnect();
    const joined = (await untilTold(call, "participant_joined")).reading.events;
    const left = (await untilTold(call, "participant_left")).reading.events;
    const { userId, connectionId } = there as PresentConnection;
    expect(joined).toMatchObject([{ type: "participant.joined", userId, connectionId }]);
    expect(left).toMatchObject([
      { type: "participant.seen", userId, connectionId },
      { type: "participant.left", userId, connectionId, reason: "client_initiated" },
    ]);
  });
}

function describeReal(real = meetReal()): void {
  const { provider, newCall, enter, untilPresent, sendHome } = real;
  afterEach(sendHome);
  afterAll(async () => (await import("@livekit/rtc-node")).dispose());

  const subject: ProviderSubject = {
    // A real server answers before the connection is quite closed, so here a removal lasts until the person is gone.
    provider: {
      ...provider,
      async removeParticipant(call, participant) {
        await provider.removeParticipant?.(call, participant);
        await untilPresent(call, 0);
      },
    },
    now: () => Date.now(),
    async enter(call, userId) {
      await enter(call, userId);
      await untilPresent(call, 1);
    },
    lacks: {
      limitCall: "a LiveKit room has no maximum duration: the cut-off is ours, and survives our crash in the database",
      readLimit: "where no limit can be set there is none to be read",
      reportDurations: "LiveKit's API tells who is in a room now; it keeps no record of who was there before",
    },
  };
  describe("its webhooks", () => describeWebhooks(real, subject));
  const cases = providerCases.filter(
    ({ needs }) => needs !== "readWebhook" && !Object.hasOwn(subject.lacks, needs ?? ""),
  );
  it.each(cases.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    await expect(one.run(subject)).resolves.toBeUndefined();
  });

  it("sees both people, each by a connection of their own, until they leave", async () => {
    const call = newCall("presence");
    await provider.openRoom?.(call);
    const ada = await enter(call, "user_ada");
    await enter(call, "user_ben");
    const found = await untilPresent(call, 2);
    expect(found.map(({ userId }) => userId).sort()).toEqual(["user_ada", "user_ben"]);
    expect(new Set(found.map(({ connectionId }) => connectionId)).size).toBe(2);
    await ada.disconnect();
    expect((await untilPresent(call, 1))[0]?.userId).toBe("user_ben");
  });

  it("keeps a third person out of a call of two", async () => {
    const call = newCall("seats");
    await provider.openRoom?.(call);
    await enter(call, "user_ada");
    await enter(call, "user_ben");
    await untilPresent(call, 2);
    await expect(enter(call, "user_eve")).rejects.toThrow();
  });

  it("removes one and not the other; the end of the call removes everybody", async () => {
    const call = newCall("removal");
    await provider.openRoom?.(call);
    const ada = await enter(call, "user_ada");
    const ben = await enter(call, "user_ben");
    const found = await untilPresent(call, 2);
    const connectionId = found.find(({ userId }) => userId === "user_ada")?.connectionId ?? null;
    await provider.removeParticipant?.(call, { userId: "user_ada", connectionId });
    await vi.waitFor(() => expect(ada.isConnected).toBe(false), patience);
    expect((await untilPresent(call, 1))[0]?.userId).toBe("user_ben");
    await provider.endCall?.(call);
    await vi.waitFor(() => expect(ben.isConnected).toBe(false), patience);
    await untilPresent(call, 0);
  });
}

describe("the LiveKit provider with a real server", () => {
  if (isThere) return describeReal();
  it("is examined where there is one", ({ skip }) => {
    const reason = "No real LiveKit server: LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET are not all set.";
    console.log(reason);
    skip(reason);
  });
});
