// One person who can be called: name, price, presence, and the button.
import type { ReactNode } from "react";
import type { CreatorJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { Avatar, type Presence } from "./parts/Avatar.tsx";
import { Button } from "./parts/Button.tsx";

/** Available means: there, willing, and not in a call. */
export function presenceOf(creator: CreatorJson): Presence {
  if (!creator.online || !creator.isAvailableForCalls) return "away";
  return creator.busy ? "busy" : "available";
}

/** The price stands beside the button, so that nobody presses it without having seen it. */
export function CreatorCard({ creator, onCall }: { creator: CreatorJson; onCall: () => void }): ReactNode {
  const { words, format } = useFairminute();
  const presence = presenceOf(creator);
  const away = creator.online ? words.creators.unavailable : words.creators.offline;
  const said = { available: words.creators.available, busy: words.creators.busy, away }[presence];
  const minimum = creator.minimumCallDuration;
  return (
    <article className="fm-creator" data-testid={`creator-${creator.userId}`} data-presence={presence}>
      <Avatar name={creator.name} presence={presence} />
      <div className="fm-creator-text">
        <h3 className="fm-creator-name">{creator.name}</h3>
        <p className="fm-creator-price">
          <strong>{words.perMinute(format.coins(creator.callRatePerMinute))}</strong>
          {minimum > 0 && <span>{words.creators.minimum(format.duration(minimum * 60))}</span>}
        </p>
        <p className={`fm-creator-presence fm-text-${presence}`}>{said}</p>
      </div>
      <Button
        look={presence === "available" ? "primary" : "plain"}
        icon="phone"
        disabled={presence !== "available"}
        aria-label={words.creators.callName(creator.name)}
        onClick={onCall}
        testId={`call-${creator.userId}`}
      >
        {words.creators.call}
      </Button>
    </article>
  );
}
