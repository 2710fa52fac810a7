// Lessons that are paid on the chain: one's wallet, and whom one can call.
import type { CallJson } from "@fairminute/react";
import { TutorList, WalletLinkPanel, type Wallets } from "@fairminute/react/chain";
import type { ReactNode } from "react";
import { usePageTitle } from "../usePageTitle.ts";
import { words } from "../words.ts";

/** `onCall` shows the call that was made. */
export function TutorsPage({ wallets, onCall }: { wallets: Wallets; onCall: (call: CallJson) => void }): ReactNode {
  usePageTitle(words.nav.tutors);
  return (
    <div className="column stack">
      <h1>{words.tutors.title}</h1>
      <WalletLinkPanel wallets={wallets} />
      <TutorList onCalled={onCall} />
    </div>
  );
}
