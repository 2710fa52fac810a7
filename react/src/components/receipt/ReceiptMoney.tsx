// Where the money went: the hold and what came back of it, the split, and penalties.
import type { ReactNode } from "react";
import type { PenaltyJson, ReceiptJson } from "../../client/wire.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import { Fact } from "../parts/Fact.tsx";

/** Each side sees its own: the payer the hold, the payee the split. */
export function ReceiptMoney({ receipt, otherName }: { receipt: ReceiptJson; otherName: string }): ReactNode {
  const { words, format } = useFairminute();
  const { split } = receipt;
  const hold = receipt.payers[0]?.hold ?? null;
  const toPayee = receipt.viewer === "payee" ? words.receipt.toYou : words.receipt.payee(otherName);
  return (
    <>
      {hold !== null && hold.placed > 0 && (
        <section className="fm-receipt-part">
          <h2>{words.receipt.holdTitle}</h2>
          <dl className="fm-facts">
            <Fact label={words.receipt.placed} value={format.number(hold.placed)} testId="receipt-placed" />
            <Fact label={words.receipt.captured} value={format.less(hold.placed - hold.released)} />
            <Fact
              label={words.receipt.released}
              value={format.number(hold.released)}
              testId="receipt-released"
              strong
            />
            {hold.refunded > 0 && <Fact label={words.receipt.refunded} value={format.number(hold.refunded)} />}
          </dl>
        </section>
      )}
      {split !== null && split.payer > 0 && (
        <section className="fm-receipt-part">
          <h2>{words.receipt.splitTitle}</h2>
          <dl className="fm-facts">
            <Fact label={words.receipt.paidBy(otherName)} value={format.number(split.payer)} />
            <Fact
              label={words.receipt.platform(format.percent(split.platformBasisPoints))}
              value={format.less(split.platform)}
              testId="receipt-platform"
            />
            <Fact label={toPayee} value={format.number(split.payee)} testId="receipt-payee" strong />
          </dl>
        </section>
      )}
      {receipt.penalties.length > 0 && (
        <section className="fm-receipt-part">
          <h2>{words.receipt.penaltiesTitle}</h2>
          <dl className="fm-facts">
            {receipt.penalties.map((penalty) => (
              <Penalty key={`${penalty.userId}-${penalty.policy}`} penalty={penalty} />
            ))}
          </dl>
        </section>
      )}
    </>
  );
}

/** What was taken and why; and that it went back, when it did. */
function Penalty({ penalty }: { penalty: PenaltyJson }): ReactNode {
  const { words, format } = useFairminute();
  const { reason, amount, reversedAt, reversalReason } = penalty;
  const back = reversalReason === null ? words.penalties.reversed : words.penalties.reversedBecause(reversalReason);
  return (
    <>
      <Fact
        label={`${reason.charAt(0).toUpperCase()}${reason.slice(1)}`}
        value={format.number(amount)}
        testId="receipt-penalty"
      />
      {reversedAt !== null && <Fact label={back} value={format.less(amount)} testId="receipt-penalty-reversed" />}
    </>
  );
}
