// The settings of the chain: what fits together, and what is refused, all at once and without repeating a key.
import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "../config.ts";

const key = `0x${"5a".repeat(32)}`;
const address = `0x${"aB".repeat(20)}`;
const whole = {
  CHAIN_RPC_URL: "http://127.0.0.1:8545, https://rpc.example.com/v1",
  CHAIN_ID: "31337",
  ESCROW_ADDRESS: address,
  ESCROW_TOKEN: "native",
  ESCROW_CURRENCY: "TEST",
  METER_PRIVATE_KEY: key,
};

function problemsOf(settings: Record<string, string>): string[] {
  try {
    readConfig(settings);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ setting, problem }) => `${setting} ${problem}`);
  }
}

describe("the settings of the chain", () => {
  it("are none without an address, and whole with few", () => {
    expect(readConfig({}).chain).toBeNull();
    expect(readConfig(whole).chain).toEqual({
      rpcUrls: ["http://127.0.0.1:8545", "https://rpc.example.com/v1"],
      chainId: 31_337,
      escrow: address,
      token: null,
      currency: "TEST",
      unit: 1n,
      meterKey: key,
      sendsAfterSeconds: null,
      confirmations: 12,
      startBlock: 0,
      pricePerMinute: null,
    });
  });

  it("take the one key under the name of source document 001, and send only when told to", () => {
    const { METER_PRIVATE_KEY: _, ...rest } = whole;
    const backend = { ...rest, BACKEND_PRIVATE_KEY: key };
    expect(readConfig(backend).chain).toMatchObject({ meterKey: key, sendsAfterSeconds: null });
    expect(readConfig({ ...backend, ESCROW_SENDS_AFTER_SECONDS: "60" }).chain?.sendsAfterSeconds).toBe(60);
    expect(problemsOf({ ...whole, ESCROW_SENDS_AFTER_SECONDS: "60" })).toEqual([
      "ESCROW_SENDS_AFTER_SECONDS is set without BACKEND_PRIVATE_KEY.",
    ]);
    expect(problemsOf({ ...whole, BACKEND_PRIVATE_KEY: `0x${"5b".repeat(32)}` })).toEqual([
      "BACKEND_PRIVATE_KEY is not the key of METER_PRIVATE_KEY.",
    ]);
  });

  it("name everything that is missing or wrong at once, and no key", () => {
    expect(problemsOf({ CHAIN_RPC_URL: "http://127.0.0.1:8545" })).toEqual([
      "CHAIN_ID is missing while CHAIN_RPC_URL is set.",
      "ESCROW_ADDRESS is missing while CHAIN_RPC_URL is set.",
      "ESCROW_TOKEN is missing while CHAIN_RPC_URL is set.",
      "ESCROW_CURRENCY is missing while CHAIN_RPC_URL is set.",
      "METER_PRIVATE_KEY is missing while CHAIN_RPC_URL is set.",
    ]);
    expect(problemsOf({ ESCROW_ADDRESS: address })).toEqual(["CHAIN_RPC_URL is missing while ESCROW_ADDRESS is set."]);
    const wrong = problemsOf({
      CHAIN_RPC_URL: "ws://127.0.0.1:8545",
      CHAIN_ID: "mainnet",
      CHAIN_CONFIRMATIONS: "0",
      ESCROW_ADDRESS: "0x0000000000000000000000000000000000000000",
      ESCROW_TOKEN: "USDC",
      ESCROW_CURRENCY: "coin",
      ESCROW_UNIT: "0",
      METER_PRIVATE_KEY: "a secret that must not be repeated",
    });
    expect(wrong.map((one) => one.split(" ")[0]).sort()).toEqual([
      "CHAIN_CONFIRMATIONS",
      "CHAIN_ID",
      "CHAIN_RPC_URL",
      "ESCROW_ADDRESS",
      "ESCROW_CURRENCY",
      "ESCROW_TOKEN",
      "ESCROW_UNIT",
      "METER_PRIVATE_KEY",
    ]);
    expect(wrong.join()).not.toContain("a secret");
  });

  it("want a price of whole seconds where a unit is more than the smallest", () => {
    const coarse = { ...whole, ESCROW_UNIT: "1000000000", ESCROW_PRICE_PER_MINUTE: "601" };
    expect(problemsOf(coarse)).toEqual(['ESCROW_PRICE_PER_MINUTE is "601", no multiple of 60.']);
    expect(readConfig({ ...coarse, ESCROW_PRICE_PER_MINUTE: "600" }).chain).toMatchObject({
      unit: 10n ** 9n,
      pricePerMinute: 600n,
    });
  });
});
