// A wait that goes on while one looks around: how long it has been, a way to stop, and the call when somebody is found.
import type { ReactNode } from "react";
import type { CallJson } from "../../client/wire.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import { useMatchmaking } from "../../hooks/useMatchmaking.ts";
import { Button } from "../parts/Button.tsx";
import { useElapsed } from "./useElapsed.ts";

/** For every page but the panel's own and the call. Draws nothing unless one waits. */
export function MatchmakingBanner({ onCall }: { onCall: (call: CallJson) => void }): ReactNode {
  const { words, format } = useFairminute();
  const { standing, leave } = useMatchmaking(onCall);
  const waitingSince = standing.data?.waitingSince ?? null;
  const seconds = useElapsed(waitingSince);
  if (waitingSince === null) return null;
  return (
    <div className="fm-banner fm-banner-accent fm-match-banner" data-testid="match-banner">
      <p className="fm-banner-text">
        {words.match.bannerWaiting} <span role="timer">{format.clock(seconds)}</span>
      </p>
      <Button busy={leave.isPending} onClick={() => leave.mutate()} testId="match-banner-leave">
        {words.match.stop}
      </Button>
    </div>
  );
}
