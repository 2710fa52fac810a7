// Lives through the history of a call once more, by the written rules: what was known when, what was told, and what was owed then.
import type { CallEvent, CallFacts } from "@fairminute/core";
import type { CallHistory, HistoryWrite } from "../history.ts";
import { billsOf, type PayerBill } from "./bill.ts";
import { nextDeadline, settledFrom } from "./deadline.ts";
import type { Told } from "./end.ts";
import { isFreeRoom } from "./evidence.ts";
import { applyRules, type Consequences } from "./policy.ts";
import { judge, type Verdict } from "./verdict.ts";

/** What the oracle thinks of a call at the end of its history. */
export type Replay = {
  verdict: Verdict;
  bills: PayerBill[];
  /** When its end was first told and paid; null while it is not. */
  settledAt: number | null;
  /** What each payer owed in the end: after the settlement it only gets less. */
  owed: ReadonlyMap<string, bigint>;
  /** What the policies took and granted when it was settled; and the penalties whose rule turned out not to be broken. */
  consequences: Consequences;
  reversed: ReadonlySet<string>;
};

type Life = {
  facts: CallFacts;
  rows: Map<string, CallEvent>;
  placed: Record<string, bigint>;
  started: number | null;
  told: Told | null;
  asOf: number;
  settledAt: number | null;
  owed: Map<string, bigint>;
  consequences: Consequences;
  reversed: Set<string>;
  verdict: Verdict | null;
};

export function factsOf({ callId, parties, terms, requestedAt, estimatedSeconds }: CallHistory): CallFacts {
  return { callId, parties: [...parties], terms, requestedAt, estimatedSeconds, decided: null };
}

export const policyKey = ({ policy, userId }: { policy: string; userId: string }): string => `${policy}:${userId}`;

/** The payer who placed the money: the call has one, or the wallet tells. */
function placerOf({ parties }: CallHistory, from: string): string | null {
  const payers = parties.filter(({ role }) => role === "payer").map(({ userId }) => userId);
  return payers.find((userId) => from === `wallet:${userId}`) ?? payers[0] ?? null;
}

/** A call is a life of writes; between two of them its deadlines fall due, each at its own moment. */
export function replay(history: CallHistory): Replay {
  const life: Life = {
    facts: factsOf(history),
    rows: new Map(),
    placed: {},
    started: null,
    told: null,
    asOf: history.requestedAt - 1,
    settledAt: null,
    owed: new Map(),
    consequences: { penalties: [], bonuses: [], broken: [] },
    reversed: new Set(),
    verdict: null,
  };
  for (const write of history.writes) liveThrough(history, life, write);
  carryOutDeadlines(history, life, history.endedAt + 1);
  // Once it is told, only new evidence is a reason to look again.
  const isOver = life.told !== null && life.verdict !== null;
  const verdict = isOver ? (life.verdict as Verdict) : look(history, life, Math.max(history.endedAt, life.asOf));
  const { settledAt, owed, consequences, reversed } = life;
  return { verdict, bills: billsOf(life.facts, verdict), settledAt, owed, consequences, reversed };
}

/**
 * The instant of a look: that of the server's clock, and never before what stands in the log or was told. A command answers what its
 * giver saw, so that it may be dated a moment after the clock.
 */
function instantOf({ at }: HistoryWrite, { rows, settledAt }: Life): number {
  return Math.max(at, settledAt ?? at, ...[...rows.values()].map(({ occurredAt }) => occurredAt));
}

function liveThrough(history: CallHistory, life: Life, write: HistoryWrite): void {
  // What was known before says when it had to be looked at; then what is new counts too, as far as it had happened.
  const due = life.verdict === null ? openedLate(history, write) : firstDue(life, instantOf(write, life));
  const commands = write.evidence.filter(({ source, occurredAt }) => source === "command" && occurredAt >= write.at);
  for (const row of write.evidence) if (!commands.includes(row)) life.rows.set(row.id, row);
  life.facts = { ...life.facts, parties: partiesSoFar(history, life) };
  for (const { kind, from, amount } of write.transfers) {
    const payerId = placerOf(history, from);
    if (kind === "place" && payerId !== null) life.placed[payerId] = (life.placed[payerId] ?? 0n) + amount;
  }
  if (due !== null) {
    look(history, life, due);
    carryOutDeadlines(history, life, instantOf(write, life));
  }
  for (const row of commands) life.rows.set(row.id, row);
  look(history, life, instantOf(write, life));
}

/** A room is of whoever opened it, and of those whom its evidence names so far. */
function partiesSoFar({ parties }: CallHistory, { facts, rows }: Life): CallFacts["parties"] {
  if (!isFreeRoom({ ...facts, parties: [...parties] })) return [...parties];
  const named = new Set(
    [...rows.values()].filter(({ type }) => type.startsWith("participant.")).map(({ userId }) => userId),
  );
  return parties.filter(({ userId }, i) => i === 0 || named.has(userId));
}

/** A call that is found by its evidence is lived through from its beginning. */
function openedLate({ requestedAt }: CallHistory, { at }: HistoryWrite): number | null {
  return requestedAt < at ? requestedAt - 1 : null;
}

function firstDue(life: Life, before: number): number | null {
  const { facts, rows, verdict, told, asOf } = life;
  return verdict === null || told !== null ? null : nextDeadline(facts, [...rows.values()], verdict, asOf, before);
}

/** Every deadline before the instant, at its own moment. */
function carryOutDeadlines(history: CallHistory, life: Life, before: number): void {
  for (let steps = 0; steps < 10_000; steps++) {
    const due = firstDue(life, before);
    if (due === null) return;
    look(history, life, due);
  }
}

/** Looks at the call as of an instant, and tells what is certain then. */
function look(history: CallHistory, life: Life, at: number): Verdict {
  const { facts, placed, started, told } = life;
  const events = [...life.rows.values()];
  const verdict = judge(facts, events, at, { started, told, placed });
  life.verdict = verdict;
  life.asOf = at;
  // A start that was told stays one, wherever later evidence puts it.
  life.started = verdict.startedAt ?? started;
  const { endedAt } = verdict;
  if (endedAt === null || (told === null && at < settledFrom(facts, events, verdict))) return verdict;
  const rules = applyRules(facts, verdict, (userId, { periodSeconds }, until) => {
    return history.priorBreaks.filter((old) => {
      const isBefore = old.at < until || (old.at === until && old.callId < history.callId);
      const isRecent = periodSeconds === null || old.at >= until - periodSeconds * 1000;
      return old.policy === "early_exit" && old.userId === userId && isBefore && isRecent;
    }).length;
  });
  if (told === null) {
    life.settledAt = at;
    life.consequences = rules;
  }
  const broken = rules.broken.map(policyKey);
  for (const penalty of life.consequences.penalties) {
    if (!broken.includes(policyKey(penalty))) life.reversed.add(policyKey(penalty));
  }
  const isOnChain = facts.terms.funding.kind === "escrow";
  for (const { payerId, total } of billsOf(facts, verdict)) {
    const before = life.owed.get(payerId);
    // A contract has paid by what was said when the call was settled: it gives nothing back.
    if (before === undefined || (total < before && !isOnChain)) life.owed.set(payerId, total);
  }
  life.told = {
    status: verdict.status,
    at: endedAt,
    reason: verdict.endReason,
    by: verdict.endedBy,
    missed: verdict.missed,
  };
  return verdict;
}
