// When, how long, how it ended, and by what it was measured.
import type { ReactNode } from "react";
import type { ReceiptJson } from "../../client/wire.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import type { Words } from "../../words/words.ts";
import { Fact } from "../parts/Fact.tsx";

/** Facts that do not exist (a call that never started has no end) are left out. */
export function ReceiptFacts({ receipt, otherName }: { receipt: ReceiptJson; otherName: string }): ReactNode {
  const { words, format } = useFairminute();
  const payer = receipt.payers[0];
  const unpriced = isUnpriced(receipt);
  const pausedSeconds = payer?.pausedSeconds ?? 0;
  return (
    <dl className="fm-facts">
      {receipt.startedAt !== null && (
        <Fact label={words.receipt.started} value={format.timeWithSeconds(receipt.startedAt)} />
      )}
      {receipt.startedAt !== null && receipt.endedAt !== null && (
        <Fact label={words.receipt.ended} value={format.timeWithSeconds(receipt.endedAt)} />
      )}
      {receipt.endReason !== null && <Fact label={words.receipt.howEnded} value={sayEnd(receipt, otherName, words)} />}
      {unpriced && receipt.startedAt !== null && (
        <Fact label={words.receipt.lasted} value={format.clock(receipt.durationSeconds)} testId="receipt-lasted" />
      )}
      {payer !== undefined && !unpriced && receipt.startedAt !== null && (
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

/** A call whose time is not billed has no line to explain: it lasted so long, and that is all. */
export function isUnpriced({ payers, total, startedAt }: ReceiptJson): boolean {
  return startedAt !== null && total === 0 && payers.every(({ billableSeconds }) => billableSeconds === 0);
}

/** Who hung up by name, since of two strangers nobody is the caller. */
function sayEnd({ endReason, viewer }: ReceiptJson, otherName: string, words: Words): string {
  if (endReason === null) return "";
  const side = { payer_hung_up: "payer", payee_hung_up: "payee" }[endReason as "payer_hung_up"];
  if (side === undefined || viewer === "operator") return words.endReasons[endReason];
  return side === viewer ? words.youEnded : words.otherEnded(otherName);
}
