// The call: fills the window, and leads to the receipt when it has ended. One that is paid on a chain begins with its deposit.
import { type CallJson, CallScreen, useCall } from "@fairminute/react";
import { DepositPanel, needsDeposit, WalletPicker, type Wallets } from "@fairminute/react/chain";
import { type ReactNode, useCallback } from "react";
import { useLocation } from "wouter";
import { usePageTitle } from "../usePageTitle.ts";
import { words } from "../words.ts";

/** A call that was completed goes on to its receipt; one that never happened says so where it is. */
export function CallPage({ callId, wallets }: { callId: string; wallets: Wallets | null }): ReactNode {
  usePageTitle(words.call);
  const [, navigate] = useLocation();
  const call = useCall(callId).data;
  const onEnded = useCallback(
    (call: CallJson) => {
      if (call.status === "completed") navigate(`/calls/${call.id}/receipt`, { replace: true });
    },
    [navigate],
  );
  if (wallets !== null && call !== undefined && needsDeposit(call)) {
    return (
      <main className="page">
        <div className="column">
          <DepositPanel call={call} connect={<WalletPicker wallets={wallets} />} />
        </div>
      </main>
    );
  }
  return (
    <div className="call-page">
      <CallScreen
        callId={callId}
        onLeave={() => navigate("/")}
        onReceipt={(id) => navigate(`/calls/${id}/receipt`)}
        onEnded={onEnded}
      />
    </div>
  );
}
