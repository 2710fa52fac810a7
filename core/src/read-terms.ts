// Reads terms from JSON and refuses those that could not be charged exactly.
import type { EarlyExitPolicy, LongCallBonusPolicy, NoShowPolicy, Policy } from "./policies/policy.ts";
import {
  type Mistake,
  Mistakes,
  mistake,
  type Readers,
  readChoice,
  readCoins,
  readEach,
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

type Reader<Value> = (value: unknown, path: string) => Value;

const whole =
  (least: number, most: number): Reader<number> =>
  (value, path) =>
    readWhole(value, path, least, most);
/** A duration of up to a day. */
const seconds = (least: number): Reader<number> => whole(least, daySeconds);
const wholeOrNull =
  (least: number, most: number): Reader<number | null> =>
  (value, path) =>
    readWholeOrNull(value, path, least, most);
const choice =
  <const Choice extends string | number>(...choices: readonly Choice[]): Reader<Choice> =>
  (value, path) =>
    readChoice(value, path, choices);
const list =
  <Item>(read: Reader<Item>): Reader<Item[]> =>
  (value, path) =>
    readList(value, path, read);

const tariffReaders: Readers<Tariff> = {
  pricePerMinute: readCoins,
  connectFee: readCoins,
  initialIncrementSeconds: seconds(1),
  incrementSeconds: seconds(1),
  rounding: choice("up", "down", "nearest"),
  freeSeconds: seconds(0),
  noChargeUnderSeconds: seconds(0),
  minimumCharge: readCoins,
  maximumDurationSeconds: wholeOrNull(1, 31 * daySeconds),
  windows: list(readWindow),
  utcOffsetMinutes: whole(-840, 840),
  lines: choice("merged", "per_increment"),
};

const limitReaders: Readers<Limits> = {
  ringTimeoutSeconds: seconds(1),
  joinTimeoutSeconds: seconds(1),
  reconnectGraceSeconds: seconds(0),
  heartbeatTimeoutSeconds: seconds(1),
  // A warning shorter than this leaves nobody the time to say goodbye.
  lowBalanceWarningSeconds: seconds(20),
  maximumCallsAtOnce: wholeOrNull(1, 1_000_000),
  settlementDelaySeconds: seconds(0),
  // Looks are at least a second apart, and those that find a start and an end must fit into one interval together.
  pollIntervalSeconds: whole(7, 3600),
};

const splitReaders: Readers<Split> = { platformBasisPoints: whole(0, 10_000), rounding: choice("down") };

const earlyExitReaders: Readers<EarlyExitPolicy> = {
  kind: choice("early_exit"),
  underSeconds: seconds(1),
  coins: readCoins,
  firstFree: whole(0, 1_000_000),
  growth: readCoins,
  periodSeconds: wholeOrNull(1, 3660 * daySeconds),
};

const longCallBonusReaders: Readers<LongCallBonusPolicy> = {
  kind: choice("long_call_bonus"),
  overSeconds: seconds(1),
  coins: readCoins,
  to: choice("payer", "payee", "both"),
};

const noShowReaders: Readers<NoShowPolicy> = { kind: choice("no_show"), coins: readCoins, who: choice("payee") };

const termsReaders: Readers<Terms> = {
  preset: readText,
  version: choice(1),
  currency: readText,
  tariff: (data, path) => readEach(withDefaults(data, { lines: "merged" }), path, tariffReaders),
  funding: readFunding,
  billable: choice<Billable>("together", "own_presence", "none"),
  policies: list(readPolicy),
  split: (data, path) => readEach(data, path, splitReaders),
  // Terms that were frozen before a limit was known are read as they were meant then.
  limits: (data, path) =>
    readEach(withDefaults(data, { settlementDelaySeconds: 0, pollIntervalSeconds: 10 }), path, limitReaders),
};

/**
 * Terms from their JSON form, every field checked and unknown ones refused. Terms are frozen on a call, so a mistake must be
 * found here: throws `Mistakes`, a refusal with the code `invalid_terms` that has all that is wrong, each with the path of the
 * field, its value and what was expected.
 */
export function readTerms(data: unknown): Terms {
  const terms = readEach(data, "terms", termsReaders);
  const mistakes = findContradictions(terms);
  if (mistakes.length > 0) throw new Mistakes(mistakes);
  return terms;
}

/** What does not hold between fields that are right by themselves. */
function findContradictions(terms: Terms): Mistake[] {
  const mistakes: Mistake[] = [];
  const refuse = (path: string, value: unknown, expected: string) => mistakes.push(mistake(path, value, expected));
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
  if (funding.kind === "escrow") mistakes.push(...checkEscrow(terms));
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
  return mistakes;
}

/** A contract on a chain knows a price per minute, whole seconds and a deposit. What it does not know must not be in the terms. */
function checkEscrow({ tariff, policies }: Terms): Mistake[] {
  const mistakes: Mistake[] = [];
  const only = (field: keyof Tariff, isFit: boolean, expected: string): void => {
    const value = field === "windows" ? tariff.windows.length : tariff[field];
    const wanted = `${expected} in terms that are paid from an escrow`;
    if (!isFit) mistakes.push(mistake(`terms.tariff.${field}`, value, wanted));
  };
  only("pricePerMinute", tariff.pricePerMinute > 0n, "at least 1");
  only("initialIncrementSeconds", tariff.initialIncrementSeconds === 1, "1");
  only("incrementSeconds", tariff.incrementSeconds === 1, "1");
  only("rounding", tariff.rounding === "up", "up");
  only("connectFee", tariff.connectFee === 0n, "0");
  only("freeSeconds", tariff.freeSeconds === 0, "0");
  only("minimumCharge", tariff.minimumCharge === 0n, "0");
  only("windows", tariff.windows.length === 0, "no windows");
  const kinds = policies.map(({ kind }) => kind);
  if (kinds.length > 0) mistakes.push(mistake("terms.policies", kinds, "none with an escrow"));
  return mistakes;
}

function readWindow(data: unknown, path: string): TariffWindow {
  const window = readEach<TariffWindow>(data, path, {
    weekdays: list(whole(0, 6)),
    fromMinute: whole(0, 1439),
    toMinute: whole(1, 1440),
    pricePerMinute: readCoins,
  });
  const { weekdays, fromMinute, toMinute } = window;
  if (weekdays.length === 0) refuse(`${path}.weekdays`, weekdays, "at least one day from 0 (Sunday) to 6");
  // A window over midnight is two windows: so every instant belongs to one local day.
  if (toMinute <= fromMinute) {
    refuse(`${path}.toMinute`, toMinute, `a whole number from ${fromMinute + 1} to 1440`);
  }
  return window;
}

const kindOf = (data: unknown): unknown =>
  typeof data === "object" && data !== null && "kind" in data ? data.kind : undefined;

function readFunding(data: unknown, path: string): Funding {
  const kind = choice("estimate", "slices", "escrow", "none")(kindOf(data), `${path}.kind`);
  if (kind === "escrow" || kind === "none") return readEach<{ kind: typeof kind }>(data, path, { kind: choice(kind) });
  return readEach<Extract<Funding, { sliceSeconds: number }>>(data, path, {
    kind: choice(kind),
    sliceSeconds: seconds(1),
    extendBeforeSeconds: seconds(1),
  });
}

function readPolicy(data: unknown, path: string): Policy {
  const kind = choice("early_exit", "long_call_bonus", "no_show")(kindOf(data), `${path}.kind`);
  if (kind === "no_show") return readEach(data, path, noShowReaders);
  if (kind === "long_call_bonus") return readEach(data, path, longCallBonusReaders);
  return readEach(withDefaults(data, { periodSeconds: null }), path, earlyExitReaders);
}
