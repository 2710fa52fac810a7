// Named terms: those that ship, one for each product that Fairminute grew from, and the catalogue that calls are opened from.
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

const shipped: Readonly<Record<PresetName, Omit<Terms, "preset" | "version" | "currency">>> = {
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

/** Terms by their name. */
export type Preset = {
  name: string;
  /** The shipped preset that it is built on: its own name when it is that one, changed or not. */
  from: PresetName;
  terms: Terms;
};

/** What presets there are, by name. It is made once and never changed. */
export type Catalogue = ReadonlyMap<string, Preset>;

/** The presets as they ship. */
export const shippedPresets: Catalogue = new Map(
  presetNames.map((name) => [
    name,
    { name, from: name, terms: { preset: name, version: 1, currency: "coin", ...shipped[name] } },
  ]),
);

/** A catalogue in which the terms of every preset are changed. */
export function changePresets(catalogue: Catalogue, change: (preset: Preset) => Terms): Catalogue {
  return new Map([...catalogue].map(([name, preset]) => [name, { ...preset, terms: change(preset) }]));
}

/** The preset of a name. Throws `unknown_preset`, naming those that there are. */
export function findPreset(name: string, catalogue: Catalogue = shippedPresets): Preset {
  const preset = catalogue.get(name);
  if (preset !== undefined) return preset;
  const names = [...catalogue.keys()].join(", ");
  throw new FairminuteError("unknown_preset", `${JSON.stringify(name)} is no preset; there are ${names}`, {
    param: "preset",
  });
}

/**
 * A fresh copy of the terms of a preset, with another price per minute and currency when they are given.
 * Throws `unknown_preset` for a name that is not in the catalogue.
 */
export function presetTerms(
  name: string,
  options: { pricePerMinute?: bigint; currency?: string } = {},
  catalogue: Catalogue = shippedPresets,
): Terms {
  const { terms } = findPreset(name, catalogue);
  const { pricePerMinute = terms.tariff.pricePerMinute, currency = terms.currency } = options;
  const windows = terms.tariff.windows.map((window) => ({ ...window, weekdays: [...window.weekdays] }));
  return {
    ...terms,
    currency,
    tariff: { ...terms.tariff, pricePerMinute, windows },
    funding: { ...terms.funding },
    policies: terms.policies.map((policy) => ({ ...policy })),
    split: { ...terms.split },
    limits: { ...terms.limits },
  };
}

/**
 * Terms at the price that somebody asks for a minute. Its windows keep their own prices, and terms under which nothing is paid
 * (a match, a study room) stay free.
 */
export function priceTerms(terms: Terms, pricePerMinute: bigint): Terms {
  if (terms.funding.kind === "none") return terms;
  return { ...terms, tariff: { ...terms.tariff, pricePerMinute } };
}

/** Whether rooms under the preset have no sides: whoever comes attends, one person is enough, and nobody pays. */
export const hasNoSides = ({ from }: Preset): boolean => from === "study-room";
