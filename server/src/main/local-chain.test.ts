// The sandbox's chain on a real anvil: what is asked for wrongly is refused, coins are free, and its time only goes forward.
import { type LocalChain, startAnvil } from "@fairminute/contracts/anvil";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../config.ts";
import type { SandboxChain } from "../http/sandbox-chain.ts";
import { openChainLab } from "./chain-lab.ts";
import { wantsLocalChain } from "./chain-wish.ts";
import { deployEscrow, settingsOf, startLocalChain } from "./local-chain.ts";

const somebody = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";

describe("wantsLocalChain", () => {
  it("is asked for by one word, in the sandbox", () => {
    expect(wantsLocalChain({}, "sandbox")).toBe(false);
    expect(wantsLocalChain({ FAIRMINUTE_CHAIN: " " }, "production")).toBe(false);
    expect(wantsLocalChain({ FAIRMINUTE_CHAIN: "sandbox" }, "sandbox")).toBe(true);
  });

  it.each([
    ["another word", { FAIRMINUTE_CHAIN: "mainnet" }, "sandbox", 'is "mainnet"'],
    ["production", { FAIRMINUTE_CHAIN: "sandbox" }, "production", "is sandbox in production"],
    ["another chain", { FAIRMINUTE_CHAIN: "sandbox", CHAIN_RPC_URL: "http://h" }, "sandbox", "names another chain"],
  ] as const)("refuses %s", (_, env, mode, says) => {
    expect(() => wantsLocalChain(env, mode)).toThrow(ConfigError);
    expect(() => wantsLocalChain(env, mode)).toThrow(says);
  });
});

describe("a chain that was started", () => {
  let local: LocalChain;
  let lab: SandboxChain;
  const openLab = async (url: string) => {
    const { ESCROW_ADDRESS: contract = "", ESCROW_TOKEN: token = "" } = settingsOf(url);
    return openChainLab({ url, contract, token }, fetch);
  };

  beforeAll(async () => {
    local = await startAnvil();
    await deployEscrow(local.url);
    lab = (await openLab(local.url)) as SandboxChain;
  });
  afterAll(() => local.stop());

  it("has escrow and token where the settings say, put there once", async () => {
    const { block, contract, tokenSymbol, decimals } = await lab.read();
    expect([contract, tokenSymbol, decimals]).toEqual([settingsOf(local.url).ESCROW_ADDRESS, "FMTD", 6]);
    await deployEscrow(local.url);
    expect((await lab.read()).block.number).toBe(block.number);
  });

  it("gives coins to an address, and to nothing else", async () => {
    const { transactionHash, tokens } = await lab.fund(somebody.toLowerCase());
    expect([transactionHash, tokens]).toEqual([expect.stringMatching(/^0x[0-9a-f]{64}$/), "100000000"]);
    const { balances } = await lab.read();
    expect(balances.find(({ address }) => address === somebody)).toMatchObject({ name: "Wallet", tokens: "100000000" });
    for (const wrong of ["", "0x12", `0x${"0".repeat(40)}`, `${somebody}0`])
      await expect(lab.fund(wrong)).rejects.toThrow(/^address: expected/);
  });

  it("passes on what wallets ask, one or several, and refuses what is not theirs", async () => {
    const ask = (method: string, id = 1) => ({ jsonrpc: "2.0", id, method, params: [] });
    expect(await lab.pass(ask("eth_chainId"))).toMatchObject({ id: 1, result: "0x7a69" });
    expect(await lab.pass([ask("eth_chainId"), ask("net_version", 2)])).toMatchObject([{ id: 1 }, { result: "31337" }]);
    const forbidden = ["eth_sendTransaction", "eth_accounts", "eth_sign", "eth_signTypedData_v4", "anvil_setBalance"];
    for (const method of [...forbidden, "evm_increaseTime", "hardhat_reset", "debug_traceCall"]) {
      await expect(lab.pass(ask(method))).rejects.toThrow(`method: ${method} is not passed on`);
      await expect(lab.pass([ask("eth_chainId"), ask(method)])).rejects.toThrow("is not passed on");
    }
    await expect(lab.pass({ id: 1 })).rejects.toThrow("is not passed on");
  });

  it("goes with the clock, and never back", async () => {
    const { time } = (await lab.read()).block;
    await lab.moveTo((time + 3600) * 1000);
    const later = (await lab.read()).block.time;
    expect(later).toBeGreaterThanOrEqual(time + 3600);
    await lab.moveTo(time * 1000);
    expect((await lab.read()).block.time).toBe(later);
  });

  it("is no lab where nothing, or another server, answers", async () => {
    expect(await openLab("http://127.0.0.1:1")).toBeNull();
  });
});

it("brings up a chain with everything on it, and takes it down", async () => {
  const started = await startLocalChain(null);
  expect(started.settings).toMatchObject({ CHAIN_RPC_URL: started.url, CHAIN_ID: "31337", ESCROW_CURRENCY: "FMTD" });
  await started.stop();
  await expect(fetch(started.url)).rejects.toThrow();
});
