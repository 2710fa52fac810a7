// Lessons that are paid on the chain: whom one can call, how long at most, and the call. The deposit comes when it is accepted.
import { priceOfSeconds } from "@fairminute/contracts";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import type { CallJson, CreatorJson } from "../client/wire.ts";
import { presenceOf } from "../components/CreatorCard.tsx";
import { Avatar } from "../components/parts/Avatar.tsx";
import { Button } from "../components/parts/Button.tsx";
import { QueryPanel } from "../components/parts/QueryPanel.tsx";
import { ErrorText, StatePanel } from "../components/parts/StatePanel.tsx";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useCreators } from "../hooks/useCreators.ts";
import { useMe } from "../hooks/useMe.ts";
import { useTokenFormat } from "./amounts.tsx";
import { useChain, useChainRoutes } from "./useEscrow.ts";
import { type ChainWords, chainWords } from "./words.ts";

const choices = [10, 15, 30, 60];

export type TutorListProps = { onCalled: (call: CallJson) => void; words?: ChainWords };

/** All creators but oneself. A tutor without a linked wallet cannot be called: the server says so. */
export function TutorList({ onCalled, words = chainWords }: TutorListProps): ReactNode {
  const { words: common } = useFairminute();
  const me = useMe().data?.userId;
  const routes = useChainRoutes();
  const creators = useCreators();
  const [minutes, setMinutes] = useState(15);
  const price = useUsualPrice(minutes);
  const call = useMutation({
    mutationFn: (creatorId: string) => routes.callTutor({ creatorId, estimatedMinutes: minutes }),
    onSuccess: onCalled,
  });
  return (
    <section className="fm-card fm-chain-panel" data-testid="tutors">
      <p className="fm-match-intro">{words.tutors.intro}</p>
      <Longest minutes={minutes} onChoose={setMinutes} label={words.tutors.howLong} />
      <p className="fm-chain-price" data-testid="tutors-price" aria-live="polite">
        {price === null ? "\u00a0" : words.tutors.deposited(price.perMinute, price.deposit)}
      </p>
      {call.error !== null && (
        <p className="fm-note fm-note-danger" role="alert" data-testid="tutor-error">
          <ErrorText error={call.error} />
        </p>
      )}
      <QueryPanel query={creators} rows={2}>
        {(all) => {
          const others = all.filter(({ userId }) => userId !== me);
          if (others.length === 0)
            return <StatePanel icon="people" title={common.creators.emptyTitle} text={common.creators.emptyText} />;
          return (
            <ul className="fm-list">
              {others.map((creator) => (
                <li key={creator.userId}>
                  <Tutor
                    creator={creator}
                    busy={call.isPending}
                    text={call.isPending && call.variables === creator.userId ? words.tutors.calling : null}
                    onCall={() => call.mutate(creator.userId)}
                    perMinute={price?.perMinute}
                    words={words}
                  />
                </li>
              ))}
            </ul>
          );
        }}
      </QueryPanel>
    </section>
  );
}

type LongestProps = { minutes: number; onChoose: (minutes: number) => void; label: string };

function Longest({ minutes, onChoose, label }: LongestProps): ReactNode {
  const { format } = useFairminute();
  const name = useId();
  return (
    <fieldset className="fm-choice">
      <legend>{label}</legend>
      <div className="fm-choice-options">
        {choices.map((choice) => (
          <label key={choice} className="fm-choice-option">
            <input
              type="radio"
              name={name}
              checked={choice === minutes}
              onChange={() => onChoose(choice)}
              data-testid={`tutor-minutes-${choice}`}
            />
            <span>{format.duration(choice * 60)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** On the chain everybody has the usual price: a creator's own rate is in coins. Null until it is known. */
function useUsualPrice(minutes: number): { perMinute: string; deposit: string } | null {
  const { words: common } = useFairminute();
  const chain = useChain().data;
  const decimals = chain?.decimals ?? null;
  const write = useTokenFormat(chain === undefined || decimals === null ? undefined : { ...chain, decimals });
  if (chain === undefined || decimals === null) return null;
  const rate = BigInt(chain.pricePerMinute);
  return {
    perMinute: common.perMinute(write(rate)),
    deposit: write(priceOfSeconds(rate, BigInt(minutes * 60))),
  };
}

type TutorProps = {
  creator: CreatorJson;
  busy: boolean;
  text: string | null;
  onCall: () => void;
  perMinute: string | undefined;
  words: ChainWords;
};

function Tutor({ creator, busy, text, onCall, perMinute, words }: TutorProps): ReactNode {
  const { words: common } = useFairminute();
  const presence = presenceOf(creator);
  const away = creator.online ? common.creators.unavailable : common.creators.offline;
  const said = { available: common.creators.available, busy: common.creators.busy, away }[presence];
  return (
    <article className="fm-creator" data-testid={`tutor-${creator.userId}`} data-presence={presence}>
      <Avatar name={creator.name} presence={presence} />
      <div className="fm-creator-text">
        <h3 className="fm-creator-name">{creator.name}</h3>
        <p className="fm-creator-price" data-testid={`tutor-price-${creator.userId}`}>
          <strong>{perMinute ?? "\u00a0"}</strong>
        </p>
        <p className={`fm-creator-presence fm-text-${presence}`}>{said}</p>
      </div>
      <Button
        look={presence === "available" ? "primary" : "plain"}
        icon="phone"
        busy={busy}
        disabled={presence !== "available"}
        aria-label={words.tutors.call(creator.name)}
        onClick={onCall}
        testId={`tutor-call-${creator.userId}`}
      >
        {text ?? common.creators.call}
      </Button>
    </article>
  );
}
