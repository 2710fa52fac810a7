// The wallet and its statement.
import { WalletPanel } from "@fairminute/react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { usePageTitle } from "../usePageTitle.ts";
import { words } from "../words.ts";

/** Movements of a call lead to its receipt. */
export function WalletPage(): ReactNode {
  usePageTitle(words.nav.wallet);
  return (
    <div className="column stack">
      <h1>{words.nav.wallet}</h1>
      <WalletPanel receiptLink={(callId, text) => <Link href={`/calls/${callId}/receipt`}>{text}</Link>} />
    </div>
  );
}
