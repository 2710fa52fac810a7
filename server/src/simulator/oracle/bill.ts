// The bill of a verdict: what each payer owes, of what it is made, and who gets it.
import type { CallEvent, CallFacts } from "@fairminute/core";
import { floorOf, fraction } from "./fraction.ts";
import { type Price, priceOfUse } from "./price.ts";
import { judge, type Known, type Verdict } from "./verdict.ts";

export type PayerBill = Price & { payerId: string; payee: bigint; platform: bigint };

/** The platform's part, rounded down; the payee has the rest. Where there is no payee all of it is the platform's. */
export function splitOf({ terms, parties }: CallFacts, total: bigint): { payee: bigint; platform: bigint } {
  const platform = parties.some(({ role }) => role === "payee")
    ? floorOf(fraction(total * BigInt(terms.split.platformBasisPoints), 10_000n))
    : total;
  return { payee: total - platform, platform };
}

export function billsOf(facts: CallFacts, verdict: Verdict): PayerBill[] {
  return verdict.used.map(({ payerId, used }) => {
    const price = priceOfUse(facts.terms.tariff, used);
    return { payerId, ...price, ...splitOf(facts, price.total) };
  });
}

/** What the log says now, and what it costs, when all of it is known at once. */
export function billNow(facts: CallFacts, events: readonly CallEvent[], asOf: number, placed: Known["placed"]) {
  const { started = null, decided } = facts;
  const told = decided === null ? null : { ...decided, missed: null };
  const verdict = judge(facts, events, asOf, { started: started ?? null, told, placed });
  return { verdict, bills: billsOf(facts, verdict) };
}
