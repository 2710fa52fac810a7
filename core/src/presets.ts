// The named terms that ship: one for each product that Fairminute grew from.
import { FairminuteError } from "./errors.ts";
import type { Tariff } from "./tariff.ts";
import type { Limits, Split, Terms } from "./terms.ts";

export const presetNames = ["creator-call", "coin-minutes", "match", "study-room", "tutoring-onchain"] as const;
export type PresetName = (typeof presetNames)[number];

/** Started minutes, up to four hours. */
const minuteTariff: Tariff = {
  pricePerMinute: 10n,
  connectFee: 0n,
  initialIncrementSeconds: 60,
  incrementSeconds: 60,
  rounding: "up",
  freeSeconds: 0,
  noChargeUnderSeconds: 0,
  minimumCharge: 0n,
  maximumDurationSeconds: 4 * 3600,
  windows: [],
  utcOffsetMinutes: 0,
  lines: "merged",
};

const limits: Limits = {
  ringTimeoutSeconds: 45,
  joinTimeoutSeconds: 120,
  reconnectGraceSeconds: 30,
  heartbeatTimeoutSeconds: 30,
  lowBalanceWarningSeconds: 60,
  maximumCallsAtOnce: null,
  settlementDelaySeconds: 0,
  pollIntervalSeconds: 10,
};

const split: Split = { platformBasisPoints: 2000, rounding: "down" };

const presets: Readonly<Record<PresetName, Omit<Terms, "preset" | "version" | "currency">>> = {
  "creator-call": {
    tariff: minuteTariff,
    funding: { kind: "estimate", sliceSeconds: 60, extendBeforeSeconds: 90 },
    billable: "together",
    policies: [],
    split,
    limits,
  },
  "coin-minutes": {
    tariff: { ...minuteTariff, rounding: "down", lines: "per_increment" },
    funding: { kind: "slices", sliceSeconds: 60, extendBeforeSeconds: 90 },
    billable: "together",
    policies: [],
    split,
    limits,
  },
  match: {
    tariff: { ...minuteTariff, pricePerMinute: 0n },
    funding: { kind: "none" },
    billable: "none",
    policies: [{ kind: "early_exit", underSeconds: 60, coins: 1n, firstFree: 0, growth: 0n, periodSeconds: null }],
    split,
    limits,
  },
  "study-room": {
    tariff: { ...minuteTariff, pricePerMinute: 0n, maximumDurationSeconds: 24 * 3600 },
    funding: { kind: "none" },
    billable: "none",
    policies: [],
    split,
    // Nobody pays by the second here, and a room is open all day.
    limits: { ...limits, pollIntervalSeconds: 30 },
  },
  "tutoring-onchain": {
    tariff: { ...minuteTariff, initialIncrementSeconds: 1, incrementSeconds: 1 },
    funding: { kind: "escrow" },
    billable: "together",
    policies: [],
    split,
    // Time to write a deposit on a chain, to see it confirmed, and to join.
    limits: { ...limits, joinTimeoutSeconds: 600 },
  },
};

/**
 * A fresh copy of the terms of a preset, with another price per minute and currency when they are given.
 * Throws `unknown_preset` for a name that is not in `presetNames`.
 */
export function presetTerms(name: string, options: { pricePerMinute?: bigint; currency?: string } = {}): Terms {
  if (!Object.hasOwn(presets, name)) {
    const names = presetNames.join(", ");
    throw new FairminuteError("unknown_preset", `${JSON.stringify(name)} is no preset; there are ${names}`, {
      param: "preset",
    });
  }
  const preset = presets[name as PresetName];
  const { pricePerMinute = preset.tariff.pricePerMinute } = options;
  return {
    preset: name,
    version: 1,
    currency: options.currency ?? "coin",
    tariff: { ...preset.tariff, pricePerMinute, windows: [] },
    funding: { ...preset.funding },
    billable: preset.billable,
    policies: preset.policies.map((policy) => ({ ...policy })),
    split: { ...preset.split },
    limits: { ...preset.limits },
  };
}
