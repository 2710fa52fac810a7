// wagmi's own provider and hooks, on a real chain: its wallet deposits by a signed allowance and pays by the meter's voucher.
// @vitest-environment happy-dom
import {
  endings,
  escrowAbi,
  escrowBytecode,
  priceOfSeconds,
  testTokenAbi,
  testTokenBytecode,
  voucherDomain,
  voucherTypes,
} from "@fairminute/contracts";
import { type LocalChain, startAnvil } from "@fairminute/contracts/anvil";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, waitFor } from "@testing-library/react";
import { type Abi, createTestClient, getAddress, http, parseEventLogs, publicActions, walletActions } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createConfig, WagmiProvider } from "wagmi";
import { connect, disconnect } from "wagmi/actions";
import { mock } from "wagmi/connectors";
import { escrowJson, hashOf } from "../../test/escrow.ts";
import { deposit, payByVoucher, readOnChain, reclaim } from "./escrow.ts";
import { sayRefusal } from "./refusal.ts";
import { useWagmiWallet } from "./wagmi.ts";
import type { EscrowWallet } from "./wallet.ts";
import type { EscrowJson, Hex } from "./wire.ts";
import { chainWords } from "./words.ts";

let local: LocalChain;
let chain: ReturnType<typeof openChain>;
let escrow: EscrowJson;
let student: Hex;
const meter = privateKeyToAccount(hashOf("11"));

function openChain(url: string) {
  return createTestClient({ mode: "anvil", chain: foundry, transport: http(url), pollingInterval: 20 })
    .extend(publicActions)
    .extend(walletActions);
}

beforeAll(async () => {
  local = await startAnvil();
  chain = openChain(local.url);
  const [deployer, first, second] = (await chain.getAddresses()) as [Hex, Hex, Hex];
  student = first;
  const deploy = async (abi: Abi, bytecode: Hex, args: unknown[]): Promise<Hex> => {
    const hash = await chain.deployContract({ account: deployer, abi, bytecode, args });
    return getAddress((await chain.waitForTransactionReceipt({ hash })).contractAddress ?? "0x");
  };
  const contract = await deploy(escrowAbi as Abi, escrowBytecode, [meter.address, deployer, 2000, 3600, 7200]);
  const token = await deploy(testTokenAbi as Abi, testTokenBytecode, []);
  await chain.writeContract({
    account: deployer,
    address: token,
    abi: testTokenAbi,
    functionName: "mint",
    args: [student, 10n ** 8n],
  });
  const terms = { ...escrowJson().terms, tutor: second, token };
  escrow = escrowJson({ contract, token, student, tutor: second, terms, deposit: null });
  const bare = {
    tutor: second,
    token,
    ratePerMinute: 600_000n,
    maxSeconds: 1200,
    languageId: 1,
    requestId: terms.requestId,
  };
  const asked = { address: contract, abi: escrowAbi, functionName: "sessionIdOf", args: [student, bare] } as const;
  escrow.sessionId = await chain.readContract(asked);
});
afterEach(cleanup);
afterAll(() => local.stop());

function Shown({ seen }: { seen: (EscrowWallet | null)[] }) {
  seen.push(useWagmiWallet());
  return null;
}

/** The hook's wallet as a component sees it; each draw is remembered. */
async function connected(): Promise<{
  wallet: EscrowWallet;
  leave: () => Promise<void>;
  seen: (EscrowWallet | null)[];
}> {
  const here = { ...foundry, rpcUrls: { default: { http: [local.url] } } } as const;
  const config = createConfig({
    chains: [here],
    connectors: [mock({ accounts: [student] })],
    transports: { [foundry.id]: http(local.url) },
    pollingInterval: 50,
  });
  const seen: (EscrowWallet | null)[] = [];
  render(
    <WagmiProvider config={config} reconnectOnMount={false}>
      <QueryClientProvider client={new QueryClient()}>
        <Shown seen={seen} />
      </QueryClientProvider>
    </WagmiProvider>,
  );
  expect(seen.at(-1)).toBeNull();
  const [connector] = config.connectors;
  if (connector === undefined) throw new Error("no connector");
  await connect(config, { connector });
  await waitFor(() => expect(seen.at(-1)).not.toBeNull());
  return { wallet: seen.at(-1) as EscrowWallet, leave: () => disconnect(config), seen };
}

test("connected, it deposits by a signed allowance, pays by voucher, and is gone when it is disconnected", async () => {
  const { wallet, leave, seen } = await connected();
  expect([wallet.address, wallet.name, await wallet.chainId()]).toEqual([student, "Mock Connector", foundry.id]);
  const steps: string[] = [];
  const onStep = (step: string) => void steps.push(step);
  const now = Number((await chain.getBlock()).timestamp) * 1000;
  const opened = (await deposit(wallet, escrow, { onStep, now })) as Hex;
  expect((await wallet.waitFor(opened)).succeeded).toBe(true);
  expect(steps).toEqual(["allowing", "signing", "sent"]);
  expect(await readOnChain(wallet, escrow)).toMatchObject({ status: 1, maxSeconds: 1200 });
  // A second press, or another tab: the deposit is there.
  expect(await deposit(wallet, escrow, { onStep, now })).toBeNull();

  const tooEarly = await reclaim(wallet, escrow, onStep).catch((error: unknown) => error);
  expect(sayRefusal(tooEarly, chainWords)).toBe("It is too early for that: the contract's clock is not there yet.");

  await chain.increaseTime({ seconds: 700 });
  await chain.mine({ blocks: 1 });
  const signature = await meter.signTypedData({
    domain: voucherDomain(foundry.id, escrow.contract),
    types: voucherTypes,
    primaryType: "Voucher",
    message: { sessionId: escrow.sessionId, provenSeconds: 601n },
  });
  const amount = priceOfSeconds(600_000n, 601n).toString();
  const paid = await payByVoucher(wallet, { ...escrow, voucher: { provenSeconds: 601, signature, amount } }, onStep);
  await wallet.waitFor(paid);
  const { logs } = await chain.getTransactionReceipt({ hash: paid });
  const told = new Map<string, unknown>(
    parseEventLogs({ abi: escrowAbi, logs }).map(({ eventName, args }) => [eventName, args]),
  );
  const { ending } = told.get("SessionEnded") as { ending: number };
  expect(endings[ending]).toBe("voucher");
  const { toTutor, fee, toStudent } = told.get("SessionPaid") as { toTutor: bigint; fee: bigint; toStudent: bigint };
  expect([toTutor + fee, toStudent]).toEqual([BigInt(amount), BigInt(escrow.depositAmount) - BigInt(amount)]);

  const again = await payByVoucher(
    wallet,
    { ...escrow, voucher: { provenSeconds: 601, signature, amount } },
    onStep,
  ).catch((error: unknown) => error);
  expect(sayRefusal(again, chainWords)).toBe("The session is closed on the chain already.");
  await leave();
  await waitFor(() => expect(seen.at(-1)).toBeNull());
});
