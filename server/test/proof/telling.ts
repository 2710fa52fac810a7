// Tells one story in many orders of its webhooks, in a room of its own each time, and holds the receipts against each other.
import { expect } from "vitest";
import type { ReceiptJson } from "../../src/charging/charging.ts";
import { eachOf } from "./orders.ts";
import { noon, onPostgres, Stage } from "./stage.ts";

/** A webhook that a provider has sent and nobody has heard yet. */
interface Sent {
  name: string;
  body: Buffer;
  headers: Record<string, string>;
}

/** The story. Places are the rooms of one round, from 0. */
export interface Telling {
  path: string;
  /** The webhooks that are told, of all that the provider has sent: the first of a name, the second, and so on. */
  words: readonly string[];
  roomOf(place: number): string;
  /** Before anything happens. */
  begin(place: number): Promise<void>;
  /** What happens in all the rooms, at the same seconds. */
  happen(places: readonly number[], passTo: (second: number) => Promise<void>): Promise<void>;
  findCall(place: number): Promise<string>;
}

/** So many rooms at once; so many requests under way. */
const ROOMS = 720;
const AT_ONCE = 12;

/** The receipt without the names of this one story, its instants as seconds of the story. */
function plain(receipt: ReceiptJson, place: number, start: number): string {
  const text = JSON.stringify({ ...receipt, callId: "call", holdId: "hold" });
  const unnamed = text
    .replaceAll(new RegExp(`(payer|payee)-\\w+-${place}\\b`, "g"), "$1")
    // The identity of a webhook is its content, and that holds names; LiveKit's is its own.
    .replaceAll(/"([0-9a-f]{64}|EV_\w+)"/g, '"evidence"');
  const revive = (_key: string, value: unknown) =>
    typeof value === "string" && /^\d{4}-.*Z$/.test(value) ? (Date.parse(value) - noon) / 1000 - start : value;
  return JSON.stringify(JSON.parse(unnamed, revive), null, 1);
}

/** A stage with two servers on one PostgreSQL, and a hand on every webhook. */
export class Teller {
  readonly stage: Stage;
  readonly #kept: Map<string, Sent[]>;
  #round = 0;

  private constructor(stage: Stage, kept: Map<string, Sent[]>) {
    this.stage = stage;
    this.#kept = kept;
  }

  /** @param isLooking whether the servers also look at rooms while a story is told */
  static async open({ isLooking = false } = {}): Promise<Teller> {
    const kept = new Map<string, Sent[]>();
    const keep = (room: string, name: string, { body, headers }: Omit<Sent, "name">) => {
      kept.set(room, [...(kept.get(room) ?? []), { name, body, headers }]);
      return Promise.resolve({ status: 200 });
    };
    const stage = await Stage.open({
      kind: onPostgres,
      servers: 2,
      settings: { FAIRMINUTE_LOG_LEVEL: "warn" },
      livekit: { deliver: (webhook) => keep(webhook.room, webhook.event, webhook) },
      stream: { deliver: (webhook) => keep(webhook.cid, webhook.type, webhook) },
    });
    if (!isLooking) await stage.stopLooking();
    return new Teller(stage, kept);
  }

  nameOf(side: "payer" | "payee" | "room", place: number): string {
    return `${side}-${this.#round}-${place}`;
  }

  async credit(place: number, amount: number): Promise<void> {
    await this.stage.post(`/api/sandbox/wallets/${this.nameOf("payer", place)}/credit`, "", { amount }, place);
  }

  /** The webhooks of a room that the story tells, in the order of its words. */
  #wordsOf(telling: Telling, place: number): Sent[] {
    const left = [...(this.#kept.get(telling.roomOf(place)) ?? [])];
    return telling.words.map((name) => {
      const at = left.findIndex((sent) => sent.name === name);
      if (at === -1) throw new Error(`${telling.roomOf(place)} has no ${name}`);
      return left.splice(at, 1)[0] as Sent;
    });
  }

  async #post({ path }: Telling, { body, headers }: Sent, server: number): Promise<void> {
    const response = await fetch(this.stage.url(server) + path, {
      method: "POST",
      headers,
      body: new Uint8Array(body),
    });
    const { received } = (await response.json()) as { received?: boolean };
    expect([response.status, received]).toEqual([200, true]);
  }

  /** One webhook after the other, to the servers in turn. */
  async #tell(telling: Telling, place: number, order: readonly number[]): Promise<void> {
    const words = this.#wordsOf(telling, place);
    for (const [step, word] of order.entries()) {
      await this.#post(telling, words[word] as Sent, place + step);
    }
  }

  /**
   * Tells the story in so many rooms while it happens: the clock runs, the servers look at the rooms, and each webhook comes up to
   * `lateMax` seconds after what it tells of, every third one twice, as chance has it. @returns the one receipt that came of all of them
   */
  async tellLive(
    telling: Telling,
    options: { rooms: number; lateMax: number; until: number; random: () => number },
  ): Promise<Record<string, unknown>> {
    const { rooms, lateMax, until, random } = options;
    const places = [...Array(rooms).keys()];
    const start = this.stage.second;
    const known = new Set<Sent>();
    const due: { second: number; place: number; sent: Sent }[] = [];
    const told = new Map<number, string[]>();
    this.#round += 1;
    this.#kept.clear();
    await eachOf(places, AT_ONCE, (place) => telling.begin(place));

    const tellDue = async (): Promise<void> => {
      for (const place of places) {
        for (const sent of this.#kept.get(telling.roomOf(place)) ?? []) {
          if (known.has(sent)) continue;
          known.add(sent);
          const times = random() < 1 / 3 ? 2 : 1;
          for (let n = 0; n < times; n++) due.push({ second: this.stage.second + random() * lateMax, place, sent });
        }
      }
      const now = due.filter(({ second }) => second <= this.stage.second).sort((a, b) => a.second - b.second);
      for (const one of now) {
        due.splice(due.indexOf(one), 1);
        told.set(one.place, [...(told.get(one.place) ?? []), one.sent.name]);
        await this.#post(telling, one.sent, one.place + due.length);
      }
    };
    const passTo = async (second: number): Promise<void> => {
      while (this.stage.second < start + second) {
        await tellDue();
        await this.stage.passTo(this.stage.second + 1);
      }
    };
    await telling.happen(places, passTo);
    await passTo(until);
    // Chance has really made many orders of it.
    expect(new Set([...told.values()].map(String)).size).toBeGreaterThan(rooms / 2);
    const receipts = await Promise.all(
      places.map(async (place) => {
        const receipt = await this.stage.receipt(await telling.findCall(place));
        // When the books are closed depends on when the last word came: nothing else may.
        return plain({ ...receipt, settledAt: null }, place, start);
      }),
    );
    for (const [place, receipt] of receipts.entries())
      if (receipt !== receipts[0]) expect({ told: told.get(place), receipt }).toEqual({ receipt: receipts[0] });
    return JSON.parse(receipts[0] ?? "{}");
  }

  /** Tells the story once in each order. @returns the one receipt that came of all of them */
  async tellAll(telling: Telling, orders: readonly (readonly number[])[]): Promise<Record<string, unknown>> {
    let first: { order: string; receipt: string } | null = null;
    for (let from = 0; from < orders.length; from += ROOMS) {
      const some = orders.slice(from, from + ROOMS);
      this.#round += 1;
      this.#kept.clear();
      const start = this.stage.second;
      await eachOf(some, AT_ONCE, (_, place) => telling.begin(place));
      await telling.happen([...some.keys()], (second) => this.stage.leapTo(start + second));
      // They come when all is over, and before anybody would have given the call up.
      await this.stage.leapTo(start + 95);
      await eachOf(some, AT_ONCE, (order, place) => this.#tell(telling, place, order));
      await this.stage.leapTo(start + 400);
      await eachOf(some, AT_ONCE, async (order, place) => {
        const receipt = plain(await this.stage.receipt(await telling.findCall(place)), place, start);
        const told = { order: order.map((word) => telling.words[word]).join(", "), receipt };
        first ??= told;
        if (receipt !== first.receipt) expect(told).toEqual(first);
      });
    }
    return JSON.parse((first as { receipt: string } | null)?.receipt ?? "{}");
  }
}
