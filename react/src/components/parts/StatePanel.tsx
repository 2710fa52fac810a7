// What a list or card shows when it has nothing to show: loading, empty, failed or offline, each with the next thing to do.
import { FairminuteError } from "@fairminute/core";
import type { ReactNode } from "react";
import { isUnreachable } from "../../client/problem.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import { Button } from "./Button.tsx";
import { Icon, type IconName } from "./Icon.tsx";

type PanelProps = {
  icon: IconName;
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  testId?: string;
  alert?: boolean;
};

/** A quiet panel in the place of the content. */
export function StatePanel({ icon, title, text, action, testId, alert = false }: PanelProps): ReactNode {
  return (
    <div className="fm-state" data-testid={testId} role={alert ? "alert" : undefined}>
      <Icon name={icon} size={24} />
      <p className="fm-state-title">{title}</p>
      {text !== undefined && <p className="fm-state-text">{text}</p>}
      {action !== undefined && <div className="fm-state-action">{action}</div>}
    </div>
  );
}

/** Grey bars in the shape of what comes; the words are for screen readers. */
export function LoadingPanel({ rows = 3 }: { rows?: number }): ReactNode {
  const { words } = useFairminute();
  return (
    <div className="fm-loading" role="status" data-testid="loading">
      <span className="fm-hidden">{words.states.loading}</span>
      {Array.from({ length: rows }, (_, row) => `row-${row}`).map((row) => (
        <span key={row} className="fm-loading-row" />
      ))}
    </div>
  );
}

type ErrorPanelProps = { error: unknown; onRetry: () => void; action?: ReactNode };

/** Why it failed, in the server's words, and a way to try again. */
export function ErrorPanel({ error, onRetry, action }: ErrorPanelProps): ReactNode {
  const { words } = useFairminute();
  const offline = isUnreachable(error);
  return (
    <StatePanel
      alert
      testId={offline ? "state-offline" : "state-error"}
      icon={offline ? "offline" : "warning"}
      title={offline ? words.states.offlineTitle : words.states.failedTitle}
      text={offline ? words.states.offlineText : <ErrorText error={error} />}
      action={
        <>
          <Button onClick={onRetry}>{words.actions.retry}</Button>
          {action}
        </>
      }
    />
  );
}

/** The sentence of an error, with the request's id where there is one (for whoever is asked about it). */
export function ErrorText({ error }: { error: unknown }): ReactNode {
  const { words } = useFairminute();
  const id = error instanceof FairminuteError ? error.details?.requestId : undefined;
  return (
    <>
      {error instanceof Error ? error.message : String(error)}
      {typeof id === "string" && <span className="fm-request-id">{words.states.requestId(id)}</span>}
    </>
  );
}
