// The receipt's part about the chain: the transaction that paid and how the contract divided the deposit; before, what is still to be done.
import { type ReactNode, useContext } from "react";
import { Button } from "../components/parts/Button.tsx";
import { Fact } from "../components/parts/Fact.tsx";
import { Short, useTokenFormat } from "./amounts.tsx";
import { ContractStanding, ContractWays } from "./ContractWays.tsx";
import { useEscrow } from "./useEscrow.ts";
import { WebRTCContext } from "./useWebRTCSession.ts";
import { WaitingPayment } from "./WaitingPayment.tsx";
import type { EscrowJson } from "./wire.ts";
import { type ChainWords, chainWords } from "./words.ts";

export type ReceiptPaymentProps = { callId: string; isTutor: boolean; words?: ChainWords };

/** Reads the escrow again until the payment is there for good, so that the sheet fills in by itself. */
export function ReceiptPayment({ callId, isTutor, words = chainWords }: ReceiptPaymentProps): ReactNode {
  const escrow = useEscrow(callId, 4000).data;
  const write = useTokenFormat(escrow);
  if (escrow === undefined || escrow.deposit === null) return null;
  const { payment } = escrow;
  return (
    <section className="fm-receipt-part" data-testid="receipt-payment" data-paid={payment !== null}>
      <h2>{words.receipt.title}</h2>
      {payment === null ? (
        <Due escrow={escrow} isTutor={isTutor} words={words} />
      ) : (
        <>
          {isOtherwise(escrow) && (
            <p className="fm-receipt-date" data-testid="receipt-differs">
              {words.receipt.differs}
            </p>
          )}
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
        </>
      )}
      <WaitingPayment />
    </section>
  );
}

/** Whether the contract paid another price than the meter's word has, as after a claim, a dispute or a reclaim. */
function isOtherwise({ payment, voucher }: EscrowJson): boolean {
  if (payment === null || voucher === null) return false;
  return BigInt(payment.paidToTutor) + BigInt(payment.fee) !== BigInt(voucher.amount);
}

type DueProps = { escrow: EscrowJson; isTutor: boolean; words: ChainWords };

/** Where it stands and what can be done; the prompt of the session, where there is one, does it. */
function Due({ escrow, isTutor, words }: DueProps): ReactNode {
  const live = useContext(WebRTCContext);
  const role = isTutor ? "tutor" : "student";
  return (
    <>
      <p className="fm-receipt-date">{words.receipt.due}</p>
      <ContractStanding escrow={escrow} role={role} words={words} />
      <ContractWays escrow={escrow} role={role} words={words} />
      {live !== null && (
        <Button look="primary" onClick={() => live.resume(escrow.callId)} testId="receipt-see-through">
          {words.receipt.see}
        </Button>
      )}
    </>
  );
}
