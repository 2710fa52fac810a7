// A stage for stories of study rooms: two servers on one database, people and rooms that no other story knows, and evidence.
import type { TestDatabase } from "../../test/databases.ts";
import { World } from "../../test/hall.ts";
import type { Evidence } from "../charging/charging.ts";
import { createStudy, type Study, type TrackingJson } from "./study.ts";

type Edge = "participant.joined" | "participant.left";

export class Stage {
  readonly world: World;
  readonly study: Study;
  /** The same rooms on another server. */
  readonly other: Study;
  #count = 0;

  constructor(test: TestDatabase) {
    this.world = new World(test);
    const open = (server: 0 | 1): Study =>
      createStudy({ db: test.db, charging: this.world.halls[server], now: () => this.world.now, provider: "stream" });
    this.study = open(0);
    this.other = open(1);
  }

  setting(): { leo: string; mia: string; room: string; cid: string } {
    this.#count += 1;
    const n = this.#count;
    return { leo: `leo${n}`, mia: `mia${n}`, room: `room${n}`, cid: `default:room${n}` };
  }

  start = (userId: string, callId: string): Promise<TrackingJson> => this.study.start({ userId, callId });
  end = (userId: string, callId: string): Promise<TrackingJson> => this.study.end({ userId, callId });
  seen = (userId: string, callId: string): Promise<TrackingJson> => this.study.seen({ userId, callId });

  /** Time passes to an instant that is ahead. */
  passTo(instant: string): Promise<void> {
    return this.world.pass((Date.parse(instant) - this.world.now) / 1000);
  }

  /** Time passes while they send heartbeats as the hook does. */
  async beat(seconds: number, who: [userId: string, callId: string][]): Promise<TrackingJson[]> {
    let last: TrackingJson[] = [];
    for (let left = seconds; left > 0; left -= 15) {
      await this.world.pass(Math.min(15, left));
      last = await Promise.all(who.map(([userId, callId]) => this.seen(userId, callId)));
    }
    return last;
  }

  event(type: Edge, source: Evidence["source"], userId: string, connectionId: string, occurredAt: number): Evidence {
    const id = `${source}:${type}:${connectionId}`;
    return { id, type, source, userId, connectionId, reason: null, occurredAt, untilAt: null };
  }

  /** One connection of one person as a source tells it, in seconds from now; without an end it is open. */
  stay(source: Evidence["source"], userId: string, connectionId: string, from: number, to?: number): Evidence[] {
    const at = (seconds: number) => this.world.now + seconds * 1000;
    const joined = this.event("participant.joined", source, userId, connectionId, at(from));
    return to === undefined ? [joined] : [joined, this.event("participant.left", source, userId, connectionId, at(to))];
  }

  /** Somebody who was in rooms from one instant to another, as a provider's events tell. */
  async studied(userId: string, ...stays: [from: string, to: string][]): Promise<void> {
    for (const [from, to] of stays) {
      await this.passTo(from);
      const room = `${userId}-${from.replace(/\W/g, "")}`;
      const { callId } = await this.start(userId, room);
      const joined = this.event("participant.joined", "webhook", userId, room, this.world.now);
      await this.passTo(to);
      const left = this.event("participant.left", "webhook", userId, room, this.world.now);
      await this.world.hall.recordEvents(callId, [joined, left]);
      await this.end(userId, room);
    }
  }
}
