// The local chain comes up on a free port, goes when it is told to, and says what is wrong when it cannot.
import { describe, expect, it } from "vitest";
import { findAnvil, startAnvil } from "../anvil.ts";

async function chainIdOf(url: string): Promise<string> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  return ((await answer.json()) as { result: string }).result;
}

describe("startAnvil", () => {
  it("starts two chains side by side and stops them", async () => {
    const [one, two] = await Promise.all([startAnvil(), startAnvil({ chainId: 99 })]);
    expect(one.port).not.toBe(two.port);
    expect([await chainIdOf(one.url), await chainIdOf(two.url)]).toEqual(["0x7a69", "0x63"]);
    await Promise.all([one.stop(), two.stop()]);
    await expect(chainIdOf(one.url)).rejects.toThrow();
    expect(() => process.kill(one.pid, 0)).toThrow(/ESRCH/);
  });

  it("says why it did not start", async () => {
    const first = await startAnvil();
    await expect(startAnvil({ port: first.port })).rejects.toThrow(/the local chain did not start/);
    await first.stop();
  });

  it("names the package that is missing for a platform", () => {
    expect(() => findAnvil("plan9", "mips")).toThrow(/@foundry-rs\/anvil-plan9-mips, which is not installed/);
  });
});
