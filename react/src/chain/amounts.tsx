// Amounts, addresses and transactions of the chain as people read them.
import type { ReactNode } from "react";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { writeAmount } from "../words/format.ts";
import type { EscrowJson } from "./wire.ts";

/** Makes the writing of an escrow's amounts: "12.00 TEST". */
export function useTokenFormat(escrow: Pick<EscrowJson, "currency" | "decimals"> | undefined) {
  const { locale } = useFairminute();
  return (smallest: string | bigint): string =>
    escrow === undefined ? "" : `${writeAmount(BigInt(smallest), escrow.decimals, locale)} ${escrow.currency}`;
}

/** Both ends of something long, with all of it to be copied and for who points at it. */
export function Short({ text, testId }: { text: string; testId?: string }): ReactNode {
  const shown = text.length > 16 ? `${text.slice(0, 8)}…${text.slice(-6)}` : text;
  return (
    <code className="fm-short" title={text} data-full={text} data-testid={testId}>
      {shown}
    </code>
  );
}
