// A Stream call's webhooks in every order: who they name, when it was, and the penalty are the same.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ordersOf, sampleOrders, seeded, sevenOfSix } from "./orders.ts";
import { operator } from "./stage.ts";
import { Teller, type Telling } from "./telling.ts";

const { orders: seven, which } = sevenOfSix(process.env.FAIRMINUTE_PROOF_ALL === "1");

describe("a call at Stream that nobody opened here, its webhooks over HTTP to two servers on one PostgreSQL", () => {
  let teller: Teller;
  beforeAll(async () => {
    teller = await Teller.open();
  });
  afterAll(async () => {
    expect(await teller.stage.complaints()).toEqual([]);
    await teller.stage.close();
  });

  const story: Telling = {
    path: "/api/stream/webhook",
    words: [
      "call.session_participant_joined",
      "call.session_participant_joined",
      "call.ended",
      "call.session_participant_left",
      "call.session_participant_left",
      "call.session_ended",
    ],
    roomOf: (place) => `default:${teller.nameOf("room", place)}`,
    begin: (place) => teller.credit(place, 5),
    async happen(places, passTo) {
      const { stream } = teller.stage;
      for (const place of places) {
        const [createdBy, other] = [teller.nameOf("payer", place), teller.nameOf("payee", place)];
        stream.createCall({ id: teller.nameOf("room", place), createdBy, memberIds: [createdBy, other] });
        stream.join(this.roomOf(place), other);
      }
      await passTo(3);
      for (const place of places) stream.join(this.roomOf(place), teller.nameOf("payer", place));
      await passTo(33);
      for (const place of places) stream.endCall(this.roomOf(place), teller.nameOf("payer", place));
    },
    async findCall(place) {
      const path = `/api/stream/session/${this.roomOf(place)}`;
      return (await teller.stage.get<{ call: { id: string } }>(path, operator, place)).call.id;
    },
  };
  const wholeStory: Telling = { ...story, words: ["call.created", "call.session_started", ...story.words] };

  const exit = {
    status: "completed",
    startedAt: 3,
    endedAt: 33,
    endedBy: "payer",
    durationSeconds: 30,
    total: 0,
    penalties: [{ policy: "early_exit", userId: "payer", amount: 1 }],
  };

  it("one receipt, and one penalty, for all 720 orders of six webhooks", async () => {
    expect(await teller.tellAll(story, ordersOf([0, 1, 2, 3, 4, 5]))).toMatchObject(exit);
  }, 600_000);

  it(`… and with one of the six twice, for ${which}`, async () => {
    expect(await teller.tellAll(story, seven)).toMatchObject(exit);
  }, 3_600_000);

  it("… and for 60 orders by chance of all its eight webhooks with one of them twice", async () => {
    expect(await teller.tellAll(wholeStory, sampleOrders(8, 60, seeded(8)))).toMatchObject(exit);
  }, 600_000);
});
