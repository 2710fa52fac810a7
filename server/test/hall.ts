// A hall to tell stories in: people with coins, a clock to move, and two halls as two servers would have them.
import type { Catalogue } from "@fairminute/core";
import {
  type CallJson,
  type Charging,
  createCharging,
  type EscrowOffer,
  type Evidence,
} from "../src/charging/charging.ts";
import { carryOutUntil } from "../src/charging/ordered.ts";
import { createIds } from "../src/ids.ts";
import { creditWallet } from "../src/ledger/outside.ts";
import { readWallet } from "../src/ledger/wallet.ts";
import type { TestDatabase } from "./databases.ts";

const START = Date.parse("2026-03-02T10:00:00Z");

export class World {
  now = START;
  people = 0;
  readonly faults: unknown[] = [];
  readonly halls: [Charging, Charging];

  readonly test: TestDatabase;

  /**
   * @param escrow what the halls are connected to, when they are
   * @param presets what the halls open calls under; those that ship when absent
   */
  constructor(test: TestDatabase, escrow: EscrowOffer | null = null, presets?: Catalogue) {
    this.test = test;
    const hall = () =>
      createCharging({
        db: test.db,
        now: () => this.now,
        nextId: createIds(() => this.now).next,
        lanes: test.db.kind === "pglite" ? 1 : 2,
        escrow,
        presets,
        onWritten: () => {},
        onFault: (error) => this.faults.push(error),
      });
    this.halls = [hall(), hall()];
  }

  get hall(): Charging {
    return this.halls[0];
  }

  async pair(coins: number): Promise<{ leo: string; mia: string }> {
    this.people += 1;
    const leo = `leo${this.people}`;
    if (coins > 0) await creditWallet(this.test.db, { userId: leo, amount: BigInt(coins), key: leo, now: this.now });
    return { leo, mia: `mia${this.people}` };
  }

  open(
    people: { leo: string; mia: string },
    more: Partial<Parameters<Charging["openCall"]>[0]> = {},
  ): Promise<CallJson> {
    return this.hall.openCall({
      payerId: people.leo,
      payeeId: people.mia,
      estimatedMinutes: 30,
      minimumMinutes: 5,
      autoAccept: false,
      ...more,
    });
  }

  joined(userId: string, connectionId: string, occurredAt = this.now): Evidence {
    return {
      id: `joined:${connectionId}`,
      type: "participant.joined",
      source: "webhook",
      userId,
      connectionId,
      reason: null,
      occurredAt,
      untilAt: null,
    };
  }

  left(userId: string, connectionId: string, occurredAt = this.now): Evidence {
    return {
      id: `left:${connectionId}`,
      type: "participant.left",
      source: "webhook",
      userId,
      connectionId,
      reason: "connection_lost",
      occurredAt,
      untilAt: null,
    };
  }

  /** Turns the clock, carrying out every deadline on the way. */
  async pass(seconds: number): Promise<void> {
    const until = this.now + seconds * 1000;
    await carryOutUntil(this.test.db, this.hall, until);
    this.now = until;
  }

  /** Opens, accepts and starts a call. */
  async talk(people: { leo: string; mia: string }, more: Parameters<World["open"]>[1] = {}): Promise<CallJson> {
    const call = await this.open(people, more);
    await this.hall.commandCall(call.id, { kind: "accept", userId: people.mia });
    return this.hall.recordEvents(call.id, [
      this.joined(people.leo, `${call.id}-l`),
      this.joined(people.mia, `${call.id}-m`),
    ]);
  }

  async coins(userId: string): Promise<{ available: number; held: number; earnings: number }> {
    const { available, held, earnings } = await readWallet(this.test.db, userId);
    return { available, held, earnings };
  }
}
