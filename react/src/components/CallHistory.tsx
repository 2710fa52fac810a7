// The calls that were: with whom, how they went, how long, how much, each with its receipt.
import type { CallStatus } from "@fairminute/core";
import { type ReactNode, useId } from "react";
import { InCurrency } from "../chain/InCurrency.tsx";
import type { CallJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useCallHistory } from "../hooks/useCalls.ts";
import { useMe } from "../hooks/useMe.ts";
import { Button } from "./parts/Button.tsx";
import { Icon } from "./parts/Icon.tsx";
import { QueryPanel } from "./parts/QueryPanel.tsx";
import { StatePanel } from "./parts/StatePanel.tsx";
import { roomNameOf } from "./study/room.ts";

export type HistoryStatus = "all" | Extract<CallStatus, "completed" | "rejected" | "cancelled" | "missed">;
export const historyStatuses: readonly HistoryStatus[] = ["all", "completed", "missed", "rejected", "cancelled"];

export type CallHistoryProps = {
  status: HistoryStatus;
  onStatus: (status: HistoryStatus) => void;
  /** Makes a link to a receipt. */
  receiptLink: (callId: string, text: ReactNode) => ReactNode;
  /** What to do when there is nothing yet. */
  empty?: ReactNode;
};

/** The filter belongs to the app (to its address, for instance), so that a list can be linked to. */
export function CallHistory({ status, onStatus, receiptLink, empty }: CallHistoryProps): ReactNode {
  const { words } = useFairminute();
  const pages = useCallHistory(status === "all" ? {} : { statuses: [status] });
  const query = { data: pages.data?.pages.flatMap((page) => page.calls), error: pages.error, refetch: pages.refetch };
  return (
    <div className="fm-history" data-testid="history">
      <StatusChoice status={status} onStatus={onStatus} />
      <QueryPanel query={query as never} rows={4}>
        {(calls: CallJson[]) =>
          calls.length === 0 ? (
            <StatePanel
              icon="clock"
              title={status === "all" ? words.history.emptyTitle : words.history.emptyFiltered}
              text={status === "all" ? words.history.emptyText : undefined}
              action={
                status === "all" ? empty : <Button onClick={() => onStatus("all")}>{words.history.showAll}</Button>
              }
            />
          ) : (
            <ul className="fm-list">
              {calls.map((call) => (
                <li key={call.id}>
                  <InCurrency call={call}>
                    <PastCall call={call} receiptLink={receiptLink} />
                  </InCurrency>
                </li>
              ))}
            </ul>
          )
        }
      </QueryPanel>
      {pages.hasNextPage && (
        <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()} testId="history-more">
          {words.actions.more}
        </Button>
      )}
    </div>
  );
}

function StatusChoice({ status, onStatus }: Pick<CallHistoryProps, "status" | "onStatus">): ReactNode {
  const { words } = useFairminute();
  const name = useId();
  return (
    <fieldset className="fm-choice fm-choice-quiet">
      <legend className="fm-hidden">{words.history.filter}</legend>
      <div className="fm-choice-options">
        {historyStatuses.map((choice) => (
          <label key={choice} className="fm-choice-option">
            <input type="radio" name={name} checked={choice === status} onChange={() => onStatus(choice)} />
            <span>{choice === "all" ? words.history.all : words.statuses[choice]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function PastCall({ call, receiptLink }: { call: CallJson } & Pick<CallHistoryProps, "receiptLink">): ReactNode {
  const { words, format } = useFairminute();
  const outgoing = call.payerId === useMe().data?.userId;
  const person = outgoing ? (call.payeeName ?? call.payeeId) : (call.payerName ?? call.payerId);
  const other = call.payeeId === null ? words.history.studyRoom(roomNameOf(call.roomName)) : person;
  const amount = (call.actualCoins ?? 0) + penaltyOf(call);
  const isFree = call.terms.billable === "none";
  const seconds = (isFree ? call.durationSeconds : call.billableSeconds) ?? 0;
  return (
    <div className="fm-row" data-testid={`history-${call.id}`}>
      <span className="fm-row-icon" title={outgoing ? words.history.outgoing : words.history.incoming}>
        <Icon name={outgoing ? "outgoing" : "incoming"} size={18} />
        <span className="fm-hidden">{outgoing ? words.history.outgoing : words.history.incoming}</span>
      </span>
      <div className="fm-row-text">
        <p className="fm-row-title">{receiptLink(call.id, other ?? words.unknownPerson)}</p>
        <p className="fm-row-sub">
          {format.day(call.requestedAt)}, {format.time(call.requestedAt)}
        </p>
      </div>
      <div className="fm-row-figures">
        <p className="fm-amount">{call.status === "completed" ? format.coins(amount) : words.statuses[call.status]}</p>
        {call.status === "completed" && <p className="fm-row-sub">{format.clock(seconds)}</p>}
      </div>
    </div>
  );
}

/** What the call cost besides its price, and did not go back. One sees one's own only. */
function penaltyOf({ penalties }: CallJson): number {
  return penalties.reduce((sum, { amount, reversedAt }) => sum + (reversedAt === null ? amount : 0), 0);
}
