// The call is over: how, what it cost, and where to go from here.
import type { ReactNode } from "react";
import type { CallJson } from "../../client/wire.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import { Button } from "../parts/Button.tsx";
import { Icon } from "../parts/Icon.tsx";

export type CallOutcomeProps = {
  call: CallJson;
  /** Whether the viewer is the one who pays. */
  payer: boolean;
  onLeave: () => void;
  onReceipt: () => void;
};

/** Says plainly when nothing was charged. */
export function CallOutcome({ call, payer, onLeave, onReceipt }: CallOutcomeProps): ReactNode {
  const { words, format } = useFairminute();
  const title = words.outcome[call.status as "completed"] ?? words.outcome.completed;
  const charged = call.actualCoins ?? 0;
  const completed = call.status === "completed";
  return (
    <section className="fm-outcome" data-testid="outcome" data-status={call.status}>
      <Icon name={completed ? "check" : "hangUp"} size={32} />
      <h1 className="fm-outcome-title">{title}</h1>
      {completed && call.endReason !== null && <p>{words.endReasons[call.endReason]}</p>}
      <p className="fm-outcome-money" data-testid="outcome-money">
        {payer && charged > 0
          ? words.outcome.charged(format.coins(charged))
          : !completed && words.outcome.nothingCharged}
        {payer &&
          charged === 0 &&
          call.estimatedCoins > 0 &&
          ` ${words.outcome.released(format.coins(call.estimatedCoins))}`}
      </p>
      <div className="fm-outcome-actions">
        {completed && (
          <Button look="primary" icon="receipt" onClick={onReceipt} testId="outcome-receipt">
            {words.actions.viewReceipt}
          </Button>
        )}
        <Button look={completed ? "plain" : "primary"} onClick={onLeave} testId="outcome-back">
          {words.actions.back}
        </Button>
      </div>
    </section>
  );
}
