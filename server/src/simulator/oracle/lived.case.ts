// Calls that are lived through: evidence arrives late and in any order at a small hall with real plans, and what it wrote becomes a history.
import type { CallEvent, CallFacts } from "@fairminute/core";
import fc from "fast-check";
import { Hall } from "../../../../core/test/hall.ts";
import type { Transfer } from "../../ledger/transfers.ts";
import type { CallHistory, HistoryBalance, HistoryBill, HistoryWrite } from "../history.ts";
import { randomCall } from "./random-calls.case.ts";

export type LivedCall = {
  facts: CallFacts;
  /** By arrival: `receivedAt`. */
  events: CallEvent[];
  wallets: Record<string, bigint>;
  /** Coins that come or go elsewhere meanwhile. */
  movements: { at: number; userId: string; amount: bigint }[];
  endedAt: number;
};

const lateness = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 30_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 600_000 }) },
);

const accountName = (ref: { kind: string; userId?: string | null }, callId: string): string => {
  if (ref.kind === "wallet") return `wallet:${ref.userId}`;
  if (ref.kind === "call") return `hold:${callId}`;
  return ref.kind === "claim" ? `claim:${ref.userId ?? "platform"}` : ref.kind;
};

/** A call with one payer and one payee, or a room. */
export const livedCall: fc.Arbitrary<LivedCall> = fc
  .record({
    call: randomCall,
    late: fc.array(lateness, { minLength: 1, maxLength: 9 }),
    rich: fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }).map(BigInt), fc.constant(1_000_000n)), {
      minLength: 2,
      maxLength: 2,
    }),
    movements: fc.array(
      fc.record({
        after: fc.integer({ min: 0, max: 600_000 }),
        userId: fc.constantFrom("leo", "mia"),
        amount: fc.integer({ min: -200, max: 60 }).map(BigInt),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ call, late, rich, movements }) => {
    const { facts } = call;
    const isRoom = facts.parties.every(({ role }) => role === "attendee");
    const parties = isRoom
      ? facts.parties
      : [
          { userId: "leo", role: "payer" as const },
          { userId: "mia", role: "payee" as const },
        ];
    const events = call.events.map((event, i) => {
      // Commands and what the chain tells are dated by our own clock.
      const isOurs = event.source === "command" || event.source === "chain";
      return {
        ...event,
        receivedAt:
          Math.max(facts.requestedAt, event.untilAt ?? event.occurredAt) + (isOurs ? 0 : (late[i % late.length] ?? 0)),
      };
    });
    const [leo = 0n, mia = 0n] = rich;
    return {
      facts: { ...facts, parties, started: null, decided: null },
      events: events.sort((a, b) => a.receivedAt - b.receivedAt),
      wallets: { leo, mia },
      movements: movements
        .map(({ after, ...movement }) => ({ ...movement, at: facts.requestedAt + after }))
        .sort((a, b) => a.at - b.at),
      endedAt: facts.requestedAt + 1_400_000,
    };
  });

/** The hall, and what it wrote. */
class Diary {
  readonly hall: Hall;
  readonly writes: HistoryWrite[] = [];
  readonly balances: HistoryBalance[] = [];
  readonly #callId: string;
  readonly #invited: CallFacts["parties"];
  settledAt: number | null = null;

  constructor({ facts, wallets }: LivedCall) {
    this.#callId = facts.callId;
    this.#invited = facts.parties;
    this.hall = new Hall(facts, wallets);
    this.meet();
    for (const [userId, balance] of Object.entries(wallets))
      this.balances.push({ at: facts.requestedAt - 1, on: facts.requestedAt - 1, userId, balance });
    if (this.hall.isOpen) this.note([]);
  }

  /** Carries out one step of the hall, and notes it. */
  step(at: number, evidence: readonly CallEvent[]): void {
    this.hall.now = at;
    this.hall.events = [...this.hall.events, ...evidence];
    this.meet();
    this.hall.advance();
    this.note(evidence);
  }

  /** In a room takes part who opened it, and whom its evidence names so far. */
  private meet(): void {
    if (this.#invited.some(({ role }) => role !== "attendee")) return;
    const named = new Set(
      this.hall.events.filter(({ type }) => type.startsWith("participant.")).map(({ userId }) => userId),
    );
    this.hall.facts.parties = this.#invited.filter(({ userId }, i) => i === 0 || named.has(userId));
  }

  move(at: number, userId: string, amount: bigint): void {
    const key = `wallet:${userId}`;
    const left = this.hall.balance(key) + amount;
    this.hall.balances.set(key, left < 0n ? 0n : left);
    this.balances.push({ at, on: at, userId, balance: this.hall.balance(key) });
  }

  runUntil(at: number): void {
    for (let due = this.hall.last.wakeAt; due !== null && due <= at; due = this.hall.last.wakeAt) this.step(due, []);
  }

  private note(evidence: readonly CallEvent[]): void {
    const { hall } = this;
    const { now, last } = hall;
    const isEnd = last.settled;
    if (isEnd) this.settledAt ??= now;
    const transfers = last.transfers.map((planned): Transfer => {
      const { name, amount } = planned;
      const kind = name.startsWith("refund:penalty:") ? "adjustment" : planned.kind;
      return {
        subject: this.#callId,
        name,
        kind,
        amount,
        from: accountName(planned.from, this.#callId),
        to: accountName(planned.to, this.#callId),
      };
    });
    for (const userId of ["leo", "mia"])
      this.balances.push({ at: now, on: now, userId, balance: hall.balance(`wallet:${userId}`) });
    this.writes.push({
      at: now,
      on: now,
      version: this.writes.length + 1,
      evidence,
      transfers,
      status: last.status,
      startedAt: last.state.startedAt,
      endedAt: isEnd ? last.state.endedAt : null,
      endReason: isEnd ? last.state.endReason : null,
      endedBy: isEnd ? last.state.endedBy : null,
      settledAt: this.settledAt,
    });
  }
}

/** The history of a call, null when the wallet could not pay its first hold. */
export function liveThrough(call: LivedCall): CallHistory | null {
  const diary = new Diary(call);
  if (!diary.hall.isOpen) return null;
  const arrivals = [...call.events];
  const movements = [...call.movements];
  while (arrivals.length > 0 || movements.length > 0) {
    const at = Math.min(
      arrivals[0]?.receivedAt ?? Number.POSITIVE_INFINITY,
      movements[0]?.at ?? Number.POSITIVE_INFINITY,
    );
    diary.runUntil(at - 1);
    for (let next = movements[0]; next !== undefined && next.at === at; next = movements[0]) {
      diary.move(at, next.userId, next.amount);
      movements.shift();
    }
    const evidence: CallEvent[] = [];
    for (let next = arrivals[0]; next !== undefined && next.receivedAt === at; next = arrivals[0]) {
      evidence.push(next);
      arrivals.shift();
    }
    if (evidence.length > 0) diary.step(at, evidence);
  }
  diary.runUntil(call.endedAt);
  const { facts, endedAt } = call;
  const { callId, terms, parties, requestedAt, estimatedSeconds } = facts;
  const { writes, balances } = diary;
  const base = { callId, terms, parties, requestedAt, estimatedSeconds, commands: [], priorBreaks: [], endedAt };
  return { ...base, writes, balances, bill: billOf(diary, writes) };
}

function billOf({ hall, settledAt }: Diary, writes: readonly HistoryWrite[]): HistoryBill {
  const { charge } = hall.last;
  const last = writes.at(-1) as HistoryWrite;
  const posted = writes.flatMap(({ transfers }) => transfers);
  const sum = (kinds: readonly string[]) =>
    posted.filter(({ kind }) => kinds.includes(kind)).reduce((all, { amount }) => all + amount, 0n);
  const isPlatform = (account: string) => account === "platform" || account.endsWith(":platform");
  const toPlatform = posted.filter(({ kind, to }) => (kind === "capture" || kind === "fee") && isPlatform(to));
  const fromPlatform = posted.filter(({ kind, from }) => kind === "refund" && isPlatform(from));
  const platform =
    toPlatform.reduce((all, { amount }) => all + amount, 0n) -
    fromPlatform.reduce((all, { amount }) => all + amount, 0n);
  const charged = sum(["capture", "fee"]) - sum(["refund"]);
  const taken = (kind: string) =>
    posted
      .filter((transfer) => transfer.kind === kind)
      .map(({ name, amount }) => {
        const [, userId = "", policy = ""] = name.split(":");
        return { policy, userId, amount, isReversed: posted.some((transfer) => transfer.name === `refund:${name}`) };
      });
  return {
    status: last.status,
    startedAt: last.startedAt,
    endedAt: settledAt === null ? null : last.endedAt,
    endReason: last.endReason,
    endedBy: last.endedBy,
    billableSeconds: charge.payers[0]?.billableSeconds ?? 0,
    billedSeconds: charge.payers[0]?.billedSeconds ?? 0,
    placed: sum(["place"]),
    charged,
    payee: charged - platform,
    platform,
    penalties: taken("penalty"),
    bonuses: taken("bonus").map(({ policy, userId, amount }) => ({ policy, userId, amount })),
  };
}
