// The receipt's part about the chain: the transaction that paid, and how the contract divided the deposit.
import type { ReactNode } from "react";
import { Fact } from "../components/parts/Fact.tsx";
import { Short, useTokenFormat } from "./amounts.tsx";
import { useEscrow } from "./useEscrow.ts";
import { type ChainWords, chainWords } from "./words.ts";

/** Reads the escrow again until the payment is there for good, so that the sheet fills in by itself. */
export function ReceiptPayment({ callId, words = chainWords }: { callId: string; words?: ChainWords }): ReactNode {
  const escrow = useEscrow(callId, 4000).data;
  const write = useTokenFormat(escrow);
  if (escrow === undefined || escrow.deposit === null) return null;
  const { payment } = escrow;
  return (
    <section className="fm-receipt-part" data-testid="receipt-payment" data-paid={payment !== null}>
      <h2>{words.receipt.title}</h2>
      {payment === null ? (
        <p className="fm-receipt-date">{words.receipt.due}</p>
      ) : (
        <dl className="fm-facts">
          <Fact
            label={words.receipt.transaction}
            value={<Short text={payment.transactionHash} testId="receipt-transaction" />}
          />
          <Fact label={words.receipt.block} value={String(payment.blockNumber)} />
          <Fact label={words.receipt.ending} value={words.receipt.endings[payment.ending]} />
          <Fact label={words.receipt.paid} value={write(payment.paidToTutor)} testId="receipt-chain-tutor" strong />
          <Fact label={words.receipt.fee} value={write(payment.fee)} />
          <Fact
            label={words.receipt.returned}
            value={write(payment.returnedToStudent)}
            testId="receipt-chain-returned"
          />
        </dl>
      )}
    </section>
  );
}
