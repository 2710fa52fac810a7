// The face of the oracle: the bill that a history should have ended with, and where the hall's bill is another one.
import type { CallStatus, EndReason } from "@fairminute/core";
import type { CallHistory } from "../history.ts";
import { splitOf } from "./bill.ts";
import { checkHolds } from "./holds.ts";
import { factsOf, policyKey, type Replay, replay } from "./replay.ts";

/** What one payer should have paid, and of what it is made. */
export type ExpectedPayer = {
  payerId: string;
  billableSeconds: number;
  billedSeconds: number;
  connectFee: bigint;
  usage: bigint;
  minimum: bigint;
  /** What it comes to by all that is known now. */
  total: bigint;
  /** What was to be paid, all in all: what was settled, less what was found later to be too much. */
  charged: bigint;
  /** Who gets it: together `charged`. */
  payee: bigint;
  platform: bigint;
};

export type ExpectedBill = {
  status: CallStatus;
  startedAt: number | null;
  endedAt: number | null;
  endReason: EndReason | null;
  endedBy: string | null;
  settledAt: number | null;
  payers: ExpectedPayer[];
  /** By the rule; a wallet may have had less. `isReversed`: it turned out that the rule was not broken. */
  penalties: { policy: string; userId: string; amount: bigint; isReversed: boolean }[];
  bonuses: { policy: string; userId: string; amount: bigint }[];
};

/** The bill of a history by the written rules alone. */
export function expectedBill(history: CallHistory): ExpectedBill {
  return billOf(history, replay(history));
}

function billOf(
  history: CallHistory,
  { verdict, bills, settledAt, owed, consequences, reversed }: Replay,
): ExpectedBill {
  const facts = factsOf(history);
  const isTold = settledAt !== null;
  // An end that may still become another one is told to nobody.
  const isOpenEnd = verdict.endedAt !== null && !isTold;
  return {
    status: isOpenEnd ? statusBefore(verdict) : verdict.status,
    startedAt: verdict.startedAt,
    endedAt: isOpenEnd ? null : verdict.endedAt,
    endReason: isOpenEnd ? null : verdict.endReason,
    endedBy: isOpenEnd ? null : verdict.endedBy,
    settledAt,
    payers: bills.map(({ payerId, billableSeconds, billedSeconds, connectFee, usage, minimum, total }) => {
      const charged = owed.get(payerId) ?? 0n;
      const parts = { connectFee, usage, minimum, total };
      return { payerId, billableSeconds, billedSeconds, ...parts, charged, ...splitOf(facts, charged) };
    }),
    penalties: consequences.penalties.map((penalty) => ({ ...penalty, isReversed: reversed.has(policyKey(penalty)) })),
    bonuses: consequences.bonuses,
  };
}

function statusBefore({ startedAt, acceptance }: Replay["verdict"]): CallStatus {
  if (startedAt !== null) return "active";
  return acceptance === null ? "pending" : "accepted";
}

/** The balances that a wallet may have had at one of the instants. */
function balancesAt({ balances }: CallHistory, userId: string, instants: readonly number[]): bigint[] {
  const rows = balances.filter((row) => row.userId === userId);
  return instants.flatMap((on) => {
    const last = rows.filter((row) => row.on < on).at(-1);
    return [...(last === undefined ? [] : [last]), ...rows.filter((row) => row.on === on)].map(
      ({ balance }) => balance,
    );
  });
}

/** Where the hall's bill is not the expected one: one sentence each. */
export function findDisagreements(history: CallHistory): string[] {
  const past = replay(history);
  const expected = billOf(history, past);
  const { bill } = history;
  const found: string[] = [];
  const compare = (what: string, is: unknown, should: unknown) => {
    if (is !== should) found.push(`${what} is ${String(is)}, and should be ${String(should)}`);
  };
  // In a room who of several went first is not known when they go in one instant: so it is not asked, nor what it proves when.
  const isRoom = history.parties.every(({ role }) => role !== "payee");
  if (isRoom && expected.settledAt === null) return [];
  for (const key of ["status", "startedAt", "endedAt", "endReason"] as const) compare(key, bill[key], expected[key]);
  if (!isRoom) compare("endedBy", bill.endedBy, expected.endedBy);
  if (!isRoom) found.push(...compareSettlement(history, expected));
  const payer = expected.payers[0];
  // A call that is still going on was last looked at whenever there was a reason to.
  if (
    payer !== undefined &&
    expected.settledAt !== null &&
    history.parties.filter(({ role }) => role === "payer").length === 1
  ) {
    compare("billableSeconds", bill.billableSeconds, payer.billableSeconds);
    compare("billedSeconds", bill.billedSeconds, payer.billedSeconds);
    found.push(...compareMoney(history, payer));
  }
  if (!isRoom) found.push(...comparePolicies(history, expected));
  found.push(...checkHolds(history, past));
  return found;
}

/** When it was told and paid: at its deadline, or when the evidence came by which it was over long before. */
function compareSettlement({ writes }: CallHistory, { settledAt: should }: ExpectedBill): string[] {
  const settling = writes.find(({ settledAt }) => settledAt !== null);
  const is = settling?.settledAt ?? null;
  const isLearnt = settling !== undefined && settling.evidence.length > 0 && is === settling.at;
  if (is === should || (isLearnt && should !== null && is >= should)) return [];
  return [`it was settled at ${is}, and should have been at ${should}`];
}

function compareMoney(history: CallHistory, expected: ExpectedPayer): string[] {
  const { bill, parties } = history;
  const says = (what: string, is: bigint, should: bigint) => `${what} is ${is}, and should be ${should}`;
  const split = splitOf(factsOf(history), bill.charged);
  const found: string[] = [];
  if (bill.payee !== split.payee) found.push(says("the payee's part", bill.payee, split.payee));
  if (bill.platform !== split.platform) found.push(says("the platform's part", bill.platform, split.platform));
  if (bill.charged === expected.charged) return found;
  // A payee who has spent it cannot give it back.
  const payeeId = parties.find(({ role }) => role === "payee")?.userId ?? "";
  const later = history.writes.filter(({ settledAt }) => settledAt !== null).map(({ on }) => on);
  const missing = split.payee - expected.payee;
  const isExcused = bill.charged > expected.charged && balancesAt(history, payeeId, later).some((had) => had < missing);
  if (!isExcused) found.push(says("charged", bill.charged, expected.charged));
  return found;
}

function comparePolicies(history: CallHistory, { penalties, bonuses }: ExpectedBill): string[] {
  const { bill } = history;
  const found: string[] = [];
  const ends = history.writes.filter(({ settledAt }) => settledAt !== null).map(({ on }) => on);
  for (const should of penalties) {
    const is = bill.penalties.find((taken) => policyKey(taken) === policyKey(should));
    const amount = is?.amount ?? 0n;
    const isShort =
      amount < should.amount && balancesAt(history, should.userId, ends).some((had) => had < should.amount);
    if (amount !== should.amount && !isShort)
      found.push(`${policyKey(should)} took ${amount}, and should take ${should.amount}`);
    if (is !== undefined && amount > 0n && is.isReversed !== should.isReversed) {
      found.push(`${policyKey(should)} ${should.isReversed ? "was not given back" : "was given back"}`);
    }
  }
  const wanted = new Set(penalties.map(policyKey));
  for (const taken of bill.penalties)
    if (!wanted.has(policyKey(taken))) found.push(`${policyKey(taken)} took ${taken.amount}`);
  const list = (rows: readonly { policy: string; userId: string; amount: bigint }[]) =>
    rows
      .map((row) => `${policyKey(row)}=${row.amount}`)
      .sort()
      .join(" ");
  if (list(bill.bonuses) !== list(bonuses))
    found.push(`bonuses are "${list(bill.bonuses)}", and should be "${list(bonuses)}"`);
  return found;
}
