// The sentences of a receipt, in plain English.
import type { CallFacts, CallState } from "./call.ts";
import { isEscrow } from "./deposit.ts";
import type { Line } from "./line.ts";
import type { Tariff } from "./tariff.ts";

/** Seconds as "1 h 2 min 3 s"; zero parts are left out. */
export function sayDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  const parts = [hours > 0 ? `${hours} h` : "", minutes > 0 ? `${minutes} min` : "", rest > 0 ? `${rest} s` : ""];
  return parts.filter((part) => part !== "").join(" ") || "0 s";
}

/** An amount with its currency: "1 coin", "180 coins", "180 TEST". A currency in capitals is a name, and has no plural. */
export function sayCoins(amount: bigint, currency: string): string {
  const isOne = amount === 1n || amount === -1n || currency === currency.toUpperCase();
  return `${amount} ${currency}${isOne ? "" : "s"}`;
}

/** Why a line costs what it costs. `step` is the number of the increment that the line is about, when it is about a single one. */
export function sayLine(
  line: Line,
  tariff: Tariff,
  billableSeconds: number,
  currency: string,
  step: number | null = null,
): string {
  const time = sayDuration(line.seconds);
  const amount = sayCoins(line.amount, currency);
  if (line.kind === "connect_fee") return `Connect fee: ${amount}.`;
  if (line.kind === "free_time") return `The first ${time} are free.`;
  if (line.kind === "minimum") return `Topped up to the minimum of ${sayCoins(tariff.minimumCharge, currency)}.`;
  if (line.kind === "no_charge") {
    if (line.seconds === 0) return "No time was billable, so nothing is charged.";
    return `${time} is under ${sayDuration(tariff.noChargeUnderSeconds)}, so nothing is charged.`;
  }
  const price = `${sayCoins(line.pricePerMinute, currency)} a minute`;
  if (line.increments === 0) return `${sayDuration(billableSeconds)} completed no paid step at ${price}.`;
  if (step === null) return `${time} at ${price}: ${amount}.`;
  const isMinutes = tariff.initialIncrementSeconds === 60 && tariff.incrementSeconds === 60;
  return `${isMinutes ? `Minute ${step}` : `Step ${step}, ${time}`} at ${price}: ${amount}.`;
}

/** How usage becomes paid steps under a tariff. */
export function sayRounding(tariff: Tariff): string {
  const { initialIncrementSeconds: initial, incrementSeconds: increment, rounding } = tariff;
  const step =
    initial === increment
      ? `steps of ${sayDuration(increment)}`
      : `a first step of ${sayDuration(initial)}, then steps of ${sayDuration(increment)}`;
  const which = {
    up: "started steps are paid",
    down: "only completed steps are paid",
    nearest: "steps are paid from half on",
  };
  return `Time is counted in ${step}; ${which[rounding]}.`;
}

/** How a call ended, in one sentence; null while it runs. */
export function sayEnding(facts: CallFacts, state: CallState): string | null {
  if (state.status === "rejected") return "The call was declined. Nothing is charged.";
  if (state.status === "cancelled") return "The call was cancelled before it started. Nothing is charged.";
  if (state.status === "missed") {
    const why = state.missedReason === "nobody_joined" ? "Not everybody joined in time." : "Nobody answered in time.";
    return `${why} Nothing is charged.`;
  }
  const grace = sayDuration(facts.terms.limits.reconnectGraceSeconds);
  switch (state.endReason) {
    case "payer_hung_up":
      return "The payer ended the call.";
    case "payee_hung_up":
      return "The payee ended the call.";
    case "connection_lost":
      return `A connection was lost and did not come back within ${grace}: the call ended when it was lost.`;
    case "heartbeat_timeout":
      return `A participant fell silent and did not come back within ${grace}: the call ended at the last sign of life.`;
    case "out_of_funds":
      return `The ${isEscrow(facts.terms) ? "deposit was" : "held coins were"} used up: the call ended at that moment.`;
    case "time_limit":
      return "The call reached its maximum duration.";
    case "provider_ended":
      return "The video provider ended the call.";
    case "kicked":
      return "A participant was removed from the call.";
    case "operator_ended":
      return "The operator ended the call.";
    case null:
      return null;
  }
}
