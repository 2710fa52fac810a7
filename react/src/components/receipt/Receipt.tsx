// The receipt: one amount, and everything it came from, line by line, until it adds up in front of the reader.
import type { ReactNode } from "react";
import { InCurrency, isInCoins } from "../../chain/InCurrency.tsx";
import { ReceiptPayment } from "../../chain/ReceiptPayment.tsx";
import type { ReceiptJson } from "../../client/wire.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import { isFinal } from "../../hooks/useCall.ts";
import { useReceipt } from "../../hooks/useReceipt.ts";
import { QueryPanel } from "../parts/QueryPanel.tsx";
import { StatePanel } from "../parts/StatePanel.tsx";
import { isUnpriced, ReceiptFacts } from "./ReceiptFacts.tsx";
import { ReceiptLines } from "./ReceiptLines.tsx";
import { ReceiptMoney } from "./ReceiptMoney.tsx";

export type ReceiptProps = { callId: string };

/** The receipt of a call as the signed-in person may see it. */
export function Receipt({ callId }: ReceiptProps): ReactNode {
  const { words } = useFairminute();
  const receipt = useReceipt(callId);
  return (
    <QueryPanel query={receipt} rows={6}>
      {(data) =>
        isFinal(data.status) ? (
          <InCurrency call={{ id: data.callId, currency: data.currency }}>
            <ReceiptSheet receipt={data} />
          </InCurrency>
        ) : (
          <StatePanel icon="clock" title={words.receipt.openTitle} text={words.receipt.openText} />
        )
      }
    </QueryPanel>
  );
}

/** Draws a receipt that is at hand. */
export function ReceiptSheet({ receipt }: { receipt: ReceiptJson }): ReactNode {
  const { words, format } = useFairminute();
  const other = otherName(receipt) ?? words.unknownPerson;
  // Sentences with amounts count in a token's smallest units; the same figures stand above as people write them.
  const { token } = format;
  const explanations = receipt.explanations.filter((sentence) => token === null || !sentence.includes(token));
  return (
    <article className="fm-receipt" data-testid="receipt" data-viewer={receipt.viewer}>
      <header className="fm-receipt-head">
        <p className="fm-eyebrow">{words.receipt.title}</p>
        <h1 className="fm-receipt-title">{words.receipt.with(other)}</h1>
        <p className="fm-receipt-date">
          {format.day(receipt.requestedAt)} · {words.statuses[receipt.status]}
        </p>
        <ReceiptAmount receipt={receipt} />
      </header>
      <ReceiptFacts receipt={receipt} otherName={other} />
      {!isUnpriced(receipt) && receipt.payers.map((payer) => <ReceiptLines key={payer.payerId} payer={payer} />)}
      <ReceiptMoney receipt={receipt} otherName={other} />
      {!isInCoins(receipt) && <ReceiptPayment callId={receipt.callId} isTutor={receipt.viewer === "payee"} />}
      {explanations.length > 0 && (
        <section className="fm-receipt-part">
          <h2>{words.receipt.explanationTitle}</h2>
          <ul className="fm-explanations" data-testid="receipt-explanations">
            {explanations.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </section>
      )}
      <footer className="fm-receipt-foot">
        {words.receipt.callId} <code data-testid="receipt-call-id">{receipt.callId}</code>
      </footer>
    </article>
  );
}

/** The payer sees what was charged, the payee what was received; of a free call that cost a penalty, both see their penalty. */
function ReceiptAmount({ receipt }: { receipt: ReceiptJson }): ReactNode {
  const { words } = useFairminute();
  const payee = receipt.viewer === "payee" && receipt.split !== null;
  const amount = payee ? (receipt.split?.payee ?? 0) : receipt.total;
  const label = payee ? words.receipt.received : words.receipt.charged;
  const penalty = receipt.penalties.reduce((sum, one) => sum + (one.reversedAt === null ? one.amount : 0), 0);
  if (receipt.total === 0 && penalty > 0) return <Headline label={words.receipt.penalty} amount={penalty} />;
  return <Headline label={receipt.total === 0 ? words.receipt.nothing : label} amount={amount} />;
}

function Headline({ label, amount }: { label: string; amount: number }): ReactNode {
  const { format } = useFairminute();
  return (
    <p className="fm-receipt-amount">
      <span className="fm-receipt-amount-label">{label}</span>
      <span className="fm-receipt-amount-value">
        <span data-testid="receipt-total">{format.number(amount)}</span>
        <span className="fm-figure-unit"> {format.unit(amount)}</span>
      </span>
    </p>
  );
}

function otherName(receipt: ReceiptJson): string | null {
  const payer = receipt.payers[0];
  const payee = receipt.payees[0];
  if (receipt.viewer === "payee") return payer === undefined ? null : (payer.name ?? payer.payerId);
  return payee === undefined ? null : (payee.name ?? payee.userId);
}
