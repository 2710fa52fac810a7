// The LiveKit provider against a real LiveKit server with real participants: only where LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET name one.
import { randomUUID } from "node:crypto";
import type { Room } from "@livekit/rtc-node";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { createLivekitProvider } from "../src/providers/livekit.ts";
import { type ProviderSubject, providerCases } from "../src/providers/provider.case.ts";
import type { PresentConnection, ProviderCall } from "../src/providers/provider.ts";

const { LIVEKIT_URL: url = "", LIVEKIT_API_KEY: apiKey = "", LIVEKIT_API_SECRET: apiSecret = "" } = process.env;
const isThere = url !== "" && apiKey !== "" && apiSecret !== "";

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

function describeReal(): void {
  const { provider, newCall, enter, untilPresent, sendHome } = meetReal();
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
  // Its webhooks are posted to an address of their own; the suite with the fake examines how they are read.
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
  it("is examined where there is one", () => {
    console.log("No real LiveKit server: LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET are not all set.");
    expect(isThere).toBe(false);
  });
});
