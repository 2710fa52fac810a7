// A tiny hall for tests: it tells planCall what it sees, posts the plan on a ledger in memory, and wakes when asked.
// It follows the rules of the real one: an overdraft is refused, a name is posted once, an end that was told stays.
import {
  type AccountRef,
  type CallEvent,
  type CallFacts,
  isFinal,
  type Money,
  type Plan,
  planCall,
} from "../src/index.ts";

function keyOf(account: AccountRef): string {
  if (account.kind === "wallet") return `wallet:${account.userId}`;
  if (account.kind === "claim") return `claim:${account.userId ?? "platform"}`;
  return account.kind === "call" ? `call:${account.payerId}` : account.kind;
}

export class Hall {
  readonly facts: CallFacts;
  readonly balances: Map<string, bigint>;
  readonly posted = new Map<string, { kind: string; payerId: string; amount: bigint }>();
  /** Each posted transfer as name=amount, in order. */
  readonly journal: string[] = [];
  /** The status after each plan. */
  readonly statuses: string[] = [];
  events: CallEvent[] = [];
  now: number;
  last: Plan;
  /** The plan that settled the call. */
  settling: Plan | null = null;
  /** Whether plans are first made without knowing the wallets, as the real hall does. */
  readonly isBlind: boolean;
  /** False when the wallet could not pay the first hold: the call is refused and nothing is posted. */
  readonly isOpen: boolean;

  /** `found` opens the call later than it was requested, with the evidence by which it was found. */
  constructor(
    facts: CallFacts,
    wallets: Readonly<Record<string, bigint>>,
    isBlind = true,
    found: { now: number; events: readonly CallEvent[] } = { now: facts.requestedAt, events: [] },
  ) {
    this.facts = { ...facts };
    this.isBlind = isBlind;
    this.balances = new Map(Object.entries(wallets).map(([userId, coins]) => [`wallet:${userId}`, coins]));
    this.now = found.now;
    this.events = [...found.events];
    this.last = this.plan(null);
    this.isOpen = this.post(this.last);
    if (this.isOpen) this.follow(this.last);
  }

  balance(key: string): bigint {
    return this.balances.get(key) ?? 0n;
  }

  money(): Money[] {
    const payers = this.facts.parties.filter(({ role }) => role === "payer");
    return payers.map(({ userId: payerId }) => {
      const money: Money = {
        payerId,
        placed: 0n,
        captured: 0n,
        released: 0n,
        refunded: 0n,
        placements: 0,
        refunds: 0,
      };
      for (const transfer of this.posted.values()) {
        if (transfer.payerId !== payerId) continue;
        if (transfer.kind === "place") {
          money.placed += transfer.amount;
          money.placements++;
        } else if (transfer.kind === "refund") {
          money.refunded += transfer.amount;
          money.refunds++;
        } else if (transfer.kind === "release") money.released += transfer.amount;
        else if (transfer.kind === "capture" || transfer.kind === "fee") money.captured += transfer.amount;
      }
      return money;
    });
  }

  plan(available: Record<string, bigint> | null): Plan {
    const ofPolicies = [...this.posted].filter(([name]) => /^(penalty|bonus|refund:penalty):/.test(name));
    const penaltiesPosted = ofPolicies.map(([name]) => name);
    const penaltyCoins = Object.fromEntries(ofPolicies.map(([name, { amount }]) => [name, amount]));
    const { facts, events, now } = this;
    return planCall({ facts, events, asOf: now, money: this.money(), available, penaltiesPosted, penaltyCoins });
  }

  wallets(): Record<string, bigint> {
    return Object.fromEntries(this.facts.parties.map(({ userId }) => [userId, this.balance(`wallet:${userId}`)]));
  }

  /** Plans and posts at the present instant. */
  advance(): Plan {
    let plan = this.plan(this.isBlind ? null : this.wallets());
    if (!this.post(plan)) {
      plan = this.plan(this.wallets());
      if (!this.post(plan)) throw new Error("a plan with known wallets was refused");
    }
    this.follow(plan);
    return plan;
  }

  /** Keeps what the plan tells: a start once and for all, an end when it is settled. */
  private follow(plan: Plan): void {
    const { state } = plan;
    if (state.startedAt !== null) this.facts.started = state.startedAt;
    this.statuses.push(plan.status);
    if (plan.settled && isFinal(state.status)) {
      this.settling ??= plan;
      const by = state.status === "completed" ? state.endedBy : state.cancelledBy;
      this.facts.decided = { status: state.status, at: state.endedAt ?? 0, reason: state.endReason, by };
    }
    this.last = plan;
  }

  /** Posts all transfers of a plan, or none when a wallet or account would go below zero. */
  private post(plan: Plan): boolean {
    const after = new Map(this.balances);
    for (const { name, from, to, amount } of plan.transfers) {
      if (this.posted.has(name)) throw new Error(`I7: ${name} is planned twice`);
      if (amount <= 0n) throw new Error(`${name} moves ${amount}`);
      after.set(keyOf(from), (after.get(keyOf(from)) ?? 0n) - amount);
      after.set(keyOf(to), (after.get(keyOf(to)) ?? 0n) + amount);
      if (from.kind !== "external" && from.kind !== "escrow" && (after.get(keyOf(from)) as bigint) < 0n) return false;
    }
    for (const [key, balance] of after) this.balances.set(key, balance);
    for (const { name, kind, from, to, amount } of plan.transfers) {
      const call = from.kind === "call" ? from : to.kind === "call" ? to : null;
      const isRefund = kind === "refund" && !name.startsWith("refund:penalty:");
      const payerId = call?.payerId ?? (isRefund && to.kind === "wallet" ? to.userId : "");
      this.posted.set(name, { kind, payerId, amount });
      this.journal.push(`${name}=${amount}`);
    }
    return true;
  }

  /** Carries out every deadline up to the instant, in order of time. */
  runUntil(at: number): void {
    while (this.last.wakeAt !== null && this.last.wakeAt <= at) {
      if (this.last.wakeAt <= this.now) throw new Error(`wakeAt ${this.last.wakeAt} is not after ${this.now}`);
      this.now = this.last.wakeAt;
      this.advance();
    }
    this.now = at;
  }

  /** New evidence arrives at the instant: it is seen before a deadline of that very instant. */
  receive(at: number, events: readonly CallEvent[]): void {
    this.runUntil(at - 1);
    this.now = at;
    const known = new Set(this.events.map(({ id }) => id));
    const news = events.filter(({ id }) => !known.has(id));
    this.events = [...this.events, ...news.map((event) => ({ ...event, receivedAt: at }))];
    this.advance();
  }
}
