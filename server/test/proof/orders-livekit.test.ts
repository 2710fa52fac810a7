// A LiveKit call's webhooks in every order: the bill depends on what happened, and not on the order in which somebody heard of it.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ordersOf, seeded, sevenOfSix } from "./orders.ts";
import { operator } from "./stage.ts";
import { Teller, type Telling } from "./telling.ts";

const { orders: seven, which } = sevenOfSix(process.env.FAIRMINUTE_PROOF_ALL === "1");

describe("a registered call with a price at LiveKit, its webhooks over HTTP to two servers on one PostgreSQL", () => {
  let teller: Teller;
  beforeEach(async ({ task }) => {
    teller = await Teller.open({ isLooking: task.name.includes("while it happens") });
  });
  afterEach(async () => {
    expect(await teller.stage.complaints()).toEqual([]);
    await teller.stage.close();
  });

  const callIds = new Map<number, string>();
  const story: Telling = {
    path: "/api/livekit/webhook",
    words: [
      "room_started",
      "participant_joined",
      "participant_joined",
      "participant_left",
      "participant_left",
      "room_finished",
    ],
    roomOf: (place) => teller.nameOf("room", place),
    async begin(place) {
      await teller.credit(place, 100);
      const registered = { provider: "livekit", providerCallId: this.roomOf(place), preset: "creator-call" };
      const parties = { payerId: teller.nameOf("payer", place), payeeId: teller.nameOf("payee", place) };
      const body = { ...registered, ...parties, estimatedMinutes: 5 };
      const { call } = await teller.stage.post<{ call: { id: string } }>("/api/calls", operator, body, place);
      callIds.set(place, call.id);
    },
    async happen(places, passTo) {
      const { livekit } = teller.stage;
      const all = (act: "join" | "leave", side: "payer" | "payee") => {
        for (const place of places) livekit[act](this.roomOf(place), teller.nameOf(side, place));
      };
      await passTo(1);
      all("join", "payee");
      await passTo(3);
      all("join", "payer");
      await passTo(68);
      all("leave", "payer");
      await passTo(70);
      all("leave", "payee");
      await passTo(90);
      livekit.sweep();
    },
    findCall: async (place) => callIds.get(place) ?? "none",
  };

  const bill = {
    status: "completed",
    startedAt: 3,
    endedAt: 68,
    endReason: "payer_hung_up",
    endedBy: "payer",
    durationSeconds: 65,
    durationSource: "webhook",
    total: 20,
  };

  it("one receipt for all 720 orders of its six webhooks", async () => {
    expect(await teller.tellAll(story, ordersOf([0, 1, 2, 3, 4, 5]))).toMatchObject(bill);
  }, 600_000);

  it(`… and with one of the six twice, for ${which}`, async () => {
    expect(await teller.tellAll(story, seven)).toMatchObject(bill);
  }, 3_600_000);

  it("… and for 40 rooms whose webhooks come late and doubled while it happens, with looks between them", async () => {
    const options = { rooms: 40, lateMax: 15, until: 180, random: seeded(11) };
    expect(await teller.tellLive(story, options)).toMatchObject(bill);
  }, 600_000);
});
