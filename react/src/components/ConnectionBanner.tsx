// Says that the line to the server is down, so that nobody takes old figures for new ones.
import { type ReactNode, useEffect, useState } from "react";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useLiveState } from "../hooks/useLiveState.ts";
import { Icon } from "./parts/Icon.tsx";

/** A hiccup shorter than this is not worth a word. */
const quietMs = 2500;

/** Draws nothing while the line stands. */
export function ConnectionBanner(): ReactNode {
  const { words } = useFairminute();
  const down = useLiveState() !== "online";
  const [shown, show] = useState(false);
  useEffect(() => {
    if (!down) return show(false);
    const timer = setTimeout(() => show(true), quietMs);
    return () => clearTimeout(timer);
  }, [down]);
  if (!shown) return null;
  return (
    <p className="fm-banner fm-banner-warning" role="status" data-testid="connection-lost">
      <Icon name="offline" size={20} /> {words.states.reconnecting}
    </p>
  );
}
