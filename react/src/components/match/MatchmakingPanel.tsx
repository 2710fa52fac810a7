// Meeting somebody: say what about, wait, and be brought to the call.
import { type Terms, writeTerms } from "@fairminute/core";
import { type ReactNode, useState } from "react";
import type { CallJson, MatchmakingJson } from "../../client/wire.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import { type Matchmaking, useMatchmaking } from "../../hooks/useMatchmaking.ts";
import { useMe } from "../../hooks/useMe.ts";
import { usePresetTerms } from "../../hooks/usePresetTerms.ts";
import { EarlyExitRule } from "../EarlyExitRule.tsx";
import { Button } from "../parts/Button.tsx";
import { Icon } from "../parts/Icon.tsx";
import { QueryPanel } from "../parts/QueryPanel.tsx";
import { ErrorText } from "../parts/StatePanel.tsx";
import { useElapsed } from "./useElapsed.ts";
import { type MatchWishes, WishFields } from "./WishFields.tsx";

export type MatchmakingPanelProps = {
  /** Show the call: called by itself when somebody is found, and by the button when a match was there before. */
  onCall: (call: CallJson) => void;
  /** The terms of the calls; a preset without a price. */
  preset?: string;
};

/** The whole of matchmaking in one panel. */
export function MatchmakingPanel({ onCall, preset = "match" }: MatchmakingPanelProps): ReactNode {
  const { words } = useFairminute();
  const matchmaking = useMatchmaking(onCall);
  const terms = usePresetTerms(preset);
  const [wishes, setWishes] = useState<MatchWishes>({ topic: "", language: "" });
  const error = matchmaking.join.error ?? matchmaking.leave.error;
  return (
    <section className="fm-card fm-match" data-testid="matchmaking">
      <QueryPanel query={matchmaking.standing} rows={3}>
        {(standing) => (
          <>
            {standing.status === "idle" && (
              <QueryPanel query={terms} rows={3}>
                {(known) => <Idle terms={known} wishes={wishes} onWishes={setWishes} join={matchmaking.join} />}
              </QueryPanel>
            )}
            {standing.status === "waiting" && (
              <Waiting standing={standing} topic={wishes.topic.trim()} leave={matchmaking.leave} />
            )}
            {standing.call !== null && <Found call={standing.call} onCall={onCall} />}
          </>
        )}
      </QueryPanel>
      {error !== null && (
        <p className="fm-note fm-note-danger" role="alert" data-testid="match-error">
          <span>
            <ErrorText error={error} />
          </span>
        </p>
      )}
      <p className="fm-hidden" role="status">
        {matchmaking.standing.data?.status === "waiting" && words.match.waiting}
      </p>
    </section>
  );
}

type IdleProps = {
  terms: Terms;
  wishes: MatchWishes;
  onWishes: (wishes: MatchWishes) => void;
  join: Matchmaking["join"];
};

function Idle({ terms, wishes, onWishes, join }: IdleProps): ReactNode {
  const { words } = useFairminute();
  return (
    <form
      className="fm-match-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (join.isPending) return;
        const topic = wishes.topic.trim();
        const { language } = wishes;
        const filters = { ...(topic !== "" && { topic }), ...(language !== "" && { language }) };
        join.mutate({ preset: terms.preset, filters });
      }}
    >
      <p className="fm-match-intro">{words.match.intro}</p>
      <WishFields wishes={wishes} onWishes={onWishes} />
      <EarlyExitRule terms={writeTerms(terms)} />
      <Button type="submit" look="primary" icon="people" busy={join.isPending} testId="match-join">
        {join.isPending ? words.match.finding : words.match.find}
      </Button>
    </form>
  );
}

type WaitingProps = { standing: MatchmakingJson; topic: string; leave: Matchmaking["leave"] };

function Waiting({ standing, topic, leave }: WaitingProps): ReactNode {
  const { words, format } = useFairminute();
  const seconds = useElapsed(standing.waitingSince);
  return (
    <div className="fm-match-wait" data-testid="match-waiting">
      <span className="fm-match-pulse">
        <Icon name="people" size={28} />
      </span>
      <p className="fm-match-title">{topic === "" ? words.match.waiting : words.match.waitingTopic(topic)}</p>
      <p className="fm-match-elapsed" role="timer" aria-label={words.match.elapsed} data-testid="match-elapsed">
        {format.clock(seconds)}
      </p>
      <p className="fm-match-intro">{words.match.waitingText}</p>
      <Button busy={leave.isPending} onClick={() => leave.mutate()} testId="match-leave">
        {leave.isPending ? words.match.stopping : words.match.stop}
      </Button>
    </div>
  );
}

function Found({ call, onCall }: { call: CallJson; onCall: (call: CallJson) => void }): ReactNode {
  const { words } = useFairminute();
  const me = useMe().data?.userId;
  if (me === undefined) return null;
  const name = call.payerId === me ? (call.payeeName ?? call.payeeId) : (call.payerName ?? call.payerId);
  return (
    <div className="fm-match-wait" role="status" data-testid="match-found">
      <span className="fm-match-pulse" data-found="true">
        <Icon name="check" size={28} />
      </span>
      <p className="fm-match-title">{words.match.foundTitle(name ?? words.unknownPerson)}</p>
      <p className="fm-match-intro">{words.match.foundText}</p>
      <Button look="primary" icon="phone" onClick={() => onCall(call)} testId="match-to-call">
        {words.match.toCall}
      </Button>
    </div>
  );
}
