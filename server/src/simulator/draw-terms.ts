// Draws the terms of a call: a preset as it ships, or any terms that could be told in a contract.
import {
  type Policy,
  type PresetName,
  presetNames,
  presetTerms,
  type Tariff,
  type TariffWindow,
  type Terms,
} from "@fairminute/core";
import type { Random } from "./random.ts";
import type { CarrierName } from "./script.ts";

/** As the hall gives it to calls of which webhooks tell. */
const WEBHOOK_DELAY_SECONDS = 20;
const ESCROW_CURRENCY = "TEST";

function drawPreset(random: Random, carrier: CarrierName): Terms {
  const name = random.pick<PresetName>(presetNames);
  const isEscrow = name === "tutoring-onchain";
  const price = random.chance(0.5) ? {} : { pricePerMinute: BigInt(random.pick([1, 7, 10, 25, 60, 120])) };
  const isFree = name === "match" || name === "study-room";
  const terms = presetTerms(name, { ...(isFree ? {} : price), ...(isEscrow ? { currency: ESCROW_CURRENCY } : {}) });
  if (carrier !== "webrtc") terms.limits.settlementDelaySeconds = WEBHOOK_DELAY_SECONDS;
  if (name === "match" && random.chance(0.5)) {
    const [firstFree, growth] = [random.pick([0, 1, 2]), BigInt(random.pick([0, 0, 1, 3]))];
    const periodSeconds = random.pick([null, 600, 86_400]);
    terms.policies = [{ kind: "early_exit", underSeconds: 60, coins: 1n, firstFree, growth, periodSeconds }];
  }
  if (isEscrow && random.chance(0.3)) terms.tariff.noChargeUnderSeconds = random.pick([10, 60]);
  return terms;
}

/** Terms that count how often somebody left early, within a period that some histories outlast. */
export function drawHabit(random: Random): Terms {
  const terms = presetTerms("match");
  const [firstFree, growth] = [random.pick([0, 1]), BigInt(random.pick([1, 3]))];
  terms.policies = [{ kind: "early_exit", underSeconds: 60, coins: 1n, firstFree, growth, periodSeconds: 600 }];
  return terms;
}

/** The same terms for a call that this carrier carries. */
export function carriedBy(carrier: CarrierName, terms: Terms): Terms {
  const settlementDelaySeconds = carrier === "webrtc" ? 0 : WEBHOOK_DELAY_SECONDS;
  return { ...terms, limits: { ...terms.limits, settlementDelaySeconds } };
}

function drawWindows(random: Random, requestedAt: number): TariffWindow[] {
  if (!random.chance(0.25)) return [];
  const minute = Math.floor((requestedAt % 86_400_000) / 60_000);
  const from = Math.max(0, Math.min(1430, minute + random.whole(-2, 4)));
  const toMinute = Math.min(1440, from + random.whole(1, 8));
  const weekdays = random.pick([[0, 1, 2, 3, 4, 5, 6], [6], [0, 6]]);
  return [{ weekdays, fromMinute: from, toMinute, pricePerMinute: BigInt(random.whole(0, 40)) }];
}

function drawTariff(random: Random, requestedAt: number): Tariff {
  const step = () => random.pick([1, 6, 10, 30, 60]);
  const [initialIncrementSeconds, incrementSeconds] = [step(), step()];
  const isShort = Math.min(initialIncrementSeconds, incrementSeconds) < 10;
  return {
    pricePerMinute: BigInt(random.whole(random.chance(0.1) ? 0 : 3, 40)),
    connectFee: random.pick([0n, 0n, 3n]),
    initialIncrementSeconds,
    incrementSeconds,
    rounding: random.pick(["up", "down", "nearest"]),
    freeSeconds: random.pick([0, 0, 7, 60]),
    noChargeUnderSeconds: random.pick([0, 0, 15]),
    minimumCharge: random.pick([0n, 0n, 12n]),
    maximumDurationSeconds: random.pick([120, 300, 900]),
    windows: drawWindows(random, requestedAt),
    utcOffsetMinutes: random.pick([0, 0, 60]),
    lines: isShort || random.chance(0.5) ? "merged" : "per_increment",
  };
}

function drawPolicies(random: Random): Policy[] {
  const policies: Policy[] = [];
  if (random.chance(0.25)) {
    policies.push({
      kind: "early_exit",
      underSeconds: random.pick([30, 60, 120]),
      coins: BigInt(random.pick([1, 5, 500])),
      firstFree: random.pick([0, 0, 1]),
      growth: random.pick([0n, 2n]),
      periodSeconds: random.pick([null, 3600]),
    });
  }
  if (random.chance(0.15)) {
    const to = random.pick(["payer", "payee", "both"] as const);
    policies.push({ kind: "long_call_bonus", overSeconds: random.pick([60, 200]), coins: 4n, to });
  }
  if (random.chance(0.15)) policies.push({ kind: "no_show", coins: BigInt(random.pick([2, 400])), who: "payee" });
  return policies;
}

/** Terms, with a word for what they are: a preset's name, or `random`. */
export function drawTerms(random: Random, carrier: CarrierName, requestedAt: number): Terms {
  if (random.chance(0.6)) return drawPreset(random, carrier);
  const terms = presetTerms("creator-call");
  const kind = random.pick(["estimate", "slices"] as const);
  return {
    ...terms,
    preset: "random",
    tariff: drawTariff(random, requestedAt),
    billable: random.pick(["together", "together", "own_presence"]),
    funding: { kind, sliceSeconds: random.pick([60, 120]), extendBeforeSeconds: 90 },
    policies: drawPolicies(random),
    split: { platformBasisPoints: random.pick([0, 1234, 2000, 10_000]), rounding: "down" },
    limits: {
      ...terms.limits,
      ringTimeoutSeconds: random.pick([20, 45]),
      joinTimeoutSeconds: random.pick([30, 120]),
      reconnectGraceSeconds: random.pick([0, 10, 30]),
      heartbeatTimeoutSeconds: random.pick([15, 30]),
      settlementDelaySeconds: carrier === "webrtc" ? random.pick([0, 0, 20]) : random.pick([20, 20, 0]),
    },
  };
}
