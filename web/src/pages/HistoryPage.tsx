// The calls that were. The filter stands in the address, so that a list can be linked to and gone back to.
import { CallHistory, type HistoryStatus, historyStatuses } from "@fairminute/react";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "wouter";
import { usePageTitle } from "../usePageTitle.ts";
import { words } from "../words.ts";

/** An unknown filter in the address means all. */
export function HistoryPage(): ReactNode {
  usePageTitle(words.nav.history);
  const [search, setSearch] = useSearchParams();
  const asked = search.get("status");
  const status = historyStatuses.find((known) => known === asked) ?? "all";
  const onStatus = (next: HistoryStatus) => setSearch(next === "all" ? {} : { status: next }, { replace: true });
  return (
    <div className="column stack">
      <h1>{words.nav.history}</h1>
      <CallHistory
        status={status}
        onStatus={onStatus}
        receiptLink={(callId, text) => <Link href={`/calls/${callId}/receipt`}>{text}</Link>}
        empty={
          <Link href="/" className="fm-button fm-button-primary">
            {words.home.goCalling}
          </Link>
        }
      />
    </div>
  );
}
