// The wallet in two figures, for a header.
import type { ReactNode } from "react";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useWallet } from "../hooks/useWallet.ts";

/** Available coins, and held ones beside them while there are any. */
export function WalletBadge(): ReactNode {
  const { words, format } = useFairminute();
  const wallet = useWallet().data;
  return (
    <span className="fm-badge" data-testid="wallet-badge">
      <strong data-testid="badge-available">{wallet === undefined ? "–" : format.number(wallet.available)}</strong>
      <span>{wallet === undefined ? words.coinsUnit : format.unit(wallet.available)}</span>
      {wallet !== undefined && wallet.held > 0 && (
        <span className="fm-badge-held" data-testid="badge-held">
          {words.wallet.heldShort(format.number(wallet.held))}
        </span>
      )}
    </span>
  );
}
