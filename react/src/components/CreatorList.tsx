// The people who can be called: available first, each with price and presence.
import type { ReactNode } from "react";
import type { CreatorJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useCreators } from "../hooks/useCreators.ts";
import { useMe } from "../hooks/useMe.ts";
import { CreatorCard, presenceOf } from "./CreatorCard.tsx";
import { QueryPanel } from "./parts/QueryPanel.tsx";
import { StatePanel } from "./parts/StatePanel.tsx";

export type CreatorListProps = {
  onCall: (creator: CreatorJson) => void;
  /** What to say and do when there is nobody; a default text stands in when absent. */
  empty?: ReactNode;
};

/** All creators but oneself. */
export function CreatorList({ onCall, empty }: CreatorListProps): ReactNode {
  const { words } = useFairminute();
  const creators = useCreators();
  const me = useMe().data?.userId;
  return (
    <QueryPanel query={creators}>
      {(all) => {
        const others = inOrder(all.filter(({ userId }) => userId !== me));
        if (others.length === 0) {
          return (
            <StatePanel icon="people" title={words.creators.emptyTitle} text={empty ?? words.creators.emptyText} />
          );
        }
        return (
          <ul className="fm-list" data-testid="creator-list">
            {others.map((creator) => (
              <li key={creator.userId}>
                <CreatorCard creator={creator} onCall={() => onCall(creator)} />
              </li>
            ))}
          </ul>
        );
      }}
    </QueryPanel>
  );
}

const rank = { available: 0, busy: 1, away: 2 };

function inOrder(creators: CreatorJson[]): CreatorJson[] {
  return creators.toSorted(
    (a, b) =>
      rank[presenceOf(a)] - rank[presenceOf(b)] || a.name.localeCompare(b.name) || a.userId.localeCompare(b.userId),
  );
}
