// Wallets that live in the browser, found as EIP-6963 says: each announces itself, nobody fights over one global.
import type { EIP1193Provider } from "viem";
import { viemWallet } from "./viemWallet.ts";
import type { EscrowWallet } from "./wallet.ts";
import type { Hex } from "./wire.ts";

/** A wallet that announced itself. */
export type InjectedWallet = {
  /** Its reverse domain name, the same on every visit. */
  id: string;
  name: string;
  /** Asks the person for an account, and is then a wallet. */
  connect(): Promise<EscrowWallet>;
};

type Announcement = { detail?: { info?: { rdns?: unknown; name?: unknown }; provider?: unknown } };

async function connect(name: string, provider: EIP1193Provider): Promise<EscrowWallet> {
  const { createWalletClient, custom } = await import("viem");
  const asking = createWalletClient({ transport: custom(provider) });
  const [address] = await asking.requestAddresses();
  if (address === undefined) throw new Error(`${name} gave no account.`);
  const account: Hex = address;
  return viemWallet(createWalletClient({ account, transport: custom(provider) }), name);
}

/**
 * Listens for wallets and asks all that are there to announce themselves.
 * @param onFound called with all that are known, each time another one appears
 * @returns stops listening
 */
export function discoverWallets(onFound: (wallets: InjectedWallet[]) => void, place: EventTarget = window): () => void {
  const found = new Map<string, InjectedWallet>();
  const listen = (event: Event) => {
    const { info, provider } = (event as Event & Announcement).detail ?? {};
    if (typeof info?.rdns !== "string" || typeof info.name !== "string" || provider === undefined) return;
    const { rdns: id, name } = info;
    if (found.has(id)) return;
    found.set(id, { id, name, connect: () => connect(name, provider as EIP1193Provider) });
    onFound([...found.values()]);
  };
  place.addEventListener("eip6963:announceProvider", listen);
  place.dispatchEvent(new Event("eip6963:requestProvider"));
  return () => place.removeEventListener("eip6963:announceProvider", listen);
}
