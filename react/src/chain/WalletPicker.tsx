// The wallets that there are: those of the browser, and in the sandbox one made on the spot.
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { Button } from "../components/parts/Button.tsx";
import { Fact } from "../components/parts/Fact.tsx";
import { ErrorText } from "../components/parts/StatePanel.tsx";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { queryKeys } from "../hooks/keys.ts";
import { useMe } from "../hooks/useMe.ts";
import { writeAmount } from "../words/format.ts";
import { Short } from "./amounts.tsx";
import { burnerWallet } from "./burner.ts";
import { discoverWallets, type InjectedWallet } from "./injected.ts";
import { sayRefusal } from "./refusal.ts";
import { useChainRoutes, useLinkedWallet, useLinkWallet, useSandboxChain } from "./useEscrow.ts";
import { WaitingPayment } from "./WaitingPayment.tsx";
import type { EscrowWallet } from "./wallet.ts";
import { type ChainWords, chainWords } from "./words.ts";

const rememberedKey = "fairminute.wallet";
const burnerId = "burner";

export type Wallets = {
  wallet: EscrowWallet | null;
  /** What can be connected, each by its id. */
  choices: { id: string; name: string; hint: string }[];
  connect: (id: string) => Promise<void>;
};

/** The wallet of this browser, connected again after a reload without asking where the person chose it before. */
export function useWallets(words: ChainWords = chainWords): Wallets {
  const me = useMe().data;
  const [injected, setInjected] = useState<InjectedWallet[]>([]);
  const [wallet, setWallet] = useState<EscrowWallet | null>(null);
  const chain = useSandboxChain(me?.mode === "sandbox").data;
  useEffect(() => discoverWallets(setInjected), []);

  const userId = me?.userId;
  const chosen = useRef("");
  const connect = useCallback(
    async (id: string) => {
      const found = injected.find((one) => one.id === id);
      // Changes of a wallet that somebody has left for another one are nobody's business.
      const follow = (changed: EscrowWallet | null) => {
        if (chosen.current !== id) return;
        setWallet(changed);
        // Without an account it is not connected again by itself: that would ask the person who has just taken it away.
        if (changed === null) localStorage.removeItem(`${rememberedKey}:${userId}`);
      };
      let next: EscrowWallet;
      if (found !== undefined) next = await found.connect(follow);
      else if (id === burnerId && chain !== undefined && userId !== undefined) {
        const rpcUrl = new URL(chain.rpcUrl, location.href).href;
        next = await burnerWallet({ userId, chainId: chain.chainId, rpcUrl });
      } else return;
      chosen.current = id;
      setWallet(next);
      localStorage.setItem(`${rememberedKey}:${userId}`, id);
    },
    [injected, chain, userId],
  );
  useEffect(() => {
    const id = userId === undefined ? null : localStorage.getItem(`${rememberedKey}:${userId}`);
    if (wallet === null && id !== null) connect(id).catch(() => {});
  }, [wallet, connect, userId]);

  const burner = { id: burnerId, name: words.wallet.burner, hint: words.wallet.burnerHint };
  const others = injected.map(({ id, name }) => ({ id, name, hint: words.wallet.injectedHint }));
  return { wallet, choices: chain === undefined ? others : [burner, ...others], connect };
}

/** A button for each wallet. */
export function WalletPicker({ wallets, words = chainWords }: { wallets: Wallets; words?: ChainWords }): ReactNode {
  const [error, setError] = useState<unknown>(null);
  if (wallets.choices.length === 0) return <p className="fm-rule">{words.wallet.none}</p>;
  return (
    <div className="fm-chain-wallets" data-testid="wallet-choices">
      {wallets.choices.map(({ id, name, hint }) => (
        <button
          key={id}
          type="button"
          className="fm-chain-wallet"
          onClick={() => {
            setError(null);
            wallets.connect(id).catch(setError);
          }}
          data-testid={`wallet-${id}`}
        >
          <strong>{words.wallet.connect(name)}</strong>
          <small>{hint}</small>
        </button>
      ))}
      {error !== null && (
        <p className="fm-note fm-note-danger" role="alert">
          {sayRefusal(error, words)}
        </p>
      )}
    </div>
  );
}

/** One's own wallet: connect, link by a signed sentence, and in the sandbox fill it. */
export function WalletLinkPanel({ wallets, words = chainWords }: { wallets: Wallets; words?: ChainWords }): ReactNode {
  const linked = useLinkedWallet();
  const link = useLinkWallet();
  const { wallet } = wallets;
  const isLinked = linked.data != null && linked.data.address.toLowerCase() === wallet?.address.toLowerCase();
  return (
    <section className="fm-card fm-chain-panel" data-testid="wallet-panel" data-linked={isLinked}>
      <h2 className="fm-section-title">{words.wallet.title}</h2>
      {!isLinked && <p className="fm-match-intro">{words.wallet.intro}</p>}
      {wallet === null ? (
        <>
          {linked.data != null && <p className="fm-rule">{words.wallet.other(linked.data.address)}</p>}
          <WalletPicker wallets={wallets} words={words} />
        </>
      ) : (
        <Connected wallet={wallet} isLinked={isLinked} words={words} />
      )}
      <WaitingPayment />
      {wallet !== null && linked.data !== undefined && !isLinked && (
        <Button look="primary" busy={link.isPending} onClick={() => link.mutate(wallet)} testId="wallet-link">
          {link.isPending ? words.wallet.linking : words.wallet.link(wallet.name.toLowerCase())}
        </Button>
      )}
      {link.error !== null && (
        <p className="fm-note fm-note-danger" role="alert" data-testid="wallet-error">
          {sayRefusal(link.error, words)}
        </p>
      )}
      {linked.error !== null && (
        <p className="fm-note fm-note-danger" role="alert">
          <ErrorText error={linked.error} />
        </p>
      )}
    </section>
  );
}

type ConnectedProps = { wallet: EscrowWallet; isLinked: boolean; words: ChainWords };

function Connected({ wallet, isLinked, words }: ConnectedProps): ReactNode {
  const { locale } = useFairminute();
  const sandbox = useMe().data?.mode === "sandbox";
  const chain = useSandboxChain(sandbox, 5000).data;
  const tokens = chain?.balances.find(({ address }) => address.toLowerCase() === wallet.address.toLowerCase())?.tokens;
  return (
    <>
      <dl className="fm-facts">
        <Fact label={wallet.name} value={<Short text={wallet.address} testId="wallet-address" />} />
        {chain !== undefined && (
          <Fact
            label={words.wallet.balance}
            value={`${writeAmount(BigInt(tokens ?? "0"), chain.decimals, locale)} ${chain.tokenSymbol}`}
            testId="wallet-tokens"
          />
        )}
        {isLinked && <Fact label={words.wallet.linked} value="✓" testId="wallet-linked" />}
      </dl>
      {chain !== undefined && <Faucet address={wallet.address} words={words} />}
    </>
  );
}

function Faucet({ address, words }: { address: string; words: ChainWords }): ReactNode {
  const routes = useChainRoutes();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const fill = async () => {
    setBusy(true);
    setError(null);
    try {
      await routes.fundAddress(address);
      await queryClient.invalidateQueries({ queryKey: queryKeys.sandboxChain });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button icon="plus" busy={busy} onClick={() => void fill()} testId="wallet-faucet">
        {busy ? words.wallet.faucetBusy : words.wallet.faucet}
      </Button>
      {error !== null && (
        <p className="fm-note fm-note-danger" role="alert">
          <ErrorText error={error} />
        </p>
      )}
    </>
  );
}
