// The lines of a charge: each with its sentence, and a sum that is the sum of what stands above it.
import type { ReactNode } from "react";
import type { ReceiptLineJson, ReceiptPayerJson } from "../../client/wire.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";

/** A table that adds up; pauses stand below it with their times. */
export function ReceiptLines({ payer }: { payer: ReceiptPayerJson }): ReactNode {
  const { words, format } = useFairminute();
  return (
    <section className="fm-receipt-part">
      <h2>{words.receipt.linesTitle}</h2>
      <table className="fm-lines" data-testid="receipt-lines">
        <thead>
          <tr>
            <th scope="col">{words.receipt.what}</th>
            <th scope="col" className="fm-number">
              {words.receipt.amount}
            </th>
          </tr>
        </thead>
        <tbody>
          {payer.lines.map((line) => (
            <Line key={`${line.kind}-${line.from}-${line.sentence}`} line={line} />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{words.receipt.total}</th>
            <td className="fm-number" data-testid="receipt-sum">
              {format.number(payer.lines.reduce((sum, line) => sum + line.amount, 0))}
            </td>
          </tr>
        </tfoot>
      </table>
      {payer.pauses.length > 0 && (
        <>
          <h3>{words.receipt.pauses}</h3>
          <ul className="fm-pauses">
            {payer.pauses.map((pause) => (
              <li key={pause.from}>
                {format.timeWithSeconds(pause.from)} – {format.timeWithSeconds(pause.to)}
                <span className="fm-number">{format.duration(pause.seconds)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Line({ line }: { line: ReceiptLineJson }): ReactNode {
  const { words, format } = useFairminute();
  const name = line.kind === "adjustment" ? words.receipt.adjustment : words.receipt.lines[line.kind];
  return (
    <tr data-testid={`receipt-line-${line.kind}`}>
      <td>
        <span className="fm-line-name">{name}</span>
        {/* The server's sentence counts in the token's smallest units. */}
        <span className="fm-line-sentence">
          {format.token === null
            ? line.sentence
            : words.receipt.timeAt(format.duration(line.seconds), words.perMinute(format.coins(line.pricePerMinute)))}
        </span>
      </td>
      <td className="fm-number" data-amount={line.amount}>
        {format.number(line.amount)}
      </td>
    </tr>
  );
}
