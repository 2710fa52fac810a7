// The call: fills the window, and leads to the receipt when it has ended.
import { type CallJson, CallScreen } from "@fairminute/react";
import { type ReactNode, useCallback } from "react";
import { useLocation } from "wouter";
import { usePageTitle } from "../usePageTitle.ts";
import { words } from "../words.ts";

/** A call that was completed goes on to its receipt; one that never happened says so where it is. */
export function CallPage({ callId }: { callId: string }): ReactNode {
  usePageTitle(words.call);
  const [, navigate] = useLocation();
  const onEnded = useCallback(
    (call: CallJson) => {
      if (call.status === "completed") navigate(`/calls/${call.id}/receipt`, { replace: true });
    },
    [navigate],
  );
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
