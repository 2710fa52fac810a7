// A way back into a call that rings or is under way, for whoever left its screen.
import type { ReactNode } from "react";
import type { CallJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useActiveCalls, useOutgoingCall } from "../hooks/useCalls.ts";
import { useMe } from "../hooks/useMe.ts";
import { Button } from "./parts/Button.tsx";

/** Draws nothing when there is no such call. */
export function ActiveCallBanner({ onReturn }: { onReturn: (call: CallJson) => void }): ReactNode {
  const { words } = useFairminute();
  const me = useMe().data?.userId;
  const outgoing = useOutgoingCall();
  // A study room has no other side and no screen of its own.
  const call = useActiveCalls().data?.find(({ payeeId }) => payeeId !== null) ?? outgoing;
  if (call === null) return null;
  const name = (call.payerId === me ? (call.payeeName ?? call.payeeId) : (call.payerName ?? call.payerId)) ?? "";
  return (
    <div className="fm-banner fm-banner-accent" role="status" data-testid="active-call">
      <p className="fm-banner-text">
        {call.status === "pending" ? words.activeCall.pending(name) : words.activeCall.text(name)}
      </p>
      <Button look="primary" icon="phone" onClick={() => onReturn(call)} testId="return-to-call">
        {words.activeCall.back}
      </Button>
    </div>
  );
}
