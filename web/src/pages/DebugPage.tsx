// The sandbox's debug page: a session made, ended and paid by buttons, and the chain it is paid on.
import { WalletLinkPanel, WalletPicker, type Wallets, WebRTCSessionTest } from "@fairminute/react/chain";
import type { ReactNode } from "react";
import { ChainLab } from "../ChainLab.tsx";
import { usePageTitle } from "../usePageTitle.ts";
import { words } from "../words.ts";

type DebugPageProps = { wallets: Wallets | null; hasChain: boolean | undefined };

/** `hasChain`: whether the server is connected to one; undefined until that is known. */
export function DebugPage({ wallets, hasChain }: DebugPageProps): ReactNode {
  usePageTitle(words.lab.title);
  return (
    <div className="column stack">
      <h1>{words.lab.title}</h1>
      {hasChain === false && <p className="fm-card">{words.lab.noChain}</p>}
      {wallets !== null && (
        <>
          {wallets.wallet !== null && <WalletLinkPanel wallets={wallets} />}
          <WebRTCSessionTest
            connect={
              <section className="fm-card lab-card">
                <WalletPicker wallets={wallets} />
              </section>
            }
          />
          <ChainLab wallet={wallets.wallet} />
        </>
      )}
    </div>
  );
}
