// The first page: who can be called, and one's own conditions for those who take calls.
import {
  ActiveCallBanner,
  type CallJson,
  type CreatorJson,
  CreatorList,
  CreatorSettingsForm,
  LobbyDialog,
  useMe,
} from "@fairminute/react";
import { type ReactNode, useState } from "react";
import { usePageTitle } from "../usePageTitle.ts";
import { words } from "../words.ts";

/** `onCall` shows a call: a new one, or the one that is under way. */
export function HomePage({ onCall }: { onCall: (call: CallJson) => void }): ReactNode {
  usePageTitle(words.home.title);
  const [chosen, choose] = useState<CreatorJson | null>(null);
  const creator = useMe().data?.role === "creator";
  return (
    <div className={creator ? "stack" : "column stack"}>
      <h1>{words.home.title}</h1>
      <ActiveCallBanner onReturn={onCall} />
      <div className={creator ? "columns" : undefined}>
        <CreatorList onCall={choose} empty={words.home.empty} />
        {creator && <CreatorSettingsForm />}
      </div>
      {chosen !== null && <LobbyDialog creator={chosen} onCalled={onCall} onClose={() => choose(null)} />}
    </div>
  );
}
