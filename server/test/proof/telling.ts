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

  static async open(): Promise<Teller> {
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
    await stage.stopLooking();
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

  /** One webhook after the other, to the servers in turn. */
  async #tell(telling: Telling, place: number, order: readonly number[]): Promise<void> {
    const words = this.#wordsOf(telling, place);
    for (const [step, word] of order.entries()) {
      const { body, headers } = words[word] as Sent;
      const url = this.stage.url(place + step) + telling.path;
      const response = await fetch(url, { method: "POST", headers, body: new Uint8Array(body) });
      const { received } = (await response.json()) as { received?: boolean };
      expect([response.status, received]).toEqual([200, true]);
    }
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
