// Meeting somebody: matchmaking on a page of its own.
import { type CallJson, MatchmakingPanel } from "@fairminute/react";
import type { ReactNode } from "react";
import { usePageTitle } from "../usePageTitle.ts";
import { words } from "../words.ts";

/** `onCall` shows the call of a match. */
export function MatchPage({ onCall }: { onCall: (call: CallJson) => void }): ReactNode {
  usePageTitle(words.nav.match);
  return (
    <div className="column stack">
      <h1>{words.match.title}</h1>
      <MatchmakingPanel onCall={onCall} />
    </div>
  );
}
