// The terms of a call: data that are frozen when it opens, and their JSON form.
import type { Policy } from "./policies/policy.ts";
import type { Tariff, TariffWindow } from "./tariff.ts";

/** Where the money stands before it is earned. */
export type Funding =
  | { kind: "estimate" | "slices"; sliceSeconds: number; extendBeforeSeconds: number }
  | { kind: "escrow" }
  | { kind: "none" };

/** The platform's share in basis points, rounded down; the payee gets the rest. */
export type Split = { platformBasisPoints: number; rounding: "down" };

/** How long anything may take, in seconds, and how many calls a user may have at once. */
export type Limits = {
  ringTimeoutSeconds: number;
  joinTimeoutSeconds: number;
  reconnectGraceSeconds: number;
  heartbeatTimeoutSeconds: number;
  lowBalanceWarningSeconds: number;
  maximumCallsAtOnce: number | null;
  /** How long after the last webhook a call that webhooks tell of is settled: they come late and in any order. */
  settlementDelaySeconds: number;
  /** What the bill of a call at a provider may be off by when no webhook comes at all: its room is looked at that often. */
  pollIntervalSeconds: number;
};

/** Which time is paid for: payer and payee together, the payer's own presence, or none. */
export type Billable = "together" | "own_presence" | "none";

/** Everything that decides the price of a call besides its evidence. */
export type Terms = {
  preset: string;
  version: 1;
  currency: string;
  tariff: Tariff;
  funding: Funding;
  billable: Billable;
  policies: Policy[];
  split: Split;
  limits: Limits;
};

/** A type with its amounts as JSON numbers. */
type Json<T> = T extends bigint
  ? number
  : T extends readonly (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;

/** Terms as they stand in JSON: amounts are numbers. */
export type TermsJson = Json<Terms>;
export type TariffJson = Json<Tariff>;
export type TariffWindowJson = Json<TariffWindow>;
export type PolicyJson = Json<Policy>;
