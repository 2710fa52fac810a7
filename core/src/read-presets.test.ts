// Presets of one's own: what they change, what they must leave alone, and how everything that is wrong is said at once.
import { describe, expect, test } from "vitest";
import { FairminuteError } from "./errors.ts";
import { type Catalogue, changePresets, presetNames, presetTerms, priceTerms, shippedPresets } from "./presets.ts";
import { readPresets } from "./read-presets.ts";
import { readTerms } from "./read-terms.ts";
import { Mistakes } from "./reading.ts";
import type { Terms } from "./terms.ts";
import { writeTerms } from "./write-terms.ts";

const read = (presets: unknown, base?: Catalogue) => readPresets({ presets }, base);

/** The one preset of a file, on its terms. */
const one = (change: object): Terms => presetTerms("own", {}, read({ own: change }));

/** Every mistake of a file, as path and expectation. */
function mistakesOf(data: unknown): string[] {
  try {
    readPresets(data);
    return [];
  } catch (error) {
    if (!(error instanceof Mistakes)) throw error;
    expect(error.code).toBe("invalid_terms");
    return error.all.map(({ path, value, expected }) => `${path} is ${value}; expected ${expected}`);
  }
}
const wrong = (presets: unknown): string[] => mistakesOf({ presets });

describe("a preset of one's own", () => {
  test("changes what it names, and nothing else", () => {
    const terms = one({
      from: "creator-call",
      tariff: { initialIncrementSeconds: 30, incrementSeconds: 6, connectFee: 5 },
      split: { platformBasisPoints: 1500 },
    });
    const plain = presetTerms("creator-call");
    expect(terms).toEqual({
      ...plain,
      preset: "own",
      tariff: { ...plain.tariff, initialIncrementSeconds: 30, incrementSeconds: 6, connectFee: 5n },
      split: { ...plain.split, platformBasisPoints: 1500 },
    });
    expect(readTerms(JSON.parse(JSON.stringify(writeTerms(terms))))).toEqual(terms);
  });

  test("replaces windows and policies whole; a policy that is there already needs only what it changes", () => {
    const terms = one({
      from: "match",
      policies: [{ kind: "early_exit", firstFree: 1, growth: 1, periodSeconds: 600 }],
    });
    expect(terms.policies).toEqual([
      { kind: "early_exit", underSeconds: 60, coins: 1n, firstFree: 1, growth: 1n, periodSeconds: 600 },
    ]);
    expect(one({ from: "match", policies: [] }).policies).toEqual([]);
    expect(one({ from: "match", policies: [{ kind: "no_show", coins: 5, who: "payee" }] }).policies).toHaveLength(1);
    expect(wrong({ own: { from: "creator-call", policies: [{ kind: "early_exit", coins: 1 }] } })).toHaveLength(3);
  });

  test("may take another way of funding, with or without the seconds of the one before", () => {
    expect(one({ from: "creator-call", funding: { kind: "slices" } }).funding).toEqual({
      kind: "slices",
      sliceSeconds: 60,
      extendBeforeSeconds: 90,
    });
    expect(one({ from: "creator-call", funding: { kind: "none" }, billable: "none" }).funding).toEqual({
      kind: "none",
    });
    expect(wrong({ own: { from: "match", funding: { kind: "slices" }, billable: "together" } })).toHaveLength(2);
  });

  test("under a shipped name it replaces that one, and is built on the one that ships", () => {
    const catalogue = read({
      match: { from: "match", policies: [] },
      gentle: { from: "match", limits: { joinTimeoutSeconds: 300 } },
    });
    expect([...catalogue.keys()]).toEqual([...presetNames, "gentle"]);
    expect(presetTerms("match", {}, catalogue).policies).toEqual([]);
    expect(presetTerms("gentle", {}, catalogue).policies).toHaveLength(1);
    expect(presetTerms("match").policies).toHaveLength(1);
  });

  test("what holds for all presets is in those that a file is built on, and a file that says otherwise is obeyed", () => {
    const base = changePresets(shippedPresets, ({ terms }) => ({
      ...terms,
      limits: { ...terms.limits, pollIntervalSeconds: 20 },
    }));
    const catalogue = read(
      { plain: { from: "match" }, near: { from: "match", limits: { pollIntervalSeconds: 7 } } },
      base,
    );
    const interval = (name: string) => presetTerms(name, {}, catalogue).limits.pollIntervalSeconds;
    expect([interval("study-room"), interval("plain"), interval("near")]).toEqual([20, 20, 7]);
  });

  test("an unknown one is refused naming those that there are, its own among them", () => {
    const catalogue = read({ "evening-lesson": { from: "creator-call" } });
    const refused = () => presetTerms("morning-lesson", {}, catalogue);
    expect(refused).toThrow(/"morning-lesson" is no preset; .*tutoring-onchain, evening-lesson$/);
    expect(refused).toThrow(FairminuteError);
    expect(() => presetTerms("evening-lesson")).toThrow(/is no preset/);
  });

  test("is copied for whoever asks: nobody changes it for others", () => {
    const window = { weekdays: [0, 6], fromMinute: 0, toMinute: 1440, pricePerMinute: 20 };
    const catalogue = read({ own: { from: "creator-call", tariff: { windows: [window] } } });
    const mine = presetTerms("own", {}, catalogue);
    mine.tariff.windows[0]?.weekdays.push(3);
    mine.policies.push({ kind: "no_show", coins: 1n, who: "payee" });
    expect(presetTerms("own", {}, catalogue)).toMatchObject({
      tariff: { windows: [window].map((one) => ({ ...one, pricePerMinute: 20n })) },
      policies: [],
    });
  });
});

test("a creator's price changes no window, and makes nothing cost that is free", () => {
  const window = { weekdays: [0], fromMinute: 0, toMinute: 60, pricePerMinute: 3 };
  const priced = priceTerms(one({ from: "creator-call", tariff: { windows: [window] } }), 25n);
  expect([priced.tariff.pricePerMinute, priced.tariff.windows[0]?.pricePerMinute]).toEqual([25n, 3n]);
  expect(priceTerms(presetTerms("match"), 25n)).toEqual(presetTerms("match"));
});

describe("a file is refused", () => {
  test("with everything that is wrong in all of its presets", () => {
    const mistakes = wrong({
      "evening-lesson": {
        from: "creator-call",
        tariff: { connectFee: -5, incrementSeconds: "6", price: 3 },
        split: { platformBasisPoints: 10_001 },
      },
      match: { from: "match", policies: [{ kind: "early_exit", coins: 1.5, firstFree: -1 }] },
    });
    expect(mistakes).toEqual([
      expect.stringMatching(
        /^evening-lesson\.tariff\.price is 3; expected no such field; the fields are pricePerMinute, /,
      ),
      "evening-lesson.tariff.connectFee is -5; expected a whole number from 0 to 9007199254740991",
      'evening-lesson.tariff.incrementSeconds is "6"; expected a whole number from 1 to 86400',
      "evening-lesson.split.platformBasisPoints is 10001; expected a whole number from 0 to 10000",
      "match.policies.0.coins is 1.5; expected a whole number from 0 to 9007199254740991",
      "match.policies.0.firstFree is -1; expected a whole number from 0 to 1000000",
    ]);
  });

  test("with all that does not fit together", () => {
    const funding = { kind: "slices", sliceSeconds: 5, extendBeforeSeconds: 60 };
    expect(wrong({ own: { from: "creator-call", funding } })).toEqual([
      "own.funding.sliceSeconds is 5; expected at least one increment of 60 s",
      "own.funding.extendBeforeSeconds is 60; expected more than lowBalanceWarningSeconds, 60 s",
    ]);
  });

  const from = "creator-call";
  const shapes: [what: string, data: unknown, mistake: RegExp][] = [
    ["is no object", [], /^presets is missing; expected an object with a preset under each name/],
    ["has no presets", {}, /^presets is missing/],
    ["has presets in a list", { presets: [] }, /^presets is \[\]; expected an object/],
    [
      "has more than presets",
      { presets: {}, preset: {} },
      /^preset is \{\}; expected no such field; the fields are presets/,
    ],
    ["has capitals in a name", { presets: { Evening: { from } } }, /^presets is "Evening"; expected a name/],
    ["has a hyphen at the end of a name", { presets: { "a-": { from } } }, /^presets is "a-"/],
    ["has a name that means no preset", { presets: { none: { from } } }, /^presets is "none"/],
    ["has a long name", { presets: { [`a${"b".repeat(40)}`]: { from } } }, /expected a name of up to 40/],
    ["has a preset that is no object", { presets: { a: 5 } }, /^a is 5; expected an object/],
    [
      "does not say what a preset is built on",
      { presets: { a: {} } },
      /^a\.from is missing; expected one of creator-call/,
    ],
    ["builds on one of its own", { presets: { a: { from }, b: { from: "a" } } }, /^b\.from is "a"; expected one of/],
    ["builds on what every object has", { presets: { a: { from: "constructor" } } }, /^a\.from is "constructor"/],
    [
      "replaces a preset by another one",
      { presets: { match: { from } } },
      /^match\.from is .*expected match, which it/,
    ],
    [
      "names a preset otherwise",
      { presets: { a: { from, preset: "b" } } },
      /^a\.preset is "b"; expected no such field/,
    ],
    [
      "counts in its own currency",
      { presets: { a: { from, currency: "USD" } } },
      /^a\.currency is "USD"; expected no such/,
    ],
    ["has a tariff that is none", { presets: { a: { from, tariff: 10 } } }, /^a\.tariff is 10; expected an object/],
    ["has no funding at all", { presets: { a: { from, funding: null } } }, /^a\.funding\.kind is missing/],
    [
      "pays coins calls on a chain",
      {
        presets: {
          a: { from, tariff: { initialIncrementSeconds: 1, incrementSeconds: 1 }, funding: { kind: "escrow" } },
        },
      },
      /^a\.funding\.kind is "escrow"; expected escrow exactly when it is built on tutoring-onchain/,
    ],
    [
      "lets nobody be paid in a study room",
      {
        presets: {
          a: {
            from: "study-room",
            funding: { kind: "slices", sliceSeconds: 60, extendBeforeSeconds: 90 },
            billable: "own_presence",
          },
        },
      },
      /^a\.funding\.kind is "slices"; expected none in a room without sides/,
    ],
  ];
  test.each(shapes)("that %s", (_, data, mistake) => {
    expect(mistakesOf(data)).toEqual([expect.stringMatching(mistake)]);
  });

  test("with a wrong name beside a right one, and an unknown field beside a wrong base", () => {
    const mistakes = wrong({ "no_such-name": { from }, a: { from: "creator", tarif: {} }, b: { from } });
    expect(mistakes.map((text) => text.split(" ")[0])).toEqual(["presets", "a.tarif", "a.from"]);
  });
});
