// The sandbox's own wallet: a key that is made on first use and kept in the browser. For coins that are worth nothing, and only those.
import { viemWallet } from "./viemWallet.ts";
import type { EscrowWallet } from "./wallet.ts";
import type { Hex } from "./wire.ts";

const keyOf = (userId: string) => `fairminute.burner:${userId}`;

/** Sandbox blocks come at once; anvil's are there before the second look. */
const pollingMs = 300;

export type BurnerOptions = {
  /** Whose wallet: two people who share a browser have two. */
  userId: string;
  chainId: number;
  /** Where the chain is reached, as the sandbox says. */
  rpcUrl: string;
  storage?: Pick<Storage, "getItem" | "setItem">;
};

/** The burner wallet of one person on this machine: the same each time. */
export async function burnerWallet({
  userId,
  chainId,
  rpcUrl,
  storage = localStorage,
}: BurnerOptions): Promise<EscrowWallet> {
  const [{ createWalletClient, defineChain, http }, { generatePrivateKey, privateKeyToAccount }] = await Promise.all([
    import("viem"),
    import("viem/accounts"),
  ]);
  let key = storage.getItem(keyOf(userId)) as Hex | null;
  if (key === null || !/^0x[0-9a-f]{64}$/.test(key)) {
    key = generatePrivateKey();
    storage.setItem(keyOf(userId), key);
  }
  const chain = defineChain({
    id: chainId,
    name: "Sandbox",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  const account = privateKeyToAccount(key);
  return viemWallet(
    createWalletClient({ account, chain, transport: http(rpcUrl), pollingInterval: pollingMs }),
    "Burner wallet",
  );
}
