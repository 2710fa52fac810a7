// Amounts of a call that is paid on a chain, written in its token: everything below shows 0.60 and not 600000 coins.
import { type ReactNode, useMemo } from "react";
import { InFormat, useFairminute } from "../hooks/FairminuteProvider.tsx";
import { createFormat } from "../words/format.ts";
import { useEscrow } from "./useEscrow.ts";
import type { EscrowJson } from "./wire.ts";

type Counted = { id: string; currency?: string };

/** Whether a call is paid from the wallet of coins, which can be topped up while it goes on. */
export function isInCoins({ currency }: { currency?: string }): boolean {
  return currency === undefined || currency === "coin";
}

/** Draws its children as they are for calls that are paid in coins. */
export function InCurrency({ call, children }: { call: Counted; children: ReactNode }): ReactNode {
  if (isInCoins(call)) return children;
  return <InToken callId={call.id}>{children}</InToken>;
}

/** Nothing until the token's decimals are known: a price that jumps by a factor of a million is worse. */
function InToken({ callId, children }: { callId: string; children: ReactNode }): ReactNode {
  const escrow = useEscrow(callId);
  if (escrow.data === undefined) return escrow.error === null ? null : children;
  return <Written escrow={escrow.data}>{children}</Written>;
}

function Written({ escrow, children }: { escrow: EscrowJson; children: ReactNode }): ReactNode {
  const { words, locale } = useFairminute();
  const { currency, unit, decimals } = escrow;
  const inToken = useMemo(() => {
    const format = createFormat(words, locale, { currency, unit: BigInt(unit), decimals });
    const named = {
      ...words,
      coinsUnit: currency,
      coinUnit: currency,
      receipt: { ...words.receipt, amount: currency },
    };
    return { format, words: named };
  }, [words, locale, currency, unit, decimals]);
  return <InFormat {...inToken}>{children}</InFormat>;
}
