// Around the app where calls can be paid on a chain: the wallet of this browser, and the session that one sees through.
import { useFairminute, useMe } from "@fairminute/react";
import { useWallets, WalletPicker, type Wallets, WebRTCSessionProvider } from "@fairminute/react/chain";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";

const preset = "tutoring-onchain";

/** Whether the server is connected to a chain; undefined until it has said so. */
export function useHasChain(): boolean | undefined {
  const { client } = useFairminute();
  const config = useQuery({
    queryKey: ["server-config"],
    queryFn: client.readConfig,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return config.data?.presets?.includes(preset);
}

/** Gives the wallets to what it draws. One person, one set of wallets. */
export function WithChain({ children }: { children: (wallets: Wallets) => ReactNode }): ReactNode {
  const me = useMe().data?.userId;
  return me === undefined ? null : <Connected key={me}>{children}</Connected>;
}

function Connected({ children }: { children: (wallets: Wallets) => ReactNode }): ReactNode {
  const wallets = useWallets();
  return (
    <WebRTCSessionProvider
      wallet={wallets.wallet}
      connect={<WalletPicker wallets={wallets} />}
      receiptLink={(callId, text, leave) => (
        <Link
          href={`/calls/${callId}/receipt`}
          className="fm-button fm-button-plain"
          onClick={leave}
          data-testid="prompt-receipt"
        >
          {text}
        </Link>
      )}
    >
      {children(wallets)}
    </WebRTCSessionProvider>
  );
}
