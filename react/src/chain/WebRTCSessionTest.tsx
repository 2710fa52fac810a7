// The testing component of source document 001, for the sandbox's debug page: make a session, end it in three ways, see it paid.
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Button } from "../components/parts/Button.tsx";
import { Fact } from "../components/parts/Fact.tsx";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { queryKeys } from "../hooks/keys.ts";
import { useMe } from "../hooks/useMe.ts";
import { sayRefusal } from "./refusal.ts";
import { beginTrial, endTrial, letPass, type Trial, type TrialEnd } from "./trial.ts";
import { useWebRTCSession } from "./useWebRTCSession.ts";

const ends: readonly TrialEnd[] = ["ended", "connection-lost", "heartbeat-timeout"];
const talkMinutes = 2;

type Said = { id: number; text: string };

export type WebRTCSessionTestProps = {
  /** A way to connect a wallet, shown while there is none. */
  connect?: ReactNode;
  /** Where the server is, as the client was told. */
  baseUrl?: string;
};

/** Works in the sandbox only, with free coins. */
export function WebRTCSessionTest({ connect, baseUrl = "" }: WebRTCSessionTestProps): ReactNode {
  const { client } = useFairminute();
  const me = useMe().data?.userId;
  const { wallet, currentSession, words } = useWebRTCSession();
  const [trial, setTrial] = useState<Trial | null>(null);
  const [said, setSaid] = useState<Said[]>([]);
  const { busy, error, attempt } = useAttempt();
  const say = (text: string) => setSaid((known) => [...known, { id: known.length, text }]);
  if (wallet === null || me === undefined) return connect;
  const begin = () =>
    attempt(async () => {
      setSaid([]);
      setTrial(await beginTrial({ client, wallet, userId: me, say, baseUrl }));
    });
  const current = trial !== null && currentSession?.requestId === trial.callId ? trial : null;
  const running = current !== null && currentSession?.call?.status === "active";
  return (
    <section className="fm-card fm-chain-panel" data-testid="session-test">
      <h2 className="fm-section-title">{words.test.title}</h2>
      <p className="fm-match-intro">{words.test.intro}</p>
      <div className="fm-chain-row">
        <Button
          look="primary"
          busy={busy}
          disabled={currentSession !== null}
          onClick={() => void begin()}
          testId="test-start"
        >
          {busy && current === null ? words.test.starting : words.test.start}
        </Button>
        <Button
          disabled={!running}
          busy={busy}
          onClick={() => void attempt(() => letPass(client, talkMinutes * 60))}
          testId="test-talk"
        >
          {words.test.advance(talkMinutes)}
        </Button>
        {ends.map((end) => (
          <Button
            key={end}
            disabled={!running || current === null}
            busy={busy}
            onClick={() => current !== null && void attempt(() => endTrial(client, current, end))}
            testId={`test-${end}`}
          >
            {words.test.endings[end]}
          </Button>
        ))}
      </div>
      {error !== null && (
        <p className="fm-note fm-note-danger" role="alert" data-testid="test-error">
          {sayRefusal(error, words)}
        </p>
      )}
      <TestState said={said} />
    </section>
  );
}

/** One thing at a time; what it changed is read again. */
function useAttempt() {
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const attempt = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      await queryClient.invalidateQueries({ queryKey: queryKeys.all });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, attempt };
}

/** The hook's own values as they change, and what was done. */
function TestState({ said }: { said: Said[] }): ReactNode {
  const live = useWebRTCSession();
  const { words, currentSession, payment } = live;
  const state =
    currentSession === null
      ? words.test.none
      : `${currentSession.call?.status ?? "…"}, ${live.cause ?? "no end"}, escrow ${currentSession.escrow?.state ?? "…"}`;
  return (
    <>
      <dl className="fm-facts">
        <Fact label={words.test.state} value={state} testId="test-state" />
        <Fact label="isSessionActive" value={String(live.isSessionActive)} />
        <Fact label="sessionDuration" value={String(live.sessionDuration)} />
        <Fact label="showEndSessionPrompt" value={String(live.showEndSessionPrompt)} />
        <Fact label={words.prompt.transaction} value={payment.transactionHash ?? "…"} testId="test-transaction" />
      </dl>
      <ol className="fm-chain-log" aria-label={words.test.log} data-testid="test-log">
        {said.length === 0 && <li>{words.test.idle}</li>}
        {said.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ol>
    </>
  );
}
