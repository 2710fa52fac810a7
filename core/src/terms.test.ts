// Terms: presets are valid, JSON goes there and back, and what could not be charged exactly is refused by name.
import { describe, expect, test } from "vitest";
import { FairminuteError } from "./errors.ts";
import { presetNames, presetTerms } from "./presets.ts";
import { readTerms } from "./read-terms.ts";
import { writeTerms } from "./write-terms.ts";

const refusal = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof FairminuteError) return { code: error.code, param: error.param, message: error.message };
    throw error;
  }
  return "nothing was refused";
};

/** The creator-call terms as JSON with one field set (or removed, with undefined), by path. */
function changed(path: string, value: unknown): unknown {
  const json = JSON.parse(JSON.stringify(writeTerms(presetTerms("creator-call"))));
  const keys = path.split(".");
  let target = json;
  for (const key of keys.slice(0, -1)) target = target[key];
  if (value === undefined) delete target[keys.at(-1) as string];
  else target[keys.at(-1) as string] = value;
  return json;
}

describe("presets", () => {
  test("each goes to JSON and back unchanged", () => {
    for (const name of presetNames) {
      const terms = presetTerms(name);
      expect(readTerms(JSON.parse(JSON.stringify(writeTerms(terms))))).toEqual(terms);
    }
  });

  test("the price can be set; the preset itself stays as it is", () => {
    const terms = presetTerms("creator-call", { pricePerMinute: 25n });
    expect(terms.tariff.pricePerMinute).toBe(25n);
    terms.limits.ringTimeoutSeconds = 1;
    terms.tariff.windows.push({ weekdays: [1], fromMinute: 0, toMinute: 1, pricePerMinute: 1n });
    expect(presetTerms("creator-call")).toMatchObject({
      tariff: { pricePerMinute: 10n, windows: [] },
      limits: { ringTimeoutSeconds: 45 },
    });
  });

  test("older JSON lacks what came later: it is read as it was meant then", () => {
    const json = JSON.parse(JSON.stringify(writeTerms(presetTerms("match"))));
    delete json.tariff.lines;
    delete json.limits.settlementDelaySeconds;
    delete json.limits.pollIntervalSeconds;
    expect(readTerms(json)).toEqual(presetTerms("match"));
    expect(readTerms(json)).toMatchObject({
      tariff: { lines: "merged" },
      limits: { settlementDelaySeconds: 0, pollIntervalSeconds: 10 },
    });
  });

  test("only coin-minutes has a line for each minute, and no preset waits by itself", () => {
    const perIncrement = presetNames.filter((name) => presetTerms(name).tariff.lines === "per_increment");
    expect(perIncrement).toEqual(["coin-minutes"]);
    expect(new Set(presetNames.map((name) => presetTerms(name).limits.settlementDelaySeconds))).toEqual(new Set([0]));
  });

  test("an unknown name is refused, also one that every object has", () => {
    for (const name of ["creator", "", "constructor", "__proto__"]) {
      expect(refusal(() => presetTerms(name))).toMatchObject({ code: "unknown_preset", param: "preset" });
    }
  });
});

describe("readTerms refuses", () => {
  const cases: [path: string, value: unknown, expected: string][] = [
    ["version", 2, "one of 1"],
    ["preset", "", "a text of 1 to 200 characters"],
    ["currency", undefined, "missing"],
    ["tariff", [], "an object"],
    ["tariff.pricePerMinute", -1, "a whole number from 0"],
    ["tariff.pricePerMinute", 0.5, "a whole number"],
    ["tariff.pricePerMinute", "10", 'is "10"'],
    ["tariff.pricePerMinute", 2 ** 53, "a whole number"],
    ["tariff.incrementSeconds", 0, "a whole number from 1 to 86400"],
    ["tariff.initialIncrementSeconds", 86_401, "a whole number from 1 to 86400"],
    ["tariff.rounding", "ceil", "one of up, down, nearest"],
    ["tariff.freeSeconds", null, "a whole number"],
    ["tariff.maximumDurationSeconds", 0, "a whole number from 1"],
    ["tariff.utcOffsetMinutes", 841, "from -840 to 840"],
    ["tariff.surge", 1, "no such field"],
    ["funding.kind", "credit", "one of estimate, slices, escrow, none"],
    ["funding.sliceSeconds", 59, "at least one increment of 60 s"],
    ["funding.extendBeforeSeconds", 60, "more than lowBalanceWarningSeconds, 60 s"],
    ["funding.unit", "s", "no such field"],
    ["billable", "none", "none exactly when billable is none"],
    ["split.platformBasisPoints", 10_001, "from 0 to 10000"],
    ["split.rounding", "up", "one of down"],
    ["limits.lowBalanceWarningSeconds", 19, "from 20"],
    ["limits.reconnectGraceSeconds", -1, "from 0"],
    ["limits.maximumCallsAtOnce", 0, "from 1"],
    ["limits.ringTimeoutSeconds", undefined, "missing"],
    ["limits.settlementDelaySeconds", -1, "from 0"],
    ["limits.pollIntervalSeconds", 6, "from 7"],
    ["limits.settlementDelaySeconds", 1.5, "a whole number"],
    ["tariff.lines", "each", "one of merged, per_increment"],
    ["policies", {}, "a list"],
  ];
  test.each(cases)("%s = %j", (path, value, expected) => {
    const found = refusal(() => readTerms(changed(path, value)));
    // What does not fit together is told of the funding, whichever of the two fields was set.
    const param = path === "billable" ? "terms.funding.kind" : `terms.${path}`;
    expect(found).toMatchObject({ code: "invalid_terms", param, message: expect.stringContaining(expected) });
  });

  test("windows that are empty, reversed or cross midnight", () => {
    const window = { weekdays: [1], fromMinute: 600, toMinute: 660, pricePerMinute: 5 };
    const read = (change: object) =>
      refusal(() => readTerms(changed("tariff.windows", [window, { ...window, ...change }])));
    expect(read({})).toBe("nothing was refused");
    expect(read({ toMinute: 600 })).toMatchObject({ param: "terms.tariff.windows.1.toMinute" });
    expect(read({ toMinute: 1441 })).toMatchObject({ param: "terms.tariff.windows.1.toMinute" });
    expect(read({ weekdays: [] })).toMatchObject({ param: "terms.tariff.windows.1.weekdays" });
    expect(read({ weekdays: [7] })).toMatchObject({ param: "terms.tariff.windows.1.weekdays.0" });
    expect(read({ pricePerMinute: -5 })).toMatchObject({ param: "terms.tariff.windows.1.pricePerMinute" });
  });

  test("a line for each of very short increments", () => {
    const read = (incrementSeconds: number, lines: string) => {
      const json = changed("tariff.lines", lines) as { tariff: { incrementSeconds: number } };
      json.tariff.incrementSeconds = incrementSeconds;
      return refusal(() => readTerms(json));
    };
    expect(read(9, "per_increment")).toMatchObject({ param: "terms.tariff.lines" });
    expect([read(9, "merged"), read(10, "per_increment")]).toEqual(["nothing was refused", "nothing was refused"]);
  });

  test("policies that are unknown or doubled", () => {
    const policy = { kind: "early_exit", underSeconds: 60, coins: 1, firstFree: 0, growth: 0 };
    const read = (...policies: object[]) => refusal(() => readTerms(changed("policies", policies)));
    expect(read(policy)).toBe("nothing was refused");
    expect(readTerms(changed("policies", [policy])).policies).toMatchObject([
      { kind: "early_exit", periodSeconds: null },
    ]);
    expect(read({ ...policy, periodSeconds: 86_400 })).toBe("nothing was refused");
    expect(read({ ...policy, periodSeconds: 0 })).toMatchObject({ param: "terms.policies.0.periodSeconds" });
    expect(read(policy, policy)).toMatchObject({ param: "terms.policies.1.kind" });
    expect(read({ ...policy, kind: "tip" })).toMatchObject({ param: "terms.policies.0.kind" });
  });

  test("bonuses to nobody, and what no bonus has", () => {
    const bonus = { kind: "long_call_bonus", overSeconds: 300, coins: 5, to: "both" };
    const read = (change: object) => refusal(() => readTerms(changed("policies", [{ ...bonus, ...change }])));
    expect(read({})).toBe("nothing was refused");
    expect(read({ to: "platform" })).toMatchObject({ param: "terms.policies.0.to" });
    expect(read({ overSeconds: 0 })).toMatchObject({ param: "terms.policies.0.overSeconds" });
    expect(read({ coins: -5 })).toMatchObject({ param: "terms.policies.0.coins" });
    expect(read({ growth: 1 })).toMatchObject({ param: "terms.policies.0.growth" });
    const terms = presetTerms("match");
    terms.policies.push({ kind: "long_call_bonus", overSeconds: 300, coins: 5n, to: "payee" });
    terms.policies.push({ kind: "no_show", coins: 5n, who: "payee" });
    expect(readTerms(JSON.parse(JSON.stringify(writeTerms(terms))))).toEqual(terms);
  });

  test("anything that is no object, without repeating all of it", () => {
    for (const data of [null, undefined, 5, "terms", [], () => 1]) {
      expect(refusal(() => readTerms(data))).toMatchObject({ code: "invalid_terms", param: "terms" });
    }
    const found = refusal(() => readTerms("x".repeat(5000)));
    expect(found).toMatchObject({ message: expect.stringMatching(/^.{1,200}$/) });
  });

  test("I12: terms with an amount beyond JSON are not written", () => {
    const terms = presetTerms("creator-call", { pricePerMinute: 2n ** 53n });
    expect(refusal(() => writeTerms(terms))).toMatchObject({ code: "amount_overflow" });
  });
});
