// Plans a call: where its money should stand now, and when to look again.
import { type Money, noMoney, type PlannedTransfer } from "./account.ts";
import { type CallFacts, type CallState, type CallStatus, isFinal } from "./call.ts";
import { type Charge, chargeCall, type PayerCharge } from "./charge.ts";
import { priceOfSeconds } from "./cover.ts";
import { isEscrow } from "./deposit.ts";
import type { CallEvent } from "./event.ts";
import { planExtension, planFirstHold } from "./funding.ts";
import { planPolicies } from "./policies/transfers.ts";
import { planSettling } from "./settling.ts";

/** In a pause the money is looked at so often at most. Terms extend a hold sooner than that before it is used up (`readTerms`). */
const pausedLookMs = 10_000;

/** What a plan is made from. */
export type PlanInput = {
  facts: CallFacts;
  events: readonly CallEvent[];
  asOf: number;
  /** What the ledger shows, by payer; a payer who is not named has nothing posted. */
  money: readonly Money[];
  /** Coins in the wallets, by user; null when unknown: enough is assumed, and the ledger refuses. */
  available: Readonly<Record<string, bigint>> | null;
  /** Names of the policies' transfers that the ledger holds: penalties, bonuses, and the refunds of penalties. */
  penaltiesPosted: readonly string[];
  /** What the posted penalties really took, by name. One that is not named, or was given back, is not refunded. */
  penaltyCoins?: Readonly<Record<string, bigint>>;
  /** How often each user broke the call's policies before; absent means never. */
  priorCount?: Readonly<Record<string, number>>;
};

/** Where the money should go now, and when to look again. */
export type Plan = {
  charge: Charge;
  /** What the log says now. It may be final before the call is settled, and then become something else again. */
  state: CallState;
  /** The status to show and to keep: a final one only when the call is settled. */
  status: CallStatus;
  /** In the order in which they are posted. Empty when the ledger already shows the plan. */
  transfers: PlannedTransfer[];
  /** Whether the call is over for good and, with these transfers posted, its call accounts are empty. */
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

/** A payer's money as the ledger shows it, and the first hold when the call opens now. */
type Shown = { posted: Money; hold: PlannedTransfer | null; suffix: string };

/**
 * The difference between where the money of a call should stand at `asOf` and where the ledger shows it.
 *
 * Planned again on a ledger that holds its transfers, a plan is empty: so a duplicate, a race or a crash posts nothing
 * twice (I7, I8). When the call opens the first hold is placed, while it runs it is extended, at the end it is captured and
 * released; evidence that comes after that can only give back. A call of which webhooks tell is settled some time after the
 * last of them (`settlementDelaySeconds`): until then nothing is told and nothing moves, so that their order plays no part.
 *
 * A call that is paid from an escrow opens with no transfer: its deposit is placed when the chain shows it, and never extended.
 */
export function planCall(input: PlanInput): Plan {
  const { facts, events, asOf } = input;
  const shown = showMoney(input);
  const placed: Record<string, bigint> = {};
  for (const { posted, hold } of shown) placed[posted.payerId] = posted.placed + (hold?.amount ?? 0n);
  const priorCount = input.priorCount === undefined ? {} : { priorCount: input.priorCount };
  const charge = chargeCall({ facts, events, asOf, placed, ...priorCount });
  const { state } = charge;
  const isOver = isFinal(state.status);
  const settlesAt = isOver ? settlementAt(facts, events, state) : Number.POSITIVE_INFINITY;
  const settled = asOf >= settlesAt;
  const plan: Plan = {
    charge,
    state,
    status: isOver && !settled ? statusBefore(input, state) : state.status,
    transfers: [],
    settled,
    wakeAt: isOver && !settled ? settlesAt : state.wakeAt,
    lowBalance: false,
    fundedUntil: null,
    estimatedCoins: estimateOf(facts, charge.payers.length),
  };
  for (let i = 0; i < charge.payers.length; i++) {
    const payer = charge.payers[i] as PayerCharge;
    const { posted, hold, suffix } = shown[i] as Shown;
    let money = posted;
    // A call that opens when it is over, and that never started, needs no hold. A deposit stands on the chain whatever we think.
    if (hold !== null && (!settled || state.startedAt !== null || isEscrow(facts.terms))) {
      plan.transfers.push(hold);
      money = { ...posted, placed: posted.placed + hold.amount, placements: 1 };
    }
    if (settled) settlePayer(plan, input, payer, money, suffix);
    else if (state.status === "active") extendPayer(plan, input, payer, money, suffix);
    else if (isOver) noteFundedUntil(plan, payer.fundedUntil);
  }
  if (settled && facts.terms.policies.length > 0) {
    plan.transfers.push(...planPolicies(input, charge, (userId) => availableTo(input, userId)));
  }
  return plan;
}

/** The payers' money in the order of the parties, which is that of the charge. */
function showMoney({ facts, events, asOf, money }: PlanInput): Shown[] {
  const shown: Shown[] = [];
  let payers = 0;
  for (const { role } of facts.parties) if (role === "payer") payers++;
  for (const { userId, role } of facts.parties) {
    if (role !== "payer") continue;
    const suffix = payers > 1 ? `:${userId}` : "";
    const posted = money.find(({ payerId }) => payerId === userId) ?? noMoney(userId);
    shown.push({ posted, hold: planFirstHold(facts, events, asOf, posted, suffix), suffix });
  }
  return shown;
}

/**
 * The instant from which a call that is over may be settled: when its end is known. Webhooks come late and in any order, so that a
 * call of which they tell waits for more; not so when a command ended it, or the money or the time ran out, because then everything
 * was told to the people at once.
 */
function settlementAt(facts: CallFacts, events: readonly CallEvent[], state: CallState): number {
  const delayMs = facts.terms.limits.settlementDelaySeconds * 1000;
  const atOnce = Number.NEGATIVE_INFINITY;
  if (facts.decided !== null) return atOnce;
  const knownAt = state.endKnownAt ?? atOnce;
  if (delayMs === 0 || state.endReason === "out_of_funds" || state.endReason === "time_limit") return knownAt;
  let lastAt = atOnce;
  for (const { id, source, receivedAt } of events) {
    if (source === "command" && id === state.endEvidenceId) return knownAt;
    if (source === "webhook" && receivedAt > lastAt) lastAt = receivedAt;
  }
  return Math.max(knownAt, lastAt + delayMs);
}

/** The status of a call whose end is not settled yet. */
function statusBefore({ facts, events, asOf }: PlanInput, state: CallState): CallStatus {
  if (state.startedAt !== null || (facts.started ?? null) !== null) return "active";
  const isAccepted = events.some(
    ({ type, source, occurredAt }) => type === "call.accepted" && source !== "hint" && occurredAt <= asOf,
  );
  return isAccepted ? "accepted" : "pending";
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
  noteFundedUntil(plan, payer.fundedUntil);
}

function extendPayer(plan: Plan, input: PlanInput, payer: PayerCharge, money: Money, suffix: string): void {
  const { facts, asOf } = input;
  const available = availableTo(input, payer.payerId);
  const extension = planExtension(facts, plan.state, payer, money, available, asOf, suffix);
  const { transfer, fundedUntil, runsOut } = extension;
  if (transfer !== null) plan.transfers.push(transfer);
  noteFundedUntil(plan, fundedUntil);
  if (fundedUntil === null || !runsOut) return;
  const { funding, limits } = facts.terms;
  const warnAt = fundedUntil - limits.lowBalanceWarningSeconds * 1000;
  if (asOf >= warnAt) plan.lowBalance = true;
  // While the meter stands these instants go along with the clock: who woke at each of them would not get on.
  const soonest = isRunning(facts, plan.state, payer, asOf) ? asOf : asOf + pausedLookMs;
  const wakeFor = (at: number) => at > asOf && wake(plan, asOf, Math.max(at, soonest));
  if ("extendBeforeSeconds" in funding) wakeFor(fundedUntil - funding.extendBeforeSeconds * 1000);
  wakeFor(warnAt);
  wakeFor(fundedUntil);
}

/** Whether the payer's meter runs on from `asOf`: it ran until then, or nobody is away, and a deposit is there where one is needed. */
function isRunning({ terms }: CallFacts, state: CallState, { usage }: PayerCharge, asOf: number): boolean {
  if (usage.intervals.at(-1)?.to === asOf) return true;
  return state.interruptedSince === null && (!isEscrow(terms) || state.fundedAt !== null);
}

function noteFundedUntil(plan: Plan, fundedUntil: number | null): void {
  if (fundedUntil !== null) plan.fundedUntil = Math.min(plan.fundedUntil ?? fundedUntil, fundedUntil);
}

function wake(plan: Plan, asOf: number, at: number): void {
  if (at > asOf && (plan.wakeAt === null || at < plan.wakeAt)) plan.wakeAt = at;
}

/** The coins in a user's wallet: null when no wallet is known, zero when this one is not among those known. */
function availableTo({ available }: PlanInput, userId: string): bigint | null {
  return available === null ? null : (available[userId] ?? 0n);
}
