// Wallets that live in the browser, found as EIP-6963 says: each announces itself, nobody fights over one global.
import type { EIP1193Provider } from "viem";
import { viemWallet } from "./viemWallet.ts";
import type { EscrowWallet } from "./wallet.ts";
import type { Hex } from "./wire.ts";

/** Told when the person goes to another account or chain in their wallet; null when they took the last account away. */
export type OnWallet = (wallet: EscrowWallet | null) => void;

/** A wallet that announced itself. */
export type InjectedWallet = {
  /** Its reverse domain name, the same on every visit; of a second wallet under the same name its uuid. */
  id: string;
  name: string;
  /**
   * Asks the person for an account, and is then a wallet.
   * @param onChange follows the wallet from now on; whoever connects again is told instead
   * @throws the wallet's own refusal, such as 4001 for a person who declines
   */
  connect(onChange?: OnWallet): Promise<EscrowWallet>;
};

/** What EIP-1193 asks of a provider; not every one can be listened to. */
type Provider = Pick<EIP1193Provider, "request"> & Partial<Pick<EIP1193Provider, "on" | "removeListener">>;

type Announced = { uuid: string; rdns: string; name: string; provider: Provider };

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** What was announced; null for whatever is no wallet. */
function readAnnouncement(event: Event): Announced | null {
  const { detail } = event as Event & { detail?: unknown };
  if (typeof detail !== "object" || detail === null) return null;
  const { info, provider } = detail as { info?: unknown; provider?: unknown };
  if (typeof info !== "object" || info === null || typeof provider !== "object" || provider === null) return null;
  const { uuid, rdns, name } = info as Record<string, unknown>;
  if (!isText(uuid) || !isText(rdns) || !isText(name)) return null;
  if (typeof (provider as Partial<Provider>).request !== "function") return null;
  return { uuid, rdns, name, provider: provider as Provider };
}

async function walletOf(name: string, provider: Provider, account: Hex): Promise<EscrowWallet> {
  const { createWalletClient, custom } = await import("viem");
  return viemWallet(createWalletClient({ account, transport: custom(provider) }), name);
}

/** Follows accounts and chain. @returns stops following */
function follow(name: string, provider: Provider, first: Hex, onChange: OnWallet): () => void {
  let account: Hex | undefined = first;
  let changes = 0;
  const tell = async () => {
    // Of two changes at once only the later one is told.
    const change = ++changes;
    const wallet = account === undefined ? null : await walletOf(name, provider, account);
    if (change === changes) onChange(wallet);
  };
  const onAccounts = (accounts: readonly Hex[]) => {
    if (accounts[0]?.toLowerCase() === account?.toLowerCase()) return;
    account = accounts[0];
    void tell();
  };
  const onChain = () => void tell();
  provider.on?.("accountsChanged", onAccounts as (accounts: Hex[]) => void);
  provider.on?.("chainChanged", onChain);
  return () => {
    changes++;
    provider.removeListener?.("accountsChanged", onAccounts as (accounts: Hex[]) => void);
    provider.removeListener?.("chainChanged", onChain);
  };
}

/** Makes the way to connect one wallet. */
function createConnect({ name, provider }: Announced): InjectedWallet["connect"] {
  let unfollow = () => {};
  return async (onChange) => {
    const { createWalletClient, custom } = await import("viem");
    const [address] = await createWalletClient({ transport: custom(provider) }).requestAddresses();
    if (address === undefined) throw new Error(`${name} gave no account.`);
    unfollow();
    unfollow = onChange === undefined ? () => {} : follow(name, provider, address, onChange);
    return walletOf(name, provider, address);
  };
}

/**
 * Listens for wallets and asks all that are there to announce themselves.
 * @param onFound called with all that are known, each time another one appears
 * @returns stops listening
 */
export function discoverWallets(onFound: (wallets: InjectedWallet[]) => void, place: EventTarget = window): () => void {
  const known = new Set<string>();
  const found: InjectedWallet[] = [];
  const listen = (event: Event) => {
    const announced = readAnnouncement(event);
    if (announced === null || known.has(announced.uuid)) return;
    known.add(announced.uuid);
    const { uuid, rdns, name } = announced;
    const id = found.some((one) => one.id === rdns) ? uuid : rdns;
    found.push({ id, name, connect: createConnect(announced) });
    onFound([...found]);
  };
  place.addEventListener("eip6963:announceProvider", listen);
  place.dispatchEvent(new Event("eip6963:requestProvider"));
  return () => place.removeEventListener("eip6963:announceProvider", listen);
}
