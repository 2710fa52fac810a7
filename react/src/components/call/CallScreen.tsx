// The call screen: rings, connects, shows both pictures and the meter, survives losses, and ends. One component is a paid call.
import { type ReactNode, useEffect, useRef } from "react";
import { InCurrency, isInCoins } from "../../chain/InCurrency.tsx";
import type { CallJson } from "../../client/wire.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import { isFinal, useCall } from "../../hooks/useCall.ts";
import { useCallMedia } from "../../hooks/useCallMedia.ts";
import { useCallTicker } from "../../hooks/useCallTicker.ts";
import { useEndCall } from "../../hooks/useEndCall.ts";
import { useLiveState } from "../../hooks/useLiveState.ts";
import { useMe } from "../../hooks/useMe.ts";
import { EarlyExitRule } from "../EarlyExitRule.tsx";
import { Button } from "../parts/Button.tsx";
import { QueryPanel } from "../parts/QueryPanel.tsx";
import { ErrorText } from "../parts/StatePanel.tsx";
import { CallBanners } from "./CallBanners.tsx";
import { CallControls } from "./CallControls.tsx";
import { CallMeter } from "./CallMeter.tsx";
import { CallOutcome } from "./CallOutcome.tsx";
import { CallStage } from "./CallStage.tsx";
import { readCondition } from "./condition.ts";
import { stageMessage } from "./stageMessage.ts";

export type CallScreenProps = {
  callId: string;
  /** The call is over, or is not one's own: go somewhere else. */
  onLeave: () => void;
  onReceipt: (callId: string) => void;
  /** Called once when the call has ended while it was on screen. */
  onEnded?: (call: CallJson) => void;
};

/** Fills the box it is put in; give that box the height of the window. */
export function CallScreen(props: CallScreenProps): ReactNode {
  const { words } = useFairminute();
  const call = useCall(props.callId);
  const me = useMe().data?.userId;
  const status = call.data?.status;
  useEnded(call.data, props.onEnded);
  return (
    <main className="fm-call" data-testid="call-screen" data-status={status}>
      <QueryPanel query={call} rows={1} errorAction={<Button onClick={props.onLeave}>{words.actions.back}</Button>}>
        {(data) => (
          <InCurrency call={data}>
            {isFinal(data.status) ? (
              <CallOutcome
                call={data}
                payer={data.payerId === me}
                onLeave={props.onLeave}
                onReceipt={() => props.onReceipt(data.id)}
              />
            ) : (
              <CallRoom call={data} />
            )}
          </InCurrency>
        )}
      </QueryPanel>
    </main>
  );
}

/** A call that is not over yet: from ringing to the last second. */
function CallRoom({ call }: { call: CallJson }): ReactNode {
  const { words, format } = useFairminute();
  const me = useMe().data;
  const live = useLiveState();
  const pending = call.status === "pending";
  const media = useCallMedia(call.id, { devices: true, join: !pending, provider: call.provider });
  const ticker = useCallTicker(call.id);
  const end = useEndCall(call, media.connection);
  const payer = call.payerId === me?.userId;
  const otherName =
    (payer ? (call.payeeName ?? call.payeeId) : (call.payerName ?? call.payerId)) ?? words.unknownPerson;
  const condition = readCondition(call, ticker, media.phase, live, me?.userId);
  return (
    <>
      <CallStage
        media={media}
        otherName={otherName}
        ownName={me?.name ?? words.you}
        message={stageMessage(call, media.phase, otherName, words)}
        detail={pending ? words.call.ringingText(format.coins(call.heldCoins)) : null}
      />
      <CallBanners
        condition={condition}
        media={media}
        otherName={otherName}
        role={isInCoins(call) ? (ticker?.role ?? "other") : "other"}
      />
      <div className="fm-panel">
        {ticker !== null && <CallMeter ticker={ticker} condition={condition.meter} heldCoins={call.heldCoins} />}
        {media.phase === "refused" && media.problem !== null && (
          <p className="fm-note fm-note-danger" role="alert" data-testid="call-refused">
            {words.call.refusedTitle}: <ErrorText error={media.problem} />
          </p>
        )}
        {end.error !== null && (
          <p className="fm-note fm-note-danger" role="alert" data-testid="end-error">
            <ErrorText error={end.error} />
          </p>
        )}
        <div className="fm-panel-end">
          {call.startedAt !== null && <EarlyExitRule terms={call.terms} seconds={ticker?.elapsedSeconds ?? 0} />}
          <CallControls
            media={media}
            ending={end.isPending}
            endLabel={call.startedAt === null ? words.call.cancel : words.call.end}
            onEnd={() => end.mutate()}
          />
        </div>
      </div>
    </>
  );
}

/** Tells once that a call which was seen alive is over. */
function useEnded(call: CallJson | undefined, onEnded: CallScreenProps["onEnded"]): void {
  const wasAlive = useRef(false);
  useEffect(() => {
    if (call === undefined) return;
    if (!isFinal(call.status)) wasAlive.current = true;
    else if (wasAlive.current) {
      wasAlive.current = false;
      onEnded?.(call);
    }
  }, [call, onEnded]);
}
