// Plans the placing of money: the first hold, and its extension while a call runs.
import type { AccountRef, Money, PlannedTransfer } from "./account.ts";
import type { CallFacts, CallState } from "./call.ts";
import type { PayerCharge } from "./charge.ts";
import { coverSeconds, priceOfSeconds } from "./cover.ts";
import { foldDeposit, isEscrow } from "./deposit.ts";
import type { CallEvent } from "./event.ts";
import { incrementsOf, secondsOf } from "./increment.ts";

/** What is placed for one payer, and how far the money then reaches. */
export type FundingPlan = {
  transfer: PlannedTransfer | null;
  /** With the transfer posted; null before the start and when nothing limits the call. */
  fundedUntil: number | null;
  /** Whether the held money runs out before the call must end anyway. */
  runsOut: boolean;
};

/** The coins of the first hold: the price of the estimate, which is also the deposit in an escrow, or of one slice; or nothing. */
export function firstHold(facts: Pick<CallFacts, "terms" | "estimatedSeconds" | "requestedAt">): bigint {
  const { tariff, funding } = facts.terms;
  if (funding.kind === "estimate" || funding.kind === "escrow")
    return priceOfSeconds(tariff, facts.estimatedSeconds, facts.requestedAt);
  if (funding.kind !== "slices") return 0n;
  const seconds = tariff.freeSeconds + Math.max(funding.sliceSeconds, tariff.initialIncrementSeconds);
  return priceOfSeconds(tariff, seconds, facts.requestedAt);
}

/**
 * Plans the first hold of a call that opens: all of it, whatever the wallet holds, because no call is opened on a part of its
 * hold. Null when there is one already, or nothing to hold. `suffix` makes the names of several payers differ.
 *
 * A deposit in an escrow is placed once it was in force, also when the call is over by then: so the books say what the contract
 * holds, and whom it belongs to.
 */
export function planFirstHold(
  facts: CallFacts,
  events: readonly CallEvent[],
  asOf: number,
  money: Money,
  suffix: string,
): PlannedTransfer | null {
  if (money.placements > 0) return null;
  if (isEscrow(facts.terms)) {
    if (foldDeposit(events, asOf).length === 0) return null;
    return placeTransfer(money, firstHold(facts), suffix, { kind: "escrow" });
  }
  if (facts.decided !== null) return null;
  return placeTransfer(money, firstHold(facts), suffix);
}

/**
 * Plans the extension of an active call's hold. When the money reaches no further than `extendBeforeSeconds` from
 * `asOf`, and the call may go on longer than that, as many slices are placed as bring it further; with a wallet that
 * is known to hold less, as many whole increments as it pays.
 */
export function planExtension(
  facts: CallFacts,
  state: CallState,
  charge: PayerCharge,
  money: Money,
  available: bigint | null,
  asOf: number,
  suffix: string,
): FundingPlan {
  const { tariff, funding } = facts.terms;
  const { coverSeconds: cover, fundedUntil, usage } = charge;
  if (cover === null || fundedUntil === null) return { transfer: null, fundedUntil: null, runsOut: false };
  const limitAt =
    tariff.maximumDurationSeconds === null || state.startedAt === null
      ? Number.POSITIVE_INFINITY
      : state.startedAt + tariff.maximumDurationSeconds * 1000;
  const unchanged = { transfer: null, fundedUntil, runsOut: fundedUntil < limitAt };
  if (funding.kind !== "estimate" && funding.kind !== "slices") return unchanged;
  const leftMs = fundedUntil - asOf;
  const wantedMs = funding.extendBeforeSeconds * 1000;
  if (fundedUntil >= limitAt || leftMs > wantedMs) return unchanged;

  const sliceMs = funding.sliceSeconds * 1000;
  const slices = Math.floor((wantedMs - leftMs) / sliceMs) + 1;
  const gapSeconds = limitAt === Number.POSITIVE_INFINITY ? limitAt : Math.ceil((limitAt - fundedUntil) / 1000);
  const wanted = cover + Math.min(slices * funding.sliceSeconds, gapSeconds) - tariff.freeSeconds;
  let target = tariff.freeSeconds + secondsOf(tariff, incrementsOf(tariff, wanted, "up"));
  if (available !== null) {
    const affordable = coverSeconds(tariff, money.placed + available, asOf, usage.intervals);
    if (affordable !== null && affordable < target) target = affordable;
  }
  if (target <= cover) return unchanged;
  const amount = priceOfSeconds(tariff, target, asOf, usage.intervals) - money.placed;
  const extendedUntil = fundedUntil + (target - cover) * 1000;
  return {
    transfer: placeTransfer(money, amount, suffix),
    fundedUntil: extendedUntil,
    runsOut: extendedUntil < limitAt,
  };
}

function placeTransfer(
  money: Money,
  amount: bigint,
  suffix: string,
  from: AccountRef = { kind: "wallet", userId: money.payerId },
): PlannedTransfer | null {
  if (amount <= 0n) return null;
  return {
    name: `place.${money.placements + 1}${suffix}`,
    kind: "place",
    from,
    to: { kind: "call", payerId: money.payerId },
    amount,
  };
}
