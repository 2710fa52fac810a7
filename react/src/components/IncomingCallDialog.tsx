// Somebody is calling: who, at what price, and two answers. Enter accepts, Esc declines.
import { type ReactNode, useEffect, useRef } from "react";
import { InCurrency } from "../chain/InCurrency.tsx";
import type { CallJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useCallCommand } from "../hooks/useCall.ts";
import { useActiveCalls, useIncomingCall } from "../hooks/useCalls.ts";
import { useMe } from "../hooks/useMe.ts";
import { useTitleBlink } from "../hooks/useTitleBlink.ts";
import { Avatar } from "./parts/Avatar.tsx";
import { Button } from "./parts/Button.tsx";
import { Dialog } from "./parts/Dialog.tsx";
import { ErrorText } from "./parts/StatePanel.tsx";
import { startRing } from "./ring.ts";

export type IncomingCallDialogProps = {
  /** The call was accepted here: show its screen. */
  onAccepted: (call: CallJson) => void;
};

/** Put it once near the top of the app; it shows itself when somebody calls. */
export function IncomingCallDialog({ onAccepted }: IncomingCallDialogProps): ReactNode {
  const call = useIncomingCall();
  useAutoAccepted(onAccepted);
  if (call === null) return null;
  return (
    <InCurrency key={call.id} call={call}>
      <Ringing call={call} onAccepted={onAccepted} />
    </InCurrency>
  );
}

/** A call that the settings accepted does not ring: it is shown at once, once. */
function useAutoAccepted(onAccepted: IncomingCallDialogProps["onAccepted"]): void {
  const me = useMe().data?.userId;
  const calls = useActiveCalls().data;
  const shown = useRef(new Set<string>());
  useEffect(() => {
    for (const call of calls ?? []) {
      const byItself = call.payeeId === me && call.status === "accepted" && call.acceptedAt === call.requestedAt;
      if (!byItself || shown.current.has(call.id)) continue;
      shown.current.add(call.id);
      onAccepted(call);
    }
  }, [calls, me, onAccepted]);
}

function Ringing({ call, onAccepted }: IncomingCallDialogProps & { call: CallJson }): ReactNode {
  const { words, format } = useFairminute();
  const { answer, command } = useAnswer(call, onAccepted);
  const acceptButton = useRef<HTMLButtonElement>(null);
  const name = call.payerName ?? call.payerId;
  const minutes = Math.round(call.estimatedCoins / Math.max(1, call.ratePerMinute));
  useTitleBlink(words.incoming.pageTitle(name));
  useEffect(() => startRing(), []);

  return (
    <Dialog
      role="alertdialog"
      title={
        <>
          <Avatar name={name} size="l" />
          <span>{words.incoming.title(name)}</span>
        </>
      }
      onCancel={() => answer("reject")}
      focusFirst={acceptButton}
      testId="incoming-call"
    >
      <p className="fm-incoming-price" data-testid="incoming-price">
        {words.perMinute(format.coins(call.ratePerMinute))}
      </p>
      <p className="fm-incoming-minutes">
        {words.incoming.terms(format.percent(10_000 - call.terms.split.platformBasisPoints), words.minutes(minutes))}
      </p>
      {command.error !== null && (
        <p className="fm-note fm-note-danger" role="alert">
          <ErrorText error={command.error} />
        </p>
      )}
      <div className="fm-dialog-actions fm-dialog-actions-even">
        <Button
          icon="close"
          busy={command.isPending}
          onClick={() => answer("reject")}
          aria-keyshortcuts="Escape"
          testId="incoming-decline"
        >
          {words.incoming.decline}
        </Button>
        <Button
          ref={acceptButton}
          look="primary"
          icon="phone"
          busy={command.isPending}
          onClick={() => answer("accept")}
          aria-keyshortcuts="Enter"
          testId="incoming-accept"
        >
          {words.incoming.accept}
        </Button>
      </div>
      <p className="fm-keys">{words.incoming.keys}</p>
    </Dialog>
  );
}

/** Accepts or rejects, once: a second press while the first is under way does nothing. Errors are shown from `command`. */
function useAnswer(call: CallJson, onAccepted: IncomingCallDialogProps["onAccepted"]) {
  const command = useCallCommand(call.id);
  const answered = useRef(false);
  const answer = (kind: "accept" | "reject") => {
    if (answered.current) return;
    answered.current = true;
    // Not a callback of mutate(): news may take this dialog away before the answer is here.
    command.mutateAsync(kind).then(
      (now) => kind === "accept" && onAccepted(now),
      () => {
        answered.current = false;
      },
    );
  };
  return { answer, command };
}
