// The bar of the session: with whom, how long, how it stands; its end is always one press away, whatever news were missed.
import type { ReactNode } from "react";
import { Button } from "../components/parts/Button.tsx";
import { Icon } from "../components/parts/Icon.tsx";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { isFinal } from "../hooks/useCall.ts";
import { useWebRTCSession, type WebRTCSession } from "./useWebRTCSession.ts";

/** Stays at the edge of the window. Draws nothing without a session, and when it is paid. */
export function WebRTCSessionStatus(): ReactNode {
  const live = useWebRTCSession();
  const { format } = useFairminute();
  const { currentSession, sessionDuration, graceSeconds, payment, words } = live;
  if (currentSession === null || payment.isPaid) return null;
  const due = isFinal(currentSession.call?.status);
  const other = currentSession.role === "tutor" ? currentSession.studentName : currentSession.tutorName;
  return (
    <aside className="fm-chain-status" data-testid="session-status" data-due={due} aria-label={words.status.label}>
      <span className="fm-chain-dot" data-live={live.isSessionActive} aria-hidden="true" />
      <p className="fm-chain-status-text">
        <strong>{sayStatus(live, due)}</strong> {other !== null && words.status.with(other)}
      </p>
      <span className="fm-chain-clock" role="timer" data-testid="session-duration">
        {format.clock(sessionDuration)}
      </span>
      <Button look={due ? "primary" : "plain"} onClick={() => live.setShowEndSessionPrompt(true)} testId="session-end">
        {due ? words.status.pay : words.status.end}
      </Button>
      {graceSeconds !== null && (
        <span className="fm-chain-grace" role="status" data-testid="session-grace">
          <Icon name="offline" size={16} /> {words.status.lost(format.duration(graceSeconds))}
        </span>
      )}
    </aside>
  );
}

function sayStatus({ isSessionActive, payment, words }: WebRTCSession, due: boolean): string {
  if (payment.step !== null) return words.status.paying;
  if (due) return words.status.ended;
  return isSessionActive ? words.status.active : words.status.waiting;
}
