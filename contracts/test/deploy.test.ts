// Deploying an escrow: what it is told once and for ever, and what it refuses to be told.
import { type Abi, type Address, encodeDeployData, toFunctionSelector, zeroAddress } from "viem";
import { describe, expect, it } from "vitest";
import { escrowAbi, escrowBytecode, feeOf, priceOfSeconds } from "../index.ts";
import { onStage } from "./on-stage.ts";
import { makeTerms, people, settings } from "./stage.ts";

const { meter, platform, stranger } = people;
const stage = onStage();
const month = 30 * 86_400;

/** The selector of the refusal with which a deployment ends. */
async function refusalOf(changes: Partial<Record<"meter" | "platform", Address> & typeof settings>): Promise<string> {
  const set = { meter: meter.address, platform: platform.address, ...settings, ...changes };
  const args = [set.meter, set.platform, set.feeBps, set.disputeWindow, set.reclaimDelay] as const;
  const data = encodeDeployData({ abi: escrowAbi, bytecode: escrowBytecode, args });
  const answer = await stage()
    .reader.call({ account: stranger, data })
    .then(() => "deployed")
    .catch((error: Error) => error.message);
  return /0x[0-9a-f]{8}\b/.exec(answer.replace(/Raw Call[\s\S]*/, ""))?.[0] ?? answer;
}

const badSettings = toFunctionSelector("BadSettings()");
const meterMissing = toFunctionSelector("MeterMissing()");

describe("the constructor", () => {
  it("refuses to be without a meter or a platform", async () => {
    expect(await refusalOf({ meter: zeroAddress })).toContain(meterMissing);
    expect(await refusalOf({ platform: zeroAddress })).toContain(badSettings);
  });

  it("refuses a fee above the whole, and takes the whole", async () => {
    expect(await refusalOf({ feeBps: 10_001 })).toContain(badSettings);
    expect(await refusalOf({ feeBps: 10_000 })).toBe("deployed");
  });

  it("refuses windows of nothing or of more than a month, and takes a month", async () => {
    expect(await refusalOf({ disputeWindow: 0 })).toContain(badSettings);
    expect(await refusalOf({ reclaimDelay: 0 })).toContain(badSettings);
    expect(await refusalOf({ disputeWindow: month + 1 })).toContain(badSettings);
    expect(await refusalOf({ reclaimDelay: month + 1 })).toContain(badSettings);
    expect(await refusalOf({ disputeWindow: month, reclaimDelay: month })).toBe("deployed");
  });

  it("tells what it was told", async () => {
    const on = stage();
    const names = ["METER", "PLATFORM", "FEE_BPS", "DISPUTE_WINDOW", "RECLAIM_DELAY"];
    const told = await Promise.all(names.map((name) => on.read(name)));
    expect(told).toEqual([meter.address, platform.address, 2000, settings.disputeWindow, settings.reclaimDelay]);
  });

  it("takes no coin that is no deposit", async () => {
    const sending = stage().reader.call({ account: stranger, to: stage().escrow, value: 1n });
    await expect(sending).rejects.toThrow(/revert/i);
  });
});

describe("the arithmetic that server and browser use", () => {
  it("is the contract's", async () => {
    const on = stage();
    for (const [ratePerMinute, maxSeconds] of [
      [1n, 1],
      [7n, 59],
      [10n, 60],
      [10n, 61],
      [59n, 3601],
      [2n ** 128n - 1n, 2 ** 32 - 1],
    ] as const) {
      const deposit = await on.read("depositOf", [makeTerms({ ratePerMinute, maxSeconds })]);
      expect(deposit).toBe(priceOfSeconds(ratePerMinute, BigInt(maxSeconds)));
    }
    expect([feeOf(15n, 2000n), feeOf(4n, 2000n), feeOf(7n, 10_000n)]).toEqual([3n, 0n, 7n]);
  });

  it("has the ABI that is committed", () => {
    expect((escrowAbi as Abi).filter(({ type }) => type === "receive" || type === "fallback")).toEqual([]);
  });
});
