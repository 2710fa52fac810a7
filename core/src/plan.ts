// Plans a call: where its money should stand now, and when to look again.
import { type Money, noMoney, type PlannedTransfer } from "./account.ts";
import { type CallFacts, type CallState, isFinal } from "./call.ts";
import { type Charge, chargeCall, type PayerCharge } from "./charge.ts";
import { priceOfSeconds } from "./cover.ts";
import type { CallEvent } from "./event.ts";
import { planExtension, planFirstHold } from "./funding.ts";
import { penaltyName, planPenalty, planSettling } from "./settling.ts";

/** What a plan is made from. */
export type PlanInput = {
  facts: CallFacts;
  events: readonly CallEvent[];
  asOf: number;
  /** What the ledger shows, by payer; a payer who is not named has nothing posted. */
  money: readonly Money[];
  /** Coins in the wallets, by user; null when unknown: enough is assumed, and the ledger refuses. */
  available: Readonly<Record<string, bigint>> | null;
  /** Names of the penalty transfers that the ledger holds. */
  penaltiesPosted: readonly string[];
  /** How often each user broke the call's policies before; absent means never. */
  priorCount?: Readonly<Record<string, number>>;
};

/** Where the money should go now, and when to look again. */
export type Plan = {
  charge: Charge;
  state: CallState;
  /** In the order in which they are posted. Empty when the ledger already shows the plan. */
  transfers: PlannedTransfer[];
  /** Whether the call is over and, with these transfers posted, its call accounts are empty. */
  settled: boolean;
  /** The next instant at which a plan may differ, always after `asOf`; null once settled. */
  wakeAt: number | null;
  /** Active, within the warning time of the end of the money, and no more of it can be placed. */
  lowBalance: boolean;
  /** The first instant at which a payer's money is used up, with these transfers posted. */
  fundedUntil: number | null;
  /** The coins that the estimate would cost, all payers together. */
  estimatedCoins: bigint;
};

/**
 * The difference between where the money of a call should stand at `asOf` and where the ledger shows it.
 *
 * Planned again on a ledger that holds its transfers, a plan is empty: so a duplicate, a race or a crash posts nothing
 * twice (I7, I8). Before the start the first hold is placed, while the call runs it is extended, at the end it is
 * captured and released; evidence that comes after that can only give back.
 */
export function planCall(input: PlanInput): Plan {
  const { facts, events, asOf, money } = input;
  const placed: Record<string, bigint> = {};
  for (const { payerId, placed: amount } of money) placed[payerId] = amount;
  const priorCount = input.priorCount === undefined ? {} : { priorCount: input.priorCount };
  const charge = chargeCall({ facts, events, asOf, placed, ...priorCount });
  const { state } = charge;
  const plan: Plan = {
    charge,
    state,
    transfers: [],
    settled: isFinal(state.status),
    wakeAt: state.wakeAt,
    lowBalance: false,
    fundedUntil: null,
    estimatedCoins: estimateOf(facts, charge.payers.length),
  };
  const severalPayers = charge.payers.length > 1;
  for (const payer of charge.payers) {
    const suffix = severalPayers ? `:${payer.payerId}` : "";
    const shown = money.find(({ payerId }) => payerId === payer.payerId) ?? noMoney(payer.payerId);
    if (plan.settled) settlePayer(plan, input, payer, shown, suffix);
    else fundPayer(plan, input, payer, shown, suffix);
  }
  if (plan.settled) planPenalties(plan, input);
  return plan;
}

function estimateOf(facts: CallFacts, payers: number): bigint {
  const { terms, estimatedSeconds, requestedAt } = facts;
  if (terms.funding.kind === "none" || terms.billable === "none") return 0n;
  return priceOfSeconds(terms.tariff, estimatedSeconds, requestedAt) * BigInt(payers);
}

function settlePayer(plan: Plan, input: PlanInput, payer: PayerCharge, money: Money, suffix: string): void {
  const payeeId = input.facts.parties.find(({ role }) => role === "payee")?.userId ?? null;
  const payeeAvailable = payeeId === null ? null : availableTo(input, payeeId);
  const { terms } = input.facts;
  plan.transfers.push(...planSettling({ terms, money, total: payer.total, payeeId, payeeAvailable, suffix }));
  if (payer.fundedUntil !== null) plan.fundedUntil = Math.min(plan.fundedUntil ?? payer.fundedUntil, payer.fundedUntil);
}

function fundPayer(plan: Plan, input: PlanInput, payer: PayerCharge, money: Money, suffix: string): void {
  const { facts, asOf } = input;
  const available = availableTo(input, payer.payerId);
  const { transfer, fundedUntil, runsOut } =
    plan.state.status === "active"
      ? planExtension(facts, plan.state, payer, money, available, asOf, suffix)
      : planFirstHold(facts, money, suffix);
  if (transfer !== null) plan.transfers.push(transfer);
  if (fundedUntil === null) return;
  plan.fundedUntil = Math.min(plan.fundedUntil ?? fundedUntil, fundedUntil);
  if (!runsOut) return;
  const { funding, limits } = facts.terms;
  const warnAt = fundedUntil - limits.lowBalanceWarningSeconds * 1000;
  if (asOf >= warnAt) plan.lowBalance = true;
  if ("extendBeforeSeconds" in funding) wake(plan, asOf, fundedUntil - funding.extendBeforeSeconds * 1000);
  wake(plan, asOf, warnAt);
  wake(plan, asOf, fundedUntil);
}

function wake(plan: Plan, asOf: number, at: number): void {
  if (at > asOf && (plan.wakeAt === null || at < plan.wakeAt)) plan.wakeAt = at;
}

function planPenalties(plan: Plan, input: PlanInput): void {
  for (const penalty of plan.charge.penalties) {
    if (input.penaltiesPosted.includes(penaltyName(penalty))) continue;
    const transfer = planPenalty(penalty, availableTo(input, penalty.userId));
    if (transfer !== null) plan.transfers.push(transfer);
  }
}

/** The coins in a user's wallet: null when no wallet is known, zero when this one is not among those known. */
function availableTo({ available }: PlanInput, userId: string): bigint | null {
  return available === null ? null : (available[userId] ?? 0n);
}
