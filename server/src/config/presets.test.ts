// The presets of the settings: a file is read whole or refused whole, with all that is wrong in it beside all that is wrong elsewhere.
import { presetTerms } from "@fairminute/core";
import { describe, expect, it } from "vitest";
import { ConfigError, readConfig, readPresetConfig } from "../config.ts";

const evening = { from: "creator-call", tariff: { connectFee: 5 } };

/** The settings with this file. */
const withFile = (file: unknown, env: Record<string, string> = {}) =>
  readConfig({ FAIRMINUTE_PRESETS: "own.json", ...env }, (path) => {
    expect(path).toBe("own.json");
    return typeof file === "string" ? file : JSON.stringify(file);
  });

/** The message of a refusal, or null when the settings are taken. */
function refusal(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

const chain = {
  CHAIN_RPC_URL: "http://127.0.0.1:8545",
  CHAIN_ID: "31337",
  ESCROW_ADDRESS: `0x${"11".repeat(20)}`,
  ESCROW_TOKEN: "native",
  ESCROW_CURRENCY: "TEST",
  METER_PRIVATE_KEY: `0x${"22".repeat(32)}`,
};

describe("FAIRMINUTE_PRESETS", () => {
  it("adds presets that the other settings may name", () => {
    const config = withFile(
      { presets: { "evening-lesson": evening, gentle: { from: "match", policies: [] } } },
      {
        STREAM_API_KEY: "key",
        STREAM_SECRET_KEY: "secret",
        FAIRMINUTE_PRESET_PROVIDERS: "evening-lesson=stream",
        FAIRMINUTE_UNKNOWN_CALLS: "stream:default=evening-lesson,stream=gentle,livekit=gentle",
      },
    );
    expect(presetTerms("evening-lesson", {}, config.presets).tariff.connectFee).toBe(5n);
    expect(config.presetProviders).toEqual({ "evening-lesson": "stream" });
    expect(config.unknownCalls.map(({ preset }) => preset)).toEqual(["evening-lesson", "gentle", "gentle"]);
  });

  it("a file with five mistakes lists five, and what is wrong elsewhere with them", () => {
    const file = {
      presets: {
        "evening-lesson": {
          ...evening,
          tariff: { connectFee: -5, conectFee: 5 },
          split: { platformBasisPoints: 20_000 },
        },
        Weekend: evening,
        match: { from: "match", policies: [{ kind: "early_exit", growth: 0.5 }] },
        right: evening,
      },
    };
    // A name of the wrong file is no mistake of its own.
    const env = { PORT: "x", FAIRMINUTE_UNKNOWN_CALLS: "stream=evening-lesson" };
    expect(refusal(() => withFile(file, env))).toMatchInlineSnapshot(`
      "Fairminute cannot start: 6 settings are wrong.
        FAIRMINUTE_PRESETS evening-lesson.tariff.conectFee is 5.
          Expected no such field; the fields are pricePerMinute, connectFee, initialIncrementSeconds, incrementSeconds, rounding, freeSeconds, noChargeUnderSeconds, minimumCharge, maximumDurationSeconds, windows, utcOffsetMinutes, lines.
        FAIRMINUTE_PRESETS evening-lesson.tariff.connectFee is -5.
          Expected a whole number from 0 to 9007199254740991.
        FAIRMINUTE_PRESETS evening-lesson.split.platformBasisPoints is 20000.
          Expected a whole number from 0 to 10000.
        FAIRMINUTE_PRESETS presets is "Weekend".
          Expected a name of up to 40 letters: lower-case words with hyphens, such as evening-lesson, but not none.
        FAIRMINUTE_PRESETS match.policies.0.growth is 0.5.
          Expected a whole number from 0 to 9007199254740991.
        PORT is "x".
          Give a whole number from 0 to 65535, or leave it out for 4000."
    `);
  });

  it("a file that is not there, or no JSON, is one mistake", () => {
    const missing = () =>
      readConfig({ FAIRMINUTE_PRESETS: "own.json" }, () => {
        throw new Error("ENOENT: no such file or directory, open 'own.json'");
      });
    expect(refusal(missing)).toMatch(
      /one setting is wrong.\n {2}FAIRMINUTE_PRESETS names own.json, which cannot be read.\n.*ENOENT/,
    );
    expect(refusal(() => readConfig({ FAIRMINUTE_PRESETS: "own.json" }))).toMatch(/no files can be read here/);
    expect(refusal(() => withFile('{ "presets": '))).toMatch(
      /one setting is wrong.\n {2}FAIRMINUTE_PRESETS names own.json, which is no JSON: /,
    );
    expect(refusal(() => withFile("[]"))).toMatch(
      /FAIRMINUTE_PRESETS presets is missing\.\n {4}Expected an object with a preset/,
    );
    expect(refusal(() => withFile("null"))).toMatch(/FAIRMINUTE_PRESETS presets is missing/);
  });

  it("says for which calls a webhook can open one of them, as for those that ship", () => {
    const priced = {
      from: "match",
      funding: { kind: "slices", sliceSeconds: 60, extendBeforeSeconds: 90 },
      billable: "together",
    };
    const file = { presets: { priced, chained: { from: "tutoring-onchain" } } };
    const wrong = (rule: string) => refusal(() => withFile(file, { FAIRMINUTE_UNKNOWN_CALLS: rule }));
    expect(wrong("livekit=priced")).toMatch(/nobody knows who pays priced/);
    expect(wrong("stream=chained")).toMatch(/Calls under chained are opened on a chain/);
    expect(wrong("stream=absent")).toMatch(
      /There is no preset absent: choose none, creator-call, .*, priced, chained\./,
    );
    expect(refusal(() => withFile(file, { FAIRMINUTE_PRESET_PROVIDERS: "absent=webrtc" }))).toMatch(
      /presets: .*, priced, chained\./,
    );
    expect(wrong("stream=priced")).toBeNull();
  });
});

describe("other settings of all presets", () => {
  const interval = (config: ReturnType<typeof readConfig>, name: string) =>
    presetTerms(name, {}, config.presets).limits.pollIntervalSeconds;

  it("FAIRMINUTE_POLL_SECONDS holds for all of them, and what a file says for the one that says it", () => {
    expect(interval(readConfig({}), "study-room")).toBe(30);
    const near = { from: "match", limits: { pollIntervalSeconds: 7 } };
    const config = withFile({ presets: { "evening-lesson": evening, near } }, { FAIRMINUTE_POLL_SECONDS: "15" });
    expect(["study-room", "evening-lesson", "near"].map((name) => interval(config, name))).toEqual([15, 15, 7]);
    for (const wrong of ["6", "61", "x"])
      expect(refusal(() => readConfig({ FAIRMINUTE_POLL_SECONDS: wrong }))).toMatch(/FAIRMINUTE_POLL_SECONDS is/);
  });

  it("ESCROW_PRICE_PER_MINUTE is the price on the chain, and of no call in coins", () => {
    const cheap = { from: "tutoring-onchain", tariff: { pricePerMinute: 120 } };
    const config = withFile(
      { presets: { cheap, plain: { from: "tutoring-onchain" } } },
      { ...chain, ESCROW_PRICE_PER_MINUTE: "600" },
    );
    const price = (name: string) => presetTerms(name, {}, config.presets).tariff.pricePerMinute;
    expect(["tutoring-onchain", "plain", "cheap", "creator-call"].map(price)).toEqual([600n, 600n, 120n, 10n]);
  });

  it("a price whose second is not whole is refused where the contract needs it whole", () => {
    const odd = { presets: { odd: { from: "tutoring-onchain", tariff: { pricePerMinute: 601 } } } };
    expect(refusal(() => withFile(odd, chain))).toBeNull();
    expect(refusal(() => withFile(odd, { ...chain, ESCROW_UNIT: "1000", ESCROW_PRICE_PER_MINUTE: "600" }))).toMatch(
      /FAIRMINUTE_PRESETS odd\.tariff\.pricePerMinute is 601\.\n {4}Expected a multiple of 60/,
    );
  });
});

describe("readPresetConfig", () => {
  it("asks for no secret and minds nothing else", () => {
    const env = { FAIRMINUTE_MODE: "production", FAIRMINUTE_PRESETS: "own.json", PORT: "x", CHAIN_ID: "y" };
    const { presets } = readPresetConfig(env, () => JSON.stringify({ presets: { "evening-lesson": evening } }));
    expect([...presets.keys()].at(-1)).toBe("evening-lesson");
    expect(refusal(() => readPresetConfig(env, () => "{}"))).toMatch(/FAIRMINUTE_PRESETS presets is missing/);
  });
});
