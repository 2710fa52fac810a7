// The terms of a new call: what its preset says, what a hall adds, and what neither may take from the other.
import { readPresets } from "@fairminute/core";
import { describe, expect, it } from "vitest";
import { type OpenCall, offeredPresets, termsFor, termsIdOf } from "./opening.ts";

const call: OpenCall = { payerId: "leo", payeeId: "mia", estimatedMinutes: 1, minimumMinutes: 0, autoAccept: false };
const own = (change: object) => readPresets({ presets: { own: { from: "creator-call", ...change } } });

describe("terms of a new call", () => {
  it("of two catalogues with one name are each catalogue's own, and have ids of their own", () => {
    const [cheap, dear] = [own({ tariff: { connectFee: 1 } }), own({ tariff: { connectFee: 9 } })];
    const terms = (presets: typeof cheap) => termsFor({ ...call, preset: "own" }, { presets });
    expect([terms(cheap), terms(dear), terms(cheap)].map(({ tariff }) => tariff.connectFee)).toEqual([1n, 9n, 1n]);
    expect(termsIdOf(terms(cheap))).not.toBe(termsIdOf(terms(dear)));
    expect(terms(cheap)).toBe(terms(cheap));
    expect(() => termsFor({ ...call, preset: "own" })).toThrow(
      /"own" is no preset; there are creator-call, .*study-room$/,
    );
  });

  it.each([
    [null, undefined, null],
    [null, 3, 3],
    [1, undefined, 1],
    [1, 3, 1],
    [3, 1, 1],
  ])("of calls at once the fewer count: %s by the preset, %s by the server: %s", (preset, server, most) => {
    const presets = own({ limits: { maximumCallsAtOnce: preset } });
    expect(
      termsFor({ ...call, preset: "own", maximumCallsAtOnce: server }, { presets }).limits.maximumCallsAtOnce,
    ).toBe(most);
  });

  it.each([
    [0, "webrtc", 0],
    [0, "livekit", 20],
    [60, "webrtc", 60],
    [60, "livekit", 60],
    [5, "stream", 20],
  ])("late webhooks are waited for %i s by the preset, and at %s %i s", (preset, provider, seconds) => {
    const presets = own({ limits: { settlementDelaySeconds: preset } });
    expect(termsFor({ ...call, preset: "own", provider }, { presets }).limits.settlementDelaySeconds).toBe(seconds);
  });

  it("a creator's price takes the place of the preset's, and of no window's; what is free stays free", () => {
    const window = { weekdays: [1], fromMinute: 0, toMinute: 60, pricePerMinute: 3 };
    const presets = own({ tariff: { pricePerMinute: 7, windows: [window] } });
    const price = (pricePerMinute?: bigint) => termsFor({ ...call, preset: "own", pricePerMinute }, { presets }).tariff;
    expect([price().pricePerMinute, price(25n).pricePerMinute]).toEqual([7n, 25n]);
    expect(price(25n).windows[0]?.pricePerMinute).toBe(3n);
    expect(termsFor({ ...call, preset: "match", pricePerMinute: 25n }).tariff.pricePerMinute).toBe(0n);
  });

  it("presets on a chain are offered where there is one, in its currency", () => {
    const presets = readPresets({ presets: { lesson: { from: "tutoring-onchain" } } });
    expect(offeredPresets({ presets }).has("lesson")).toBe(false);
    const escrow = { currency: "TEST", pricePerMinuteMultipleOf: 1n };
    expect(offeredPresets({ presets, escrow }).get("lesson")?.terms.currency).toBe("TEST");
    expect(termsFor({ ...call, preset: "lesson" }, { presets, escrow }).currency).toBe("TEST");
    expect(() => termsFor({ ...call, preset: "lesson" }, { presets })).toThrow(/this server is connected to none/);
  });
});
