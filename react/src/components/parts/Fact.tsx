// One row of a list of figures: what it is, and how much.
import type { ReactNode } from "react";

type FactProps = { label: string; value: ReactNode; testId?: string; strong?: boolean };

/** One row of a list of figures. */
export function Fact({ label, value, testId, strong = false }: FactProps): ReactNode {
  return (
    <div className={strong ? "fm-fact fm-fact-strong" : "fm-fact"}>
      <dt>{label}</dt>
      <dd data-testid={testId}>{value}</dd>
    </div>
  );
}
