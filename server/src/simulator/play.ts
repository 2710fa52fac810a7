// Plays a script: two servers, one store, a false clock, and everything that the script says happens.
import { type CallEvent, isEscrow, type Terms } from "@fairminute/core";
import { decideCommand } from "../charging/commands.ts";
import type { PriorBreak } from "../charging/prior-breaks.ts";
import { factsOf, type StoredCall } from "../charging/stored.ts";
import type { Transfer } from "../ledger/transfers.ts";
import type { ProviderEvent } from "../providers/provider.ts";
import { evidenceOfLook, openingOf } from "./asking.ts";
import { BooksError } from "./books.ts";
import { type Answer, type Befall, Desk, type DeskChange } from "./desk.ts";
import type { FaultName } from "./faults.ts";
import type { CallHistory, HistoryBalance, HistoryCommand, HistoryWrite } from "./history.ts";
import { billOf, walletsAfter } from "./history-bill.ts";
import {
  checkBooks,
  checkLateLook,
  checkLog,
  checkOver,
  checkPrompt,
  checkRest,
  checkWrite,
  Violation,
} from "./invariants.ts";
import type { Random } from "./random.ts";
import type { Act, Fate, Script, ScriptCall, Word } from "./script.ts";
import { Store } from "./store.ts";
import { findMisreading, isOutOfTime } from "./word-check.ts";
import { type Adapters, readPlainly, signWord } from "./words.ts";

export interface Played {
  histories: CallHistory[];
  /** The operators that took effect, with repeats. */
  faults: FaultName[];
  arrows: [from: string, to: string][];
  /** Everything that was written, as text: one seed, one trace. */
  trace: string[];
  writes: number;
  signedBodies: number;
  coins: bigint;
  violation: Violation | null;
}

/** How long the world goes on after the last act, so that the latest deadline has come. */
const TAIL_MS = 49 * 3600 * 1000;
const RETRY_MS = 2000;
/** A history that needs more looks than this does not come to an end. */
const MAX_LOOKS = 20_000;

/** Everything that one playing knows. */
export class Stage {
  readonly store = new Store();
  readonly script: Script;
  readonly #random: Random;
  readonly #adapters: Adapters;
  readonly #desks: Desk[];
  readonly #offsets = [0, 0];
  readonly #pausedUntil = [0, 0];
  #awayUntil = 0;
  #now: number;
  #dueWrites = 0;
  readonly #writes: HistoryWrite[][];
  readonly #commands: HistoryCommand[][];
  readonly #transfers = new Map<string, Transfer[]>();
  readonly #balances: HistoryBalance[] = [];
  /** What was known when a call was settled: how many attendees a room had, and what its people broke in other calls. */
  readonly #known = new Map<string, { attendees: number; breaks: PriorBreak[] }>();
  readonly played: Played = {
    histories: [],
    faults: [],
    arrows: [],
    trace: [],
    writes: 0,
    signedBodies: 0,
    coins: 0n,
    violation: null,
  };

  constructor(script: Script, random: Random, adapters: Adapters) {
    this.script = script;
    this.#random = random;
    this.#adapters = adapters;
    this.#now = Math.min(...script.calls.map(({ requestedAt }) => requestedAt));
    this.#writes = script.calls.map(() => []);
    this.#commands = script.calls.map(() => []);
    this.#desks = [0, 1].map(
      (server) => new Desk(this.store, (decision, before, at) => this.#noteWrite(decision, before, at, server)),
    );
    for (const [userId, coins] of Object.entries(script.wallets)) this.#moveWallet(userId, coins, `begin:${userId}`);
  }

  async run(): Promise<Played> {
    try {
      const pending = [...this.script.acts];
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        this.#lookUntil(next.at);
        this.#now = Math.max(this.#now, next.at);
        const again = await this.#carryOut(next);
        if (again !== null) insertAct(pending, again);
      }
      this.#lookUntil(this.#now + TAIL_MS);
      this.#close();
    } catch (error) {
      this.played.violation = toViolation(error);
    }
    return this.played;
  }

  /** A server's own clock. */
  #clock(server: number): number {
    return this.#now + (this.#offsets[server] as number);
  }

  #count(...faults: readonly FaultName[]): void {
    this.played.faults.push(...faults);
  }

  #idOf(call: number): string {
    return `call_${call}`;
  }

  /** @returns the act once more, when it did not get an answer and whoever asked tries again */
  async #carryOut(act: Act): Promise<Act | null> {
    const { does, server } = act;
    const free = Math.max(this.#pausedUntil[server] as number, this.#awayUntil);
    if (does.kind === "pause") this.#pausedUntil[server] = does.until;
    else if (does.kind === "outage") this.#awayUntil = does.until;
    else if (does.kind === "clock") this.#offsets[server] = does.offsetMs;
    else if (does.kind === "balance") this.#moveWallet(does.userId, does.amount, `move:${this.#balances.length}`);
    else if (free > this.#now) {
      if (this.#awayUntil > this.#now) this.#count("database_unreachable");
      else this.#count("server_pause");
      return { ...act, at: free + 1 };
    }
    if (does.kind === "pause" || does.kind === "outage") return null;
    this.#count(...(act.faults ?? []));
    if (does.kind === "clock" || does.kind === "balance") return null;
    const change = await this.#changeOf(act);
    if (change === null) return null;
    const answer = this.#submit(act, change);
    if (does.kind === "command") this.#noteCommand(act, does, answer);
    if (answer.what !== "lost") return null;
    const { tries = 0 } = act;
    const at = this.#now + RETRY_MS * 2 ** tries;
    return { ...act, at, server: 1 - server, fate: undefined, rival: undefined, faults: [], tries: tries + 1 };
  }

  #submit(act: Act, change: DeskChange): Answer {
    const { server, rival, call } = act;
    const other = 1 - server;
    const between =
      rival === undefined
        ? null
        : () => {
            this.#count("server_race");
            const evidence: CallEvent[] = [];
            const at = this.#clock(other);
            const decide =
              rival === "look"
                ? undefined
                : (stored: StoredCall, now: number) =>
                    decideCommand(stored, { kind: rival.command, userId: rival.userId }, now);
            const answer = (this.#desks[other] as Desk).submit(
              { callId: this.#idOf(call), evidence, decide },
              at,
              this.#calm(),
            );
            if (rival === "look") return;
            this.#count("simultaneous_commands");
            this.#noteCommand({ ...act, server: other }, { command: rival.command, userId: rival.userId }, answer);
          };
    return (this.#desks[server] as Desk).submit(change, this.#clock(server), {
      ...this.#calm(),
      fate: act.fate ?? null,
      between,
    });
  }

  #calm(): Befall {
    return { fate: null, cutAt: this.#random.whole(0, 6), onFate: (fate) => this.#count(fate), between: null };
  }

  #noteCommand(
    act: Act,
    { command, userId }: { command: HistoryCommand["kind"]; userId: string | null },
    answer: Answer,
  ): void {
    const said = answer.what === "refused" ? answer.code : answer.what;
    this.#commands[act.call]?.push({ at: this.#clock(act.server), kind: command, userId, answer: said });
    this.played.trace.push(`${this.#now} ${command} ${userId} ${said}`);
  }

  /** What an act asks of the hall; null when it asks nothing. */
  async #changeOf({ call, server, does }: Act): Promise<DeskChange | null> {
    const callId = this.#idOf(call);
    const plan = this.script.calls[call] as ScriptCall;
    const now = this.#clock(server);
    const recorded = (events: readonly ProviderEvent[]): DeskChange | null =>
      events.length === 0
        ? null
        : {
            callId,
            evidence: events.map((event) => ({
              ...event,
              occurredAt: Math.min(event.occurredAt, now),
              receivedAt: now,
            })),
          };
    switch (does.kind) {
      case "open":
        return openingOf(plan, callId, now);
      case "evidence":
        return recorded(does.events);
      case "word": {
        if (does.signedAt === null)
          return recorded(this.#understood(plan, does.word, readPlainly(plan.carrier, does.word, callId)));
        const request = signWord(plan.carrier, does.word, callId, does.signedAt, does.damage);
        this.played.signedBodies += 1;
        const read = await this.#adapters.read(plan.carrier, request, now);
        if (Array.isArray(read)) {
          if (does.damage !== null) throw new Violation("I7", `a body with ${does.damage} was taken for genuine`);
          const mayBeUnread = isOutOfTime(does.signedAt, now);
          return recorded(read.length === 0 && mayBeUnread ? [] : this.#understood(plan, does.word, read));
        }
        if (does.damage === null) throw new Violation("I7", `a genuine body was refused: ${read.refused}`);
        return null;
      }
      case "command": {
        const { command, userId } = does;
        return { callId, evidence: [], decide: (stored, at) => decideCommand(stored, { kind: command, userId }, at) };
      }
      case "look":
        return does.answer === "true"
          ? recorded(evidenceOfLook(this.store.read(callId), plan, this.#now, does.isReport))
          : null;
      default:
        return null;
    }
  }

  #understood(plan: ScriptCall, word: Word, events: ProviderEvent[]): ProviderEvent[] {
    const misreading = findMisreading(plan.carrier, word, events);
    if (misreading !== null) throw new Violation("adapter", misreading);
    return events;
  }

  #moveWallet(userId: string, amount: number, name: string): void {
    const { books } = this.store;
    const wallet = `wallet:${userId}`;
    const coins = amount >= 0 ? BigInt(amount) : -BigInt(Math.min(-amount, Number(books.balance(wallet))));
    const [from, to] = coins >= 0n ? ["external", wallet] : [wallet, "external"];
    const moved = coins < 0n ? -coins : coins;
    if (moved > 0n)
      books.post([{ subject: "elsewhere", name, kind: coins < 0n ? "adjustment" : "top_up", from, to, amount: moved }]);
    this.#balances.push({ at: this.#now, on: this.#now, userId, balance: books.balance(wallet) });
    this.played.trace.push(`${this.#now} ${name} ${coins}`);
    // New coins may extend a call: whoever keeps the wallet has its payer's live calls looked at.
    if (coins > 0n && name.startsWith("move:")) this.#lookAtCallsOf(userId);
  }

  #lookAtCallsOf(userId: string): void {
    for (const { id, payerId, settledAt } of this.store.calls) {
      if (payerId === userId && settledAt === null)
        (this.#desks[0] as Desk).submit({ callId: id, evidence: [] }, this.#clock(0), this.#calm());
    }
  }

  /** Every deadline up to the instant, each by the first server whose clock says that it has come. */
  #lookUntil(until: number): void {
    for (let looks = 0; ; looks++) {
      if (looks > MAX_LOOKS) throw new Violation("I8", `${MAX_LOOKS} looks, and still a deadline is due`);
      const due = this.#nextDue();
      if (due === null || due.at > until) return;
      this.#now = Math.max(this.#now, due.at);
      const fate: Fate | null = this.script.dueFates[this.#dueWrites++] ?? null;
      const befall = { ...this.#calm(), fate };
      const answer = (this.#desks[due.server] as Desk).carryOut(due.callId, this.#clock(due.server), befall);
      // Another server, or the same one when it is back, comes to it a moment later.
      if (answer.what !== "written") this.#now += 1000;
    }
  }

  #nextDue(): { at: number; server: number; callId: string } | null {
    let next: { at: number; server: number; callId: string } | null = null;
    for (const { id, deadlineAt } of this.store.calls) {
      if (deadlineAt === null) continue;
      for (const server of [0, 1]) {
        const on = deadlineAt - (this.#offsets[server] as number) + this.script.lagMs;
        const at = Math.max(on, this.#now, this.#pausedUntil[server] as number, this.#awayUntil);
        if (next === null || at < next.at) next = { at, server, callId: id };
      }
    }
    return next;
  }

  #noteWrite(
    decision: Parameters<ConstructorParameters<typeof Desk>[1]>[0],
    before: StoredCall | null,
    at: number,
    server: number,
  ): void {
    const { call, events, grown, transfers } = decision;
    const all = [...(this.#transfers.get(call.id) ?? []), ...transfers];
    this.#transfers.set(call.id, all);
    const { version, status, startedAt, endedAt, endReason, endedBy, settledAt } = call;
    const evidence = [...events, ...grown];
    this.#writes[Number(call.id.slice(5))]?.push({
      at,
      on: this.#now,
      version,
      evidence,
      transfers,
      status,
      startedAt,
      endedAt,
      endReason,
      endedBy,
      settledAt,
    });
    if (settledAt !== null && (before?.settledAt ?? null) === null)
      this.#known.set(call.id, { attendees: call.attendeeIds.length, breaks: this.store.priorBreaks(call) });
    this.played.writes += 1;
    this.played.arrows.push([before?.status ?? "new", status]);
    const moved = transfers.map(({ name, amount }) => `${name}=${amount}`).join(",");
    this.played.trace.push(
      `${at} ${server} ${call.id} ${version} ${status} ${startedAt} ${endedAt} ${endReason} ${evidence.map(({ id }) => id).join(",")} ${moved}`,
    );
    for (const { amount, currency } of transfers)
      if (currency === undefined || currency === "coin") this.played.coins += amount;
    const wallets = walletsAfter(transfers, (account) => this.store.books.balance(account));
    for (const { userId, balance } of wallets) this.#balances.push({ at, on: this.#now, userId, balance });
    // A command is dated after everything in the log, so a look may be of a later instant than its server's clock.
    const lastAt = call.events.at(-1)?.occurredAt ?? at;
    checkWrite(this.store, before, call, all, { at, lastAt });
    if (version % 4 === 0 && lastAt <= at) checkRest(this.store, call.id, at);
  }

  /** The end: everything is over, whatever it was, and the log says so in any order. */
  #close(): void {
    checkBooks(this.store);
    this.script.calls.forEach(({ terms, estimatedMinutes }, index) => {
      const callId = this.#idOf(index);
      const call = this.store.read(callId);
      if (call === null) return;
      checkOver(this.store, call);
      checkPrompt(this.script, this.#writes[index] ?? []);
      const at = Math.max(this.#clock(0), this.#clock(1));
      checkLog(this.store, callId, at, this.#random);
      checkLateLook(this.store, callId, this.#writes[index]?.at(-1)?.at ?? at, at);
      const transfers = this.#transfers.get(callId) ?? [];
      // Whose room it was is told by who came: a history that names more people than the end was told to is another one.
      const known = this.#known.get(callId);
      const isWhole = call.attendeeIds.length === (known?.attendees ?? call.attendeeIds.length);
      if (!isWhole) return;
      const writes = tillSettled(terms, this.#writes[index] as HistoryWrite[]);
      this.played.histories.push({
        callId,
        terms,
        parties: factsOf(call).parties,
        requestedAt: call.requestedAt,
        estimatedSeconds: estimatedMinutes * 60,
        writes,
        commands: this.#commands[index] as HistoryCommand[],
        balances: this.#balances,
        priorBreaks: known?.breaks ?? [],
        endedAt: writes.at(-1)?.at ?? at,
        bill: billOf(call, transfers),
      });
    });
  }
}

/** What an escrow owes is signed at the instant of the settlement, so that nothing that is known later counts. */
function tillSettled(terms: Terms, writes: readonly HistoryWrite[]): readonly HistoryWrite[] {
  const settling = isEscrow(terms) ? writes.findIndex(({ settledAt }) => settledAt !== null) : -1;
  const last = writes[settling];
  if (last === undefined) return writes;
  const at = last.settledAt ?? last.at;
  const evidence = last.evidence.filter(({ occurredAt }) => occurredAt <= at);
  return [...writes.slice(0, settling), { ...last, at, evidence }];
}

/** Keeps the order of time; of acts of one instant the newcomer is last. */
function insertAct(pending: Act[], act: Act): void {
  const index = pending.findIndex(({ at }) => at > act.at);
  pending.splice(index === -1 ? pending.length : index, 0, act);
}

/** What broke, by the number of its invariant where the message has one. */
function toViolation(error: unknown): Violation {
  if (error instanceof Violation) return error;
  const message = error instanceof Error ? error.message : String(error);
  const [, invariant = error instanceof BooksError ? `database ${error.code}` : "crash"] =
    /^(I\d+):/.exec(message) ?? [];
  const said = message.replace(/^I\d+: /, "");
  const violation = new Violation(invariant, said);
  violation.cause = error;
  return violation;
}
