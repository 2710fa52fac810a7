// wagmi's connected wallet as the wallet of this package. Put it below your WagmiProvider.
import { useMemo } from "react";
import { useAccount, useWalletClient } from "wagmi";
import { viemWallet } from "./viemWallet.ts";
import type { EscrowWallet } from "./wallet.ts";

/** The wallet that is connected in wagmi; null while none is. */
export function useWagmiWallet(): EscrowWallet | null {
  const { data: client } = useWalletClient();
  const { connector } = useAccount();
  const name = connector?.name;
  return useMemo(() => (client === undefined ? null : viemWallet(client, name)), [client, name]);
}
