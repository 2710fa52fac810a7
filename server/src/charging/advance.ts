// One call, advanced to an instant: every deadline on the way at its own moment, then now. Pure: it reads and writes nothing.
import {
  type CallEvent,
  isEscrow,
  maximumCoins,
  mergeEvents,
  type Plan,
  type PlannedTransfer,
  planCall,
} from "@fairminute/core";
import { claimOf, EXTERNAL, escrowOf, ownerOf, PLATFORM, walletOf } from "../ledger/accounts.ts";
import type { Transfer } from "../ledger/transfers.ts";
import { markPenalty, markReversal, postedPenalties } from "./penalties.ts";
import { countBreaks, type PriorBreak } from "./prior-breaks.ts";
import { factsOf, isOpenRoom, moneyOf, type StoredCall } from "./stored.ts";

/** What wallets of the call's people are known to have, in coins; null: unknown, so the ledger will tell. */
export type Available = Record<string, bigint> | null;

/**
 * What the ledger said when it refused: one wallet is known now. The other side's is still assumed to have enough, and the ledger
 * says so too if it has not.
 * @param refused the account that was short, and what it had
 */
export function learnAvailable(
  known: Available,
  call: StoredCall,
  refused: { account: string | null; available: bigint | null },
): Available {
  const owner = ownerOf(refused.account ?? "");
  if (owner === null) return known;
  const assumed: Record<string, bigint> = known ?? { [call.payerId]: maximumCoins };
  if (known === null && call.payeeId !== null) assumed[call.payeeId] = maximumCoins;
  return { ...assumed, [owner]: refused.available ?? 0n };
}

export interface Advanced {
  call: StoredCall;
  /** Evidence that is new or has grown. */
  events: CallEvent[];
  transfers: Transfer[];
  /** The connection news among the events, and whether the payer must be warned now. */
  lowBalance: boolean;
}

/** Looks at the call as it stands and says which evidence a command adds, at the instant given; throws to refuse. */
export type Decide = (call: StoredCall, at: number) => CallEvent[];

/** A wake-up must always lie ahead; a loop of so many means the rules contradict themselves. */
const MAX_STEPS = 100_000;

function accountOf(call: StoredCall, ref: PlannedTransfer["from"]): string {
  switch (ref.kind) {
    case "wallet":
      return walletOf(ref.userId);
    case "call":
      return call.holdId;
    case "platform":
      return PLATFORM;
    case "external":
      return EXTERNAL;
    case "escrow":
      return escrowOf(call.terms.currency);
    case "claim":
      return claimOf(call.terms.currency, ref.userId);
  }
}

function post(call: StoredCall, planned: PlannedTransfer, { charge }: Plan, at: number): Transfer {
  const { name, kind, amount } = planned;
  const sides = { from: accountOf(call, planned.from), to: accountOf(call, planned.to) };
  const reversed = kind === "refund" ? markReversal(call.penalties, name, at) : null;
  if (reversed !== null) {
    // It gives back a penalty, and is no part of what the call was charged.
    call.penalties = reversed;
    return { subject: call.id, name, kind: "adjustment", ...sides, amount };
  }
  switch (kind) {
    case "place":
      call.placed += amount;
      call.placements += 1;
      break;
    case "capture":
    case "fee":
      call.captured += amount;
      break;
    case "release":
      call.released += amount;
      break;
    case "refund":
      call.refunded += amount;
      call.refunds += 1;
      break;
    case "penalty":
      for (const penalty of charge.penalties) {
        if (name === `penalty:${penalty.userId}:${penalty.policy}`)
          call.penalties = [...call.penalties, markPenalty(name, penalty, amount)];
      }
      break;
  }
  return { subject: call.id, name, kind, ...sides, amount, currency: call.terms.currency };
}

/** Takes over what the plan says of the call. */
function follow(call: StoredCall, plan: Plan, at: number): void {
  const { state, charge } = plan;
  // What the escrow owes was signed with the settlement: the seconds that stand there are those.
  if (call.settledAt !== null && isEscrow(call.terms)) return;
  const payer = charge.payers[0];
  // An end that may still become another one is not told: the call is interrupted since then, until it is settled.
  const isOpenEnd = state.endedAt !== null && !plan.settled;
  call.status = plan.status;
  call.acceptedAt = state.acceptedAt;
  call.startedAt = state.startedAt;
  call.endedAt = isOpenEnd ? null : state.endedAt;
  call.endReason = isOpenEnd ? null : state.endReason;
  call.endedBy = isOpenEnd ? null : state.endedBy;
  call.cancelledBy = isOpenEnd ? null : state.cancelledBy;
  call.cancellationReason = isOpenEnd ? null : state.cancellationReason;
  call.durationSource = state.durationSource;
  call.billableSeconds = payer?.billableSeconds ?? 0;
  call.billedSeconds = payer?.billedSeconds ?? 0;
  call.fundedUntil = plan.fundedUntil;
  call.interruptedSince = isOpenEnd && plan.status === "active" ? state.endedAt : state.interruptedSince;
  call.interruptedUserIds = state.interruptedUserIds;
  call.deadlineAt = plan.wakeAt;
  if (plan.settled) {
    call.settledAt ??= at;
    call.charged = call.captured - call.refunded;
    call.policyBreaks = charge.policyDecisions.flatMap(({ policy, userId, broken }) =>
      broken && userId !== null ? [`${policy}:${userId}`] : [],
    );
  }
}

/** What is known besides the call: its people's wallets, and which policies they broke in other calls. */
interface Known {
  available: Available;
  breaks: readonly PriorBreak[];
}

/** A plan. Only the end says which breaks came before: so where there are some, an ended call is planned once more with them. */
function planStep(call: StoredCall, at: number, { available, breaks }: Known): Plan {
  const input = {
    facts: factsOf(call),
    events: call.events,
    asOf: at,
    money: moneyOf(call),
    available,
    ...postedPenalties(call.penalties),
  };
  const first = planCall(input);
  const { endedAt } = first.state;
  if (breaks.length === 0 || !first.settled || endedAt === null) return first;
  return planCall({ ...input, priorCount: countBreaks(call, breaks, endedAt) });
}

/** Plans the call as of `at` and takes the plan over. Mutates `call`. */
function step(call: StoredCall, at: number, known: Known, transfers: Transfer[]): boolean {
  const { available } = known;
  const plan = planStep(call, at, known);
  for (const planned of plan.transfers) {
    transfers.push(post(call, planned, plan, at));
    if (available !== null && planned.from.kind === "wallet") {
      const left = available[planned.from.userId];
      if (left !== undefined) available[planned.from.userId] = left - planned.amount;
    }
  }
  if (call.version === 0) call.estimatedCoins = plan.estimatedCoins;
  follow(call, plan, at);
  return plan.lowBalance;
}

/**
 * Carries out every deadline before `now` at its own moment: after an outage the call stands where it would have stood
 * without one. (The fold does not look at evidence that had not happened yet at that moment.)
 */
export function catchUp(call: StoredCall, now: number, known: Known, transfers: Transfer[]): boolean {
  let lowBalance = false;
  for (let steps = 0; call.deadlineAt !== null && call.deadlineAt < now; steps += 1) {
    const at = call.deadlineAt;
    if (steps > MAX_STEPS) throw new Error(`I8: call ${call.id} does not get past its deadline ${at}`);
    lowBalance = step(call, at, known, transfers) || lowBalance;
    if (call.deadlineAt !== null && call.deadlineAt <= at) {
      throw new Error(`I8: call ${call.id} wants to wake at ${call.deadlineAt}, which is not after ${at}`);
    }
  }
  return lowBalance;
}

/** Whoever the evidence names takes part in a room without sides. Sorted, so that the order of arrival leaves no trace (I6). */
function meetAttendees(call: StoredCall, events: readonly CallEvent[]): void {
  const named = events.flatMap(({ type, userId }) =>
    userId !== null && type.startsWith("participant.") ? [userId] : [],
  );
  if (named.every((userId) => call.attendeeIds.includes(userId))) return;
  call.attendeeIds = [...new Set([...call.attendeeIds, ...named])].sort();
}

/**
 * What comes in the wrong order may tell that a call had begun before the evidence by which it was found. Its money is then extended
 * from there on, each time at its own moment, as if all had come in order.
 */
function lookAgainFrom(call: StoredCall, events: readonly CallEvent[]): void {
  if (call.deadlineAt === null) return;
  let earliest = call.requestedAt;
  for (const { occurredAt } of events) if (occurredAt < earliest) earliest = occurredAt;
  if (earliest === call.requestedAt) return;
  const isFound = call.events.some(({ type, reason }) => type === "call.accepted" && reason === "adopted");
  if (isFound) call.deadlineAt = Math.min(call.deadlineAt, earliest);
}

/**
 * Folds, plans and applies.
 * @param stored what the database has; not changed
 * @param input.decide a command, asked once every deadline before now is carried out
 * @returns the call as it should be written, with what has to move. The version is raised by the writer.
 */
export function advance(
  stored: StoredCall,
  input: {
    now: number;
    evidence: CallEvent[];
    available: Available;
    /** What the call's people broke in other calls; needed only where its terms count repeats. */
    breaks?: readonly PriorBreak[] | undefined;
    decide?: Decide | undefined;
  },
): Advanced {
  const call: StoredCall = { ...stored };
  const known = { available: input.available === null ? null : { ...input.available }, breaks: input.breaks ?? [] };
  const transfers: Transfer[] = [];
  const tolerance = { seenToleranceMs: call.terms.limits.heartbeatTimeoutSeconds * 1000 };
  const merged = mergeEvents(call.events, input.evidence, tolerance);
  call.events = merged.log;
  const events = merged.changed;
  if (isOpenRoom(call)) meetAttendees(call, events);
  lookAgainFrom(call, events);
  // A call that is found by its evidence opens where that begins: its hold is placed before anything of it counts.
  if (call.version === 0 && call.requestedAt < input.now) step(call, call.requestedAt - 1, known, transfers);
  // Servers' clocks differ. What another one has written or told is known, so that no look is earlier than it: nothing goes back.
  const now = Math.max(input.now, call.events.at(-1)?.occurredAt ?? 0, call.settledAt ?? 0);
  let lowBalance = catchUp(call, now, known, transfers);
  let at = now;
  if (input.decide !== undefined) {
    // A command answers what its giver saw, so it comes after everything in the log, even within one millisecond.
    at = Math.max(at, (call.events.at(-1)?.occurredAt ?? 0) + 1);
    const decided = mergeEvents(call.events, input.decide(call, at), tolerance);
    call.events = decided.log;
    events.push(...decided.changed);
    if (decided.changed.length === 0) at = now;
  }
  lowBalance = step(call, at, known, transfers) || lowBalance;
  return { call, events, transfers, lowBalance };
}
