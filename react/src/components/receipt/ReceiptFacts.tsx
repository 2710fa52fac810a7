// When, how long, how it ended, and by what it was measured.
import type { ReactNode } from "react";
import type { ReceiptJson } from "../../client/wire.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import { Fact } from "../parts/Fact.tsx";

/** Facts that do not exist (a call that never started has no end) are left out. */
export function ReceiptFacts({ receipt }: { receipt: ReceiptJson }): ReactNode {
  const { words, format } = useFairminute();
  const payer = receipt.payers[0];
  const pausedSeconds = payer?.pausedSeconds ?? 0;
  return (
    <dl className="fm-facts">
      {receipt.startedAt !== null && (
        <Fact label={words.receipt.started} value={format.timeWithSeconds(receipt.startedAt)} />
      )}
      {receipt.startedAt !== null && receipt.endedAt !== null && (
        <Fact label={words.receipt.ended} value={format.timeWithSeconds(receipt.endedAt)} />
      )}
      {receipt.endReason !== null && (
        <Fact label={words.receipt.howEnded} value={words.endReasons[receipt.endReason]} />
      )}
      {payer !== undefined && receipt.startedAt !== null && (
        <>
          <Fact label={words.receipt.talked} value={format.clock(payer.billableSeconds)} testId="receipt-talked" />
          <Fact label={words.receipt.billed} value={format.clock(payer.billedSeconds)} testId="receipt-billed" />
        </>
      )}
      {pausedSeconds > 0 && (
        <Fact label={words.receipt.paused} value={format.clock(pausedSeconds)} testId="receipt-paused" />
      )}
      {receipt.durationSource !== null && (
        <Fact label={words.receipt.evidence} value={words.receipt.sources[receipt.durationSource]} />
      )}
    </dl>
  );
}
