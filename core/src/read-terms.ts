// Reads terms from JSON and refuses those that could not be charged exactly.
import type { Policy } from "./policies/policy.ts";
import {
  readChoice,
  readCoins,
  readFields,
  readList,
  readText,
  readWhole,
  readWholeOrNull,
  refuse,
  withDefaults,
} from "./reading.ts";
import type { Tariff, TariffWindow } from "./tariff.ts";
import type { Billable, Funding, Limits, Split, Terms } from "./terms.ts";

const daySeconds = 86_400;

/**
 * Terms from their JSON form, every field checked and unknown ones refused: throws `invalid_terms` with the path of the
 * field (`param`), its value and what was expected. Terms are frozen on a call, so a mistake must be found here.
 */
export function readTerms(data: unknown): Terms {
  const fields = readFields(data, "terms", [
    "preset",
    "version",
    "currency",
    "tariff",
    "funding",
    "billable",
    "policies",
    "split",
    "limits",
  ]);
  const terms: Terms = {
    preset: readText(fields.preset, "terms.preset"),
    version: readChoice(fields.version, "terms.version", [1]) as 1,
    currency: readText(fields.currency, "terms.currency"),
    tariff: readTariff(fields.tariff),
    funding: readFunding(fields.funding),
    billable: readChoice<Billable>(fields.billable, "terms.billable", ["together", "own_presence", "none"]),
    policies: readList(fields.policies, "terms.policies", readPolicy),
    split: readSplit(fields.split),
    limits: readLimits(fields.limits),
  };
  checkTogether(terms);
  return terms;
}

/** What must hold between the fields. */
function checkTogether(terms: Terms): void {
  const { funding, limits, tariff, billable, policies } = terms;
  if ((funding.kind === "none") !== (billable === "none")) {
    refuse("terms.funding.kind", funding.kind, `none exactly when billable is none, which is ${billable}`);
  }
  if (funding.kind === "estimate" || funding.kind === "slices") {
    const increment = Math.max(tariff.incrementSeconds, 1);
    if (funding.sliceSeconds < increment) {
      refuse("terms.funding.sliceSeconds", funding.sliceSeconds, `at least one increment of ${increment} s`);
    }
    if (funding.extendBeforeSeconds <= limits.lowBalanceWarningSeconds) {
      const least = `more than lowBalanceWarningSeconds, ${limits.lowBalanceWarningSeconds} s`;
      refuse("terms.funding.extendBeforeSeconds", funding.extendBeforeSeconds, least);
    }
  }
  if (funding.kind === "escrow") checkEscrow(terms);
  if (tariff.lines === "per_increment") {
    const shortest = Math.min(tariff.incrementSeconds, tariff.initialIncrementSeconds);
    // Nobody reads a receipt of thousands of lines, and every look at a running call would write them all.
    if (shortest < 10) refuse("terms.tariff.lines", tariff.lines, "merged for increments of less than 10 s");
  }
  policies.forEach(({ kind }, index) => {
    if (policies.findIndex((policy) => policy.kind === kind) !== index) {
      refuse(`terms.policies.${index}.kind`, kind, "each kind of policy at most once");
    }
  });
}

/** A contract on a chain knows a price per minute, whole seconds and a deposit. What it does not know must not be in the terms. */
function checkEscrow({ tariff, policies }: Terms): void {
  const only = (field: keyof Tariff, isFit: boolean, expected: string): void => {
    const value = field === "windows" ? tariff.windows.length : tariff[field];
    if (!isFit) refuse(`terms.tariff.${field}`, value, `${expected} in terms that are paid from an escrow`);
  };
  only("pricePerMinute", tariff.pricePerMinute > 0n, "at least 1");
  only("initialIncrementSeconds", tariff.initialIncrementSeconds === 1, "1");
  only("incrementSeconds", tariff.incrementSeconds === 1, "1");
  only("rounding", tariff.rounding === "up", "up");
  only("connectFee", tariff.connectFee === 0n, "0");
  only("freeSeconds", tariff.freeSeconds === 0, "0");
  only("minimumCharge", tariff.minimumCharge === 0n, "0");
  only("windows", tariff.windows.length === 0, "no windows");
  if (policies.length > 0)
    refuse(
      "terms.policies",
      policies.map(({ kind }) => kind),
      "none with an escrow",
    );
}

function readTariff(data: unknown): Tariff {
  const path = "terms.tariff";
  const fields = readFields(withDefaults(data, { lines: "merged" }), path, [
    "pricePerMinute",
    "connectFee",
    "initialIncrementSeconds",
    "incrementSeconds",
    "rounding",
    "freeSeconds",
    "noChargeUnderSeconds",
    "minimumCharge",
    "maximumDurationSeconds",
    "windows",
    "utcOffsetMinutes",
    "lines",
  ]);
  return {
    pricePerMinute: readCoins(fields.pricePerMinute, `${path}.pricePerMinute`),
    connectFee: readCoins(fields.connectFee, `${path}.connectFee`),
    initialIncrementSeconds: readWhole(
      fields.initialIncrementSeconds,
      `${path}.initialIncrementSeconds`,
      1,
      daySeconds,
    ),
    incrementSeconds: readWhole(fields.incrementSeconds, `${path}.incrementSeconds`, 1, daySeconds),
    rounding: readChoice(fields.rounding, `${path}.rounding`, ["up", "down", "nearest"]),
    freeSeconds: readWhole(fields.freeSeconds, `${path}.freeSeconds`, 0, daySeconds),
    noChargeUnderSeconds: readWhole(fields.noChargeUnderSeconds, `${path}.noChargeUnderSeconds`, 0, daySeconds),
    minimumCharge: readCoins(fields.minimumCharge, `${path}.minimumCharge`),
    maximumDurationSeconds: readWholeOrNull(
      fields.maximumDurationSeconds,
      `${path}.maximumDurationSeconds`,
      1,
      31 * daySeconds,
    ),
    windows: readList(fields.windows, `${path}.windows`, readWindow),
    utcOffsetMinutes: readWhole(fields.utcOffsetMinutes, `${path}.utcOffsetMinutes`, -840, 840),
    lines: readChoice<Tariff["lines"]>(fields.lines, `${path}.lines`, ["merged", "per_increment"]),
  };
}

function readWindow(data: unknown, path: string): TariffWindow {
  const fields = readFields(data, path, ["weekdays", "fromMinute", "toMinute", "pricePerMinute"]);
  const weekdays = readList(fields.weekdays, `${path}.weekdays`, (day, dayPath) => readWhole(day, dayPath, 0, 6));
  if (weekdays.length === 0) refuse(`${path}.weekdays`, weekdays, "at least one day from 0 (Sunday) to 6");
  const fromMinute = readWhole(fields.fromMinute, `${path}.fromMinute`, 0, 1439);
  // A window over midnight is two windows: so every instant belongs to one local day.
  const toMinute = readWhole(fields.toMinute, `${path}.toMinute`, fromMinute + 1, 1440);
  return { weekdays, fromMinute, toMinute, pricePerMinute: readCoins(fields.pricePerMinute, `${path}.pricePerMinute`) };
}

function readFunding(data: unknown): Funding {
  const path = "terms.funding";
  const kindOf = typeof data === "object" && data !== null && "kind" in data ? data.kind : undefined;
  const kind = readChoice<Funding["kind"]>(kindOf, `${path}.kind`, ["estimate", "slices", "escrow", "none"]);
  if (kind === "escrow" || kind === "none") {
    readFields(data, path, ["kind"]);
    return { kind };
  }
  const fields = readFields(data, path, ["kind", "sliceSeconds", "extendBeforeSeconds"]);
  return {
    kind,
    sliceSeconds: readWhole(fields.sliceSeconds, `${path}.sliceSeconds`, 1, daySeconds),
    extendBeforeSeconds: readWhole(fields.extendBeforeSeconds, `${path}.extendBeforeSeconds`, 1, daySeconds),
  };
}

function readPolicy(data: unknown, path: string): Policy {
  const kindOf = typeof data === "object" && data !== null && "kind" in data ? data.kind : undefined;
  const kind = readChoice<Policy["kind"]>(kindOf, `${path}.kind`, ["early_exit", "long_call_bonus", "no_show"]);
  if (kind === "no_show") {
    const fields = readFields(data, path, ["kind", "coins", "who"]);
    return {
      kind,
      coins: readCoins(fields.coins, `${path}.coins`),
      who: readChoice(fields.who, `${path}.who`, ["payee"]),
    };
  }
  if (kind === "long_call_bonus") {
    const fields = readFields(data, path, ["kind", "overSeconds", "coins", "to"]);
    return {
      kind,
      overSeconds: readWhole(fields.overSeconds, `${path}.overSeconds`, 1, daySeconds),
      coins: readCoins(fields.coins, `${path}.coins`),
      to: readChoice(fields.to, `${path}.to`, ["payer", "payee", "both"]),
    };
  }
  const given = withDefaults(data, { periodSeconds: null });
  const fields = readFields(given, path, ["kind", "underSeconds", "coins", "firstFree", "growth", "periodSeconds"]);
  return {
    kind,
    underSeconds: readWhole(fields.underSeconds, `${path}.underSeconds`, 1, daySeconds),
    coins: readCoins(fields.coins, `${path}.coins`),
    firstFree: readWhole(fields.firstFree, `${path}.firstFree`, 0, 1_000_000),
    growth: readCoins(fields.growth, `${path}.growth`),
    periodSeconds: readWholeOrNull(fields.periodSeconds, `${path}.periodSeconds`, 1, 3660 * daySeconds),
  };
}

function readSplit(data: unknown): Split {
  const fields = readFields(data, "terms.split", ["platformBasisPoints", "rounding"]);
  return {
    platformBasisPoints: readWhole(fields.platformBasisPoints, "terms.split.platformBasisPoints", 0, 10_000),
    rounding: readChoice(fields.rounding, "terms.split.rounding", ["down"]),
  };
}

function readLimits(data: unknown): Limits {
  const path = "terms.limits";
  const keys = [
    "ringTimeoutSeconds",
    "joinTimeoutSeconds",
    "reconnectGraceSeconds",
    "heartbeatTimeoutSeconds",
    "lowBalanceWarningSeconds",
    "maximumCallsAtOnce",
    "settlementDelaySeconds",
    "pollIntervalSeconds",
  ] as const;
  // Terms that were frozen before a limit was known are read as they were meant then.
  const defaults = { settlementDelaySeconds: 0, pollIntervalSeconds: 10 };
  const fields = readFields(withDefaults(data, defaults), path, keys);
  return {
    ringTimeoutSeconds: readWhole(fields.ringTimeoutSeconds, `${path}.ringTimeoutSeconds`, 1, daySeconds),
    joinTimeoutSeconds: readWhole(fields.joinTimeoutSeconds, `${path}.joinTimeoutSeconds`, 1, daySeconds),
    reconnectGraceSeconds: readWhole(fields.reconnectGraceSeconds, `${path}.reconnectGraceSeconds`, 0, daySeconds),
    heartbeatTimeoutSeconds: readWhole(
      fields.heartbeatTimeoutSeconds,
      `${path}.heartbeatTimeoutSeconds`,
      1,
      daySeconds,
    ),
    // A warning shorter than this leaves nobody the time to say goodbye.
    lowBalanceWarningSeconds: readWhole(
      fields.lowBalanceWarningSeconds,
      `${path}.lowBalanceWarningSeconds`,
      20,
      daySeconds,
    ),
    maximumCallsAtOnce: readWholeOrNull(fields.maximumCallsAtOnce, `${path}.maximumCallsAtOnce`, 1, 1_000_000),
    settlementDelaySeconds: readWhole(fields.settlementDelaySeconds, `${path}.settlementDelaySeconds`, 0, daySeconds),
    // Looks are at least a second apart, and those that find a start and an end must fit into one interval together.
    pollIntervalSeconds: readWhole(fields.pollIntervalSeconds, `${path}.pollIntervalSeconds`, 7, 3600),
  };
}
