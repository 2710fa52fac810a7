// The invariants I1 to I12, asked after every write and once more at the end: each failure begins with its number.
import { type CallEvent, chargeCall, maximumCoins } from "@fairminute/core";
import { decide } from "../charging/decision.ts";
import { factsOf, peopleOf, type StoredCall } from "../charging/stored.ts";
import type { Transfer } from "../ledger/transfers.ts";
import type { HistoryWrite } from "./history.ts";
import type { Random } from "./random.ts";
import type { Act, Script } from "./script.ts";
import { arrows, type Store } from "./store.ts";

/** An invariant that does not hold, or an oracle that disagrees. */
export class Violation extends Error {
  readonly invariant: string;
  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}

function hold(isHeld: boolean, invariant: string, message: () => string): void {
  if (!isHeld) throw new Violation(invariant, message());
}

const sum = (transfers: readonly Transfer[], ...kinds: readonly string[]): bigint =>
  transfers.reduce((total, { kind, amount }) => (kinds.includes(kind) ? total + amount : total), 0n);

/** What every account must say at any moment. */
export function checkBooks({ books }: Store): void {
  let total = 0n;
  for (const [account, balance] of books.balances) {
    total += balance;
    hold(balance >= 0n || /^(external$|escrow:)/.test(account), "I2", () => `${account} stands at ${balance}`);
    hold(balance <= maximumCoins, "I12", () => `${account} stands at ${balance}`);
  }
  hold(total === 0n, "I1", () => `all accounts together stand at ${total}`);
}

/** The money of one call, as its row and as its transfers tell it. */
function checkMoney({ books }: Store, call: StoredCall, transfers: readonly Transfer[]): void {
  const { placed, captured, released, refunded, settledAt } = call;
  const held = books.balance(call.holdId);
  hold(
    placed === captured + released + held,
    "I3",
    () => `placed ${placed} ≠ ${captured} + ${released} + ${held} held`,
  );
  hold(placed === sum(transfers, "place"), "I3", () => `the row placed ${placed}, the ledger otherwise`);
  hold(captured === sum(transfers, "capture", "fee"), "I3", () => `the row captured ${captured}, the ledger otherwise`);
  hold(released === sum(transfers, "release"), "I3", () => `the row released ${released}, the ledger otherwise`);
  hold(refunded === sum(transfers, "refund"), "I3", () => `the row refunded ${refunded}, the ledger otherwise`);
  hold(settledAt === null || held === 0n, "I3", () => `settled, and ${held} stand in the call's account`);
  hold(refunded <= captured, "I9", () => `refunds of ${refunded} for ${captured}`);
  const names = new Set(transfers.map(({ name }) => name));
  hold(names.size === transfers.length, "I7", () => "two transfers of one name");
  if (settledAt === null) return;
  hold(call.charged === captured - refunded, "I9", () => `charged ${call.charged} of ${captured} - ${refunded}`);
  const net = (kind: string, party: (transfer: Transfer) => boolean) =>
    transfers.reduce((total, one) => (one.kind === kind && party(one) ? total + one.amount : total), 0n);
  const isShared = (account: string) => account === "platform" || account.endsWith(":platform");
  const platform =
    net("fee", () => true) + net("capture", ({ to }) => isShared(to)) - net("refund", ({ from }) => isShared(from));
  if (call.payeeId === null || refunded > 0n) return;
  const share = (call.charged * BigInt(call.terms.split.platformBasisPoints)) / 10_000n;
  hold(platform === share, "I9", () => `the platform has ${platform} of ${call.charged}, not ${share}`);
}

/** Who is overtaken at a deadline looks again so much later. */
const RETRY_MS = 1000;

/** Where nothing keeps the servers from looking a call is settled when it is due, and not at some later occasion: until then its coins are held. */
export function checkPrompt({ acts, dueFates, lagMs }: Script, writes: readonly HistoryWrite[]): void {
  const isKept = ({ does, fate }: Act) =>
    fate !== undefined || does.kind === "pause" || does.kind === "clock" || does.kind === "outage";
  if (acts.some(isKept) || Object.keys(dueFates).length > 0) return;
  const settling = writes.find(({ settledAt }) => settledAt !== null);
  if (settling === undefined || settling.evidence.length > 0) return;
  const lateMs = settling.at - (settling.settledAt ?? 0);
  hold(lateMs <= lagMs + RETRY_MS, "I11", () => `it was settled ${lateMs} ms after it was due`);
}

function checkTimes(call: StoredCall, { at, lastAt }: Look): void {
  const { requestedAt, startedAt, endedAt, status, deadlineAt, settledAt, billableSeconds } = call;
  hold(startedAt === null || startedAt >= requestedAt, "I5", () => "it started before it was requested");
  if (startedAt !== null && endedAt !== null) hold(endedAt >= startedAt, "I5", () => "it ended before it started");
  const talkedMs = startedAt === null ? 0 : (endedAt ?? Math.max(at, lastAt, startedAt)) - startedAt;
  hold(billableSeconds * 1000 <= talkedMs, "I5", () => `${billableSeconds} s are billed of ${talkedMs} ms`);
  const isLive = settledAt === null;
  // An end that may still become another one is told to nobody.
  const isTold = endedAt !== null || call.endReason !== null || call.endedBy !== null;
  hold(!isLive || !isTold, "I10", () => `${status}, and an end at ${endedAt} is told`);
  hold(!isLive || deadlineAt !== null, "I11", () => `${status} without a deadline`);
  hold(isLive || deadlineAt === null, "I11", () => "settled, and still to be woken");
  hold(deadlineAt === null || deadlineAt > at, "I8", () => `it wants to wake at ${deadlineAt}, looked at at ${at}`);
}

/** When a call was looked at, and the instant of the last event in its log. */
interface Look {
  at: number;
  lastAt: number;
}

/** After a write. `transfers` are all of the call so far. */
export function checkWrite(
  store: Store,
  before: StoredCall | null,
  after: StoredCall,
  transfers: readonly Transfer[],
  look: Look,
): void {
  const from = before?.status ?? null;
  const isArrow = from === null || from === after.status || arrows[from]?.includes(after.status) === true;
  hold(isArrow, "I10", () => `from ${from} to ${after.status}`);
  if (before !== null && before.settledAt !== null) {
    hold(after.captured === before.captured, "I10", () => "captured again after it was settled");
    hold(after.charged <= before.charged, "I10", () => `charged ${after.charged} after ${before.charged} was told`);
  }
  const isFirstCapture = after.captured > 0n && (before?.captured ?? 0n) === 0n;
  hold(!isFirstCapture || after.startedAt !== null, "I5", () => `${after.captured} captured, and it never started`);
  if (before?.startedAt != null && after.status !== "cancelled") {
    hold(after.startedAt !== null || after.endedAt !== null, "I10", () => "a start that was told is gone");
  }
  checkMoney(store, after, transfers);
  checkTimes(after, look);
  checkBooks(store);
}

/** I8: planned once more at the instant of its last write, with the wallets as they are, nothing moves. */
export function checkRest(store: Store, callId: string, at: number): void {
  const call = store.read(callId) as StoredCall;
  const available = Object.fromEntries(
    peopleOf(call).map((userId) => [userId, store.books.balance(`wallet:${userId}`)]),
  );
  const { decision } = decide(call, call, { now: at, evidence: [], available, breaks: store.priorBreaks(call) });
  const moved = decision?.transfers.map(({ name, amount }) => `${name}=${amount}`) ?? [];
  hold(moved.length === 0, "I8", () => `looked at again, it moves ${moved.join(", ")}`);
}

/** I6: a call that is settled says the same whenever somebody looks at it, soon after its last write or days later. */
export function checkLateLook(store: Store, callId: string, soon: number, late: number): void {
  const call = store.read(callId) as StoredCall;
  const available = Object.fromEntries(
    peopleOf(call).map((userId) => [userId, store.books.balance(`wallet:${userId}`)]),
  );
  const breaks = store.priorBreaks(call);
  const [first, second] = [soon, late].map((now) => {
    const { call: looked, decision } = decide(call, call, { now, evidence: [], available, breaks });
    // A refund that waited for a payee's coins may be due by now: then it is so at any instant.
    const moves = decision?.transfers.map(({ name, amount }) => `${name}=${amount}`) ?? [];
    const { startedAt, endedAt, endReason, endedBy, billableSeconds, billedSeconds, policyBreaks } = looked;
    return [startedAt, endedAt, endReason, endedBy, billableSeconds, billedSeconds, ...policyBreaks, ...moves].join(
      " ",
    );
  });
  hold(first === second, "I6", () => `looked at later it says ${second}, and said ${first}`);
}

/** I6 and I7 at the end: the log in any order, and all of it a second time, says the same and changes nothing. */
export function checkLog(store: Store, callId: string, at: number, random: Random): void {
  const call = store.read(callId) as StoredCall;
  const shuffled = random.shuffle(call.events);
  const breaks = store.priorBreaks(call);
  const look = (evidence: CallEvent[]) => decide(call, call, { now: at, evidence, available: null, breaks }).decision;
  // A refund that waited for a payee's coins may be due by now: that is no news of the log's.
  const [plain, repeated] = [tellNews(look([])), tellNews(look(shuffled))];
  hold(plain === repeated, "I7", () => `its whole log once more is news: ${repeated}`);
  const input = { facts: factsOf(call), asOf: at, placed: { [call.payerId]: call.placed } };
  const doubled = [...shuffled, ...random.shuffle(call.events).slice(0, 3)];
  const [one, other] = [chargeCall({ ...input, events: call.events }), chargeCall({ ...input, events: doubled })];
  const say = ({ state, payers }: typeof one) =>
    JSON.stringify([
      state.status,
      state.startedAt,
      state.endedAt,
      state.endReason,
      payers.map(({ total, billableSeconds }) => [String(total), billableSeconds]),
    ]);
  hold(say(one) === say(other), "I6", () => `${say(one)} in one order, ${say(other)} in another`);
}

function tellNews(decision: { events: CallEvent[]; grown: CallEvent[]; transfers: Transfer[] } | null): string {
  const { events = [], grown = [], transfers = [] } = decision ?? {};
  return [...events, ...grown]
    .map(({ id }) => id)
    .concat(transfers.map(({ name }) => name))
    .join(", ");
}

/** I11 at the end: whatever happened, the call is over and holds nothing. */
export function checkOver(store: Store, call: StoredCall): void {
  hold(call.settledAt !== null, "I11", () => `still ${call.status} long after everything`);
  const held = store.books.balance(call.holdId);
  hold(held === 0n, "I11", () => `an orphaned hold of ${held}`);
}
