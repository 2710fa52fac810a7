// A stage for stories of looks: people with coins, rooms at a provider that does what a story says, a clock, two servers.

import type { TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import type { CallJson, Evidence } from "../charging/charging.ts";
import type { PresentConnection, Provider, ProviderCall, ReportedConnection } from "../providers/provider.ts";
import { createReconciliation, type LookLimits, type Reconciliation } from "./reconciliation.ts";

/** One thing that the provider was asked, at so many seconds of the story. */
export interface Asked {
  at: number;
  what: keyof Provider;
  room: string;
  more?: unknown;
}

/** A provider in memory: rooms and who is in them, and how it fails. */
export class Rooms {
  readonly asked: Asked[] = [];
  readonly inside = new Map<string, PresentConnection[]>();
  /** Null: it answers. An error: it refuses with it. "silence": it never answers. */
  trouble: Error | "silence" | null = null;
  /** It says yes to every order, and does nothing. */
  isDisobedient = false;
  /** What it answers instead of the truth. */
  lie: PresentConnection[] | null = null;
  /** What it reports; null: it has no record of durations. */
  report: ((room: string) => ReportedConnection[]) | null = null;
  /** After how many seconds it ends a call by itself. */
  limit: number | null = null;
  readonly seconds: () => number;

  constructor(seconds: () => number) {
    this.seconds = seconds;
  }

  enter(room: string, userId: string, connectionId: string, joinedAt: number | null = null): void {
    const present = this.inside.get(room) ?? [];
    this.inside.set(room, [...present, { userId, connectionId, joinedAt }]);
  }

  leave(room: string, connectionId: string): void {
    this.inside.set(
      room,
      (this.inside.get(room) ?? []).filter((one) => one.connectionId !== connectionId),
    );
  }

  /** How many connections are in a room. */
  size(room: string): number {
    return this.inside.get(room)?.length ?? 0;
  }

  count(what: keyof Provider): number {
    return this.asked.filter((one) => one.what === what).length;
  }

  async #answer<T>(what: keyof Provider, call: ProviderCall, make: () => T, more?: unknown): Promise<T> {
    this.asked.push({ at: this.seconds(), what, room: call.roomName, more });
    if (this.trouble === "silence") return new Promise<T>(() => {});
    if (this.trouble !== null) throw this.trouble;
    return make();
  }

  provider(name: string, abilities: { limit?: boolean; report?: boolean; end?: boolean } = {}): Provider {
    const empty = (room: string) => {
      if (!this.isDisobedient) this.inside.delete(room);
    };
    const cut = (room: string, connectionId: string) => {
      if (!this.isDisobedient) this.leave(room, connectionId);
    };
    const set = (seconds: number) => () => {
      if (!this.isDisobedient) this.limit = seconds;
    };
    return {
      name,
      createJoin: () => Promise.reject(new Error("no story joins by a token")),
      openRoom: (call) => this.#answer("openRoom", call, () => {}),
      limitCall:
        abilities.limit === true ? (call, seconds) => this.#answer("limitCall", call, set(seconds), seconds) : null,
      readLimit: abilities.limit === true ? (call) => this.#answer("readLimit", call, () => this.limit) : null,
      readWebhook: null,
      endCall: abilities.end === false ? null : (call) => this.#answer("endCall", call, () => empty(call.roomName)),
      removeParticipant: (call, { connectionId }) =>
        this.#answer("removeParticipant", call, () => cut(call.roomName, connectionId ?? ""), connectionId),
      listPresence: (call) =>
        this.#answer("listPresence", call, () => this.lie ?? this.inside.get(call.roomName) ?? []),
      reportDurations:
        abilities.report === true
          ? (call) => this.#answer("reportDurations", call, () => this.report?.(call.roomName) ?? [])
          : null,
    };
  }
}

/** Two servers on one database, and a clock that goes from one thing that is due to the next. */
export class Stage {
  readonly world: World;
  readonly rooms: Rooms;
  readonly servers: [Reconciliation, Reconciliation];
  readonly faults: unknown[] = [];
  readonly began: number;
  static #stories = 0;
  #room = 0;

  constructor(
    test: TestDatabase,
    options: { abilities?: Parameters<Rooms["provider"]>[1]; limits?: Partial<LookLimits> } = {},
  ) {
    this.world = new World(test);
    // Several stories share a database: each has people of its own, and begins on a day of its own.
    Stage.#stories += 1;
    this.world.people = Stage.#stories * 100;
    this.world.now += Stage.#stories * 86_400_000;
    this.began = this.world.now;
    this.rooms = new Rooms(() => (this.world.now - this.began) / 1000);
    const provider = this.rooms.provider("livekit", options.abilities);
    let ids = 0;
    const server = (index: 0 | 1): Reconciliation =>
      createReconciliation({
        db: test.db,
        charging: this.world.halls[index],
        providers: { get: (name) => (name === "livekit" ? provider : null) },
        now: () => this.world.now,
        nextId: (prefix) => `${prefix}_${test.url === null ? "p" : "q"}${this.world.now}_${ids++}`,
        onFault: (error) => this.faults.push(error),
        limits: { answerMs: 50, perSecond: 1000, ...options.limits },
      });
    this.servers = [server(0), server(1)];
  }

  get look(): Reconciliation {
    return this.servers[0];
  }

  /** A call that an app registered for its own room, or with `accepted` null one that was opened here and accepted. */
  async open(more: Parameters<World["open"]>[1] & { coins?: number } = {}): Promise<Story> {
    const { coins = 500, ...rest } = more;
    const people = await this.world.pair(coins);
    const roomName = rest.roomName ?? `room-${this.world.now}-${this.#room++}`;
    const call = await this.world.open(people, {
      provider: "livekit",
      roomName,
      accepted: "registered",
      ...rest,
    });
    return { ...people, call, room: roomName };
  }

  /** Lets time pass up to so many seconds after the story began, carrying out on the way whatever falls due. */
  async to(seconds: number): Promise<void> {
    const until = this.began + seconds * 1000;
    for (;;) {
      const [row] = await this.world.test.db.query<{ next: bigint | null }>(
        `select least((select min(deadline_at) from call_deadlines),
                      (select min(next_look_at) from provider_calls)) as next`,
      );
      const next = Number(row?.next ?? until + 1);
      if (next > until) break;
      this.world.now = Math.max(this.world.now, next);
      await this.world.hall.advanceDue(this.world.now);
      await this.look.runDue();
    }
    this.world.now = until;
  }

  /** Time passes while no server is running: nobody looks, and nothing that falls due is carried out. */
  sleepTo(seconds: number): void {
    this.world.now = this.began + seconds * 1000;
  }

  async read(story: Story): Promise<CallJson> {
    return this.world.hall.readCall(story.call.id, null);
  }

  /** Seconds of the story at which something happened. */
  at(instant: string | null): number | null {
    return instant === null ? null : (Date.parse(instant) - this.began) / 1000;
  }

  async row(story: Story): Promise<Record<string, unknown>> {
    const [row] = await this.world.test.db.query("select * from provider_calls where call_id = $1", [story.call.id]);
    return row ?? {};
  }

  async log(story: Story): Promise<Record<string, unknown>[]> {
    const sql = "select * from call_events where call_id = $1 order by occurred_at, id";
    return this.world.test.db.query(sql, [story.call.id]);
  }

  /** Evidence as a webhook brings it, now. */
  async webhook(story: Story, type: "joined" | "left", userId: string, connectionId: string): Promise<void> {
    const told: Evidence = this.world[type](userId, connectionId);
    await this.world.hall.recordEvents(story.call.id, [told]);
  }
}

export interface Story {
  leo: string;
  mia: string;
  call: CallJson;
  room: string;
}
