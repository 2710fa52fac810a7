// The same webhooks in every order: the bill depends on what happened, and not on the order in which somebody heard of it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReceiptJson } from "../../src/charging/charging.ts";
import { doubledOrders, eachOf, ordersOf, sampleOrders, seeded } from "./orders.ts";
import { noon, onPostgres, operator, Stage } from "./stage.ts";

interface Sent {
  name: string;
  body: Buffer;
  headers: Record<string, string>;
}

/** One story that is told in many orders, in a room of its own each time. */
interface Telling {
  path: string;
  /** The webhooks that are told, of all that the provider has; by their names, each with its number among those of this name. */
  words: readonly string[];
  /** Before anything happens. */
  begin(place: number): Promise<void>;
  /** What happens, all rooms at the same seconds. */
  happen(places: number, passTo: (seconds: number) => Promise<void>): Promise<void>;
  roomOf(place: number): string;
  findCall(place: number): Promise<string>;
}

const seconds = (instant: string | null, start: number) =>
  instant === null ? null : (Date.parse(instant) - noon) / 1000 - start;

/** The receipt without the names of this one story, its instants as seconds of the story. */
function plain(receipt: ReceiptJson, place: number, start: number): unknown {
  const text = JSON.stringify({ ...receipt, callId: "call", holdId: "hold" });
  const unnamed = text.replaceAll(new RegExp(`(payer|payee)-\\w+-${place}\\b`, "g"), "$1");
  return JSON.parse(unnamed, (_key, value) =>
    typeof value === "string" && /^\d{4}-.*Z$/.test(value) ? seconds(value, start) : value,
  );
}

const isThorough = process.env.FAIRMINUTE_PROOF_ALL === "1";
const batchSize = 720;
const six = ordersOf([0, 1, 2, 3, 4, 5]);
const seven = isThorough ? doubledOrders(6) : sampleOrders(6, 150, seeded(7));
const sample = isThorough ? "all 15120" : "150 of the 15120 (all with FAIRMINUTE_PROOF_ALL=1)";

describe("the order of webhooks, over HTTP, to two servers on one PostgreSQL", () => {
  let stage: Stage;
  /** Webhooks that the providers have sent and nobody has heard, by room. */
  const kept = new Map<string, Sent[]>();
  const keep = (room: string, name: string, { body, headers }: Omit<Sent, "name">) => {
    kept.set(room, [...(kept.get(room) ?? []), { name, body, headers }]);
    return Promise.resolve({ status: 200 });
  };
  let batch = 0;

  beforeAll(async () => {
    stage = await Stage.open({
      kind: onPostgres,
      servers: 2,
      settings: { FAIRMINUTE_LOG_LEVEL: "warn" },
      livekit: { deliver: (webhook) => keep(webhook.room, webhook.event, webhook) },
      stream: { deliver: (webhook) => keep(webhook.cid, webhook.type, webhook) },
    });
    // Nobody can be asked: whatever is known is known by webhooks.
    stage.livekit.troubles.apiDown = true;
    stage.stream.troubles.apiDown = true;
  });
  afterAll(async () => {
    expect(await stage.complaints()).toEqual([]);
    await stage.close();
  });

  const nameOf = (side: "payer" | "payee", place: number) => `${side}-${batch}-${place}`;
  const credit = (place: number, amount: number) =>
    stage.post(`/api/sandbox/wallets/${nameOf("payer", place)}/credit`, "", { amount });

  const livekit: Telling = {
    path: "/api/livekit/webhook",
    words: [
      "room_started",
      "participant_joined",
      "participant_joined",
      "participant_left",
      "participant_left",
      "room_finished",
    ],
    roomOf: (place) => `room-${batch}-${place}`,
    async begin(place) {
      await credit(place, 100);
      await stage.post(
        "/api/calls",
        operator,
        {
          provider: "livekit",
          providerCallId: this.roomOf(place),
          payerId: nameOf("payer", place),
          payeeId: nameOf("payee", place),
          preset: "coin-minutes",
        },
        place,
      );
    },
    async happen(places, passTo) {
      const all = [...Array(places).keys()];
      await passTo(1);
      for (const place of all) stage.livekit.join(this.roomOf(place), nameOf("payee", place));
      await passTo(3);
      for (const place of all) stage.livekit.join(this.roomOf(place), nameOf("payer", place));
      await passTo(68);
      for (const place of all) stage.livekit.leave(this.roomOf(place), nameOf("payer", place));
      await passTo(70);
      for (const place of all) stage.livekit.leave(this.roomOf(place), nameOf("payee", place));
      await passTo(90);
      stage.livekit.sweep();
      await stage.livekit.flush();
    },
    findCall: async (place) => {
      const page = await stage.get<{ calls: { id: string }[] }>("/api/calls", await tokenOf(place));
      return page.calls[0]?.id ?? "none";
    },
  };

  const stream: Telling = {
    path: "/api/stream/webhook",
    words: [
      "call.session_participant_joined",
      "call.session_participant_joined",
      "call.ended",
      "call.session_participant_left",
      "call.session_participant_left",
      "call.session_ended",
    ],
    roomOf: (place) => `default:room-${batch}-${place}`,
    begin: async (place) => void (await credit(place, 5)),
    async happen(places, passTo) {
      const all = [...Array(places).keys()];
      for (const place of all) {
        const memberIds = [nameOf("payer", place), nameOf("payee", place)];
        stage.stream.createCall({ id: `room-${batch}-${place}`, createdBy: nameOf("payer", place), memberIds });
        stage.stream.join(this.roomOf(place), nameOf("payee", place));
      }
      await passTo(3);
      for (const place of all) stage.stream.join(this.roomOf(place), nameOf("payer", place));
      await passTo(33);
      for (const place of all) stage.stream.endCall(this.roomOf(place), nameOf("payer", place));
      await stage.stream.flush();
    },
    async findCall(place) {
      const sheet = await stage.get<{ call: { id: string } }>(
        `/api/stream/session/${this.roomOf(place)}`,
        await tokenOf(place),
      );
      return sheet.call.id;
    },
  };
  const everyStreamWord: Telling = { ...stream, words: ["call.created", "call.session_started", ...stream.words] };

  async function tokenOf(place: number): Promise<string> {
    const userId = nameOf("payer", place);
    return (await stage.post<{ token: string }>("/api/sandbox/tokens", "", { userId }, place)).token;
  }

  /** The webhooks of a room that the story tells, in the order of its words. */
  function wordsOf(telling: Telling, place: number): Sent[] {
    const left = [...(kept.get(telling.roomOf(place)) ?? [])];
    return telling.words.map((name) => {
      const at = left.findIndex((sent) => sent.name === name);
      if (at === -1) throw new Error(`${telling.roomOf(place)} has no ${name}`);
      return left.splice(at, 1)[0] as Sent;
    });
  }

  async function tell(telling: Telling, place: number, order: readonly number[]): Promise<void> {
    const words = wordsOf(telling, place);
    for (const [step, word] of order.entries()) {
      const { body, headers } = words[word] as Sent;
      const url = stage.url(place + step) + telling.path;
      const response = await fetch(url, { method: "POST", headers, body: new Uint8Array(body) });
      expect([response.status, (await response.json()).received]).toEqual([200, true]);
    }
  }

  /** Tells the story once in each order, and reads what came of it. @returns the different receipts, with the first order of each */
  async function tellAll(telling: Telling, orders: readonly (readonly number[])[]): Promise<Map<string, string>> {
    const receipts = new Map<string, string>();
    for (let from = 0; from < orders.length; from += batchSize) {
      const some = orders.slice(from, from + batchSize);
      batch += 1;
      kept.clear();
      const start = stage.second;
      await eachOf(some, 12, (_, place) => telling.begin(place));
      await telling.happen(some.length, (second) => stage.leapTo(start + second));
      // They come when all is over, and before anybody would have given the call up.
      await stage.leapTo(start + 95);
      await eachOf(some, 12, (order, place) => tell(telling, place, order));
      await stage.leapTo(start + 400);
      await eachOf(some, 12, async (order, place) => {
        const receipt = await stage.receipt(await telling.findCall(place));
        const text = JSON.stringify(plain(receipt, place, start), null, 1);
        if (!receipts.has(text)) receipts.set(text, order.map((word) => telling.words[word]).join(", "));
      });
    }
    return receipts;
  }

  /** One receipt, whatever the order. */
  function onlyOne(receipts: Map<string, string>): Record<string, unknown> {
    const [[first, inOrder] = ["{}", ""], ...others] = [...receipts];
    for (const [text, order] of others) expect({ order, receipt: text }).toEqual({ order: inOrder, receipt: first });
    return JSON.parse(first as string);
  }

  const paid = {
    status: "completed",
    startedAt: 3,
    endedAt: 68,
    endReason: "payer_hung_up",
    endedBy: "payer",
    total: 10,
  };
  const exited = { status: "completed", startedAt: 3, endedAt: 33, endedBy: "payer", total: 0, durationSeconds: 30 };

  it("LiveKit, a registered call with a price: one receipt for all 720 orders of six webhooks", async () => {
    const receipt = onlyOne(await tellAll(livekit, six));
    expect(receipt).toMatchObject({ ...paid, durationSeconds: 65, durationSource: "webhook" });
  }, 600_000);

  it(`LiveKit, one of the six twice: one receipt for ${sample}`, async () => {
    expect(onlyOne(await tellAll(livekit, seven))).toMatchObject(paid);
  }, 3_600_000);

  it("Stream, a call that nobody opened here: one receipt, and one penalty, for all 720 orders of six webhooks", async () => {
    const receipt = onlyOne(await tellAll(stream, six));
    expect(receipt).toMatchObject({ ...exited, penalties: [{ policy: "early_exit", userId: "payer", amount: 1 }] });
  }, 600_000);

  it(`Stream, one of the six twice: one receipt for ${sample}`, async () => {
    expect(onlyOne(await tellAll(stream, seven))).toMatchObject(exited);
  }, 3_600_000);

  it("Stream, all its eight webhooks and one of them twice: one receipt for 100 orders by chance", async () => {
    const orders = sampleOrders(8, 100, seeded(8));
    expect(onlyOne(await tellAll(everyStreamWord, orders))).toMatchObject(exited);
  }, 600_000);
});
