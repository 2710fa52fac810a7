// Terms in stories: a preset and changes to it, such as "creator-call price=10 grace=20 rounding=down free=30". A window is
// "window=18:00-22:00@20", on Sundays and Saturdays "@20/06"; a policy that the preset has is left out by "earlyexit=none".
import { type Policy, presetTerms, type Tariff, type Terms } from "../src/index.ts";

/** Presets with changes. Words: a preset, then name=value. */
export function termsOf(words: readonly string[]): Terms {
  const [preset = "creator-call", ...changes] = words;
  const terms = presetTerms(preset);
  for (const change of changes) {
    const [name = "", value = ""] = change.split("=");
    const set = setters[name];
    if (set === undefined) throw new Error(`terms do not know "${name}"`);
    set(terms, value);
  }
  return terms;
}

const number = (value: string) => Number(value);

const setters: Record<string, (terms: Terms, value: string) => void> = {
  price: (terms, value) => {
    terms.tariff.pricePerMinute = BigInt(value);
  },
  fee: (terms, value) => {
    terms.tariff.connectFee = BigInt(value);
  },
  minimum: (terms, value) => {
    terms.tariff.minimumCharge = BigInt(value);
  },
  steps: (terms, value) => {
    const [initial = "60", next = "60"] = value.split("/");
    terms.tariff.initialIncrementSeconds = number(initial);
    terms.tariff.incrementSeconds = number(next);
  },
  rounding: (terms, value) => {
    terms.tariff.rounding = value as Tariff["rounding"];
  },
  free: (terms, value) => {
    terms.tariff.freeSeconds = number(value);
  },
  nochargeunder: (terms, value) => {
    terms.tariff.noChargeUnderSeconds = number(value);
  },
  maximum: (terms, value) => {
    terms.tariff.maximumDurationSeconds = value === "none" ? null : number(value);
  },
  window: (terms, value) => {
    const [span = "", rate = "0"] = value.split("@");
    const [price = "0", days = "0123456"] = rate.split("/");
    const [from = "0", to = "1440"] = span.split("-");
    const minute = (time: string) => {
      const [hours = "0", minutes = "0"] = time.split(":");
      return number(hours) * 60 + number(minutes);
    };
    terms.tariff.windows.push({
      weekdays: [...days].map(number),
      fromMinute: minute(from),
      toMinute: minute(to),
      pricePerMinute: BigInt(price),
    });
  },
  offset: (terms, value) => {
    terms.tariff.utcOffsetMinutes = number(value);
  },
  funding: (terms, value) => {
    const [kind = "estimate", slice = "60", before = "90"] = value.split("/");
    terms.funding =
      kind === "estimate" || kind === "slices"
        ? { kind, sliceSeconds: number(slice), extendBeforeSeconds: number(before) }
        : { kind: kind as "escrow" | "none" };
  },
  billable: (terms, value) => {
    terms.billable = value as Terms["billable"];
  },
  ring: (terms, value) => {
    terms.limits.ringTimeoutSeconds = number(value);
  },
  join: (terms, value) => {
    terms.limits.joinTimeoutSeconds = number(value);
  },
  grace: (terms, value) => {
    terms.limits.reconnectGraceSeconds = number(value);
  },
  heartbeat: (terms, value) => {
    terms.limits.heartbeatTimeoutSeconds = number(value);
  },
  delay: (terms, value) => {
    terms.limits.settlementDelaySeconds = number(value);
  },
  lines: (terms, value) => {
    terms.tariff.lines = value as Tariff["lines"];
  },
  warning: (terms, value) => {
    terms.limits.lowBalanceWarningSeconds = number(value);
  },
  platform: (terms, value) => {
    terms.split.platformBasisPoints = number(value);
  },
  earlyexit: (terms, value) => {
    if (value === "none") return dropPolicy(terms, "early_exit");
    const [under = "60", coins = "1", firstFree = "0", growth = "0", period] = value.split("/");
    setPolicy(terms, {
      kind: "early_exit",
      underSeconds: number(under),
      coins: BigInt(coins),
      firstFree: number(firstFree),
      growth: BigInt(growth),
      periodSeconds: period === undefined ? null : number(period),
    });
  },
  bonus: (terms, value) => {
    const [over = "300", coins = "1", to = "both"] = value.split("/");
    setPolicy(terms, { kind: "long_call_bonus", overSeconds: number(over), coins: BigInt(coins), to: to as "both" });
  },
  noshow: (terms, value) => {
    setPolicy(terms, { kind: "no_show", coins: BigInt(value), who: "payee" });
  },
};

function dropPolicy(terms: Terms, kind: Policy["kind"]): void {
  terms.policies = terms.policies.filter((policy) => policy.kind !== kind);
}

/** A policy instead of the one of its kind. */
function setPolicy(terms: Terms, policy: Policy): void {
  dropPolicy(terms, policy.kind);
  terms.policies.push(policy);
}
