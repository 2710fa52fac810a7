// A person's initials in a circle, with a dot for their presence.
import type { ReactNode } from "react";

export type Presence = "available" | "busy" | "away";

/** Decoration only: name and presence must also stand beside it in words. */
export function Avatar({
  name,
  presence,
  size = "m",
}: {
  name: string;
  presence?: Presence;
  size?: "m" | "l";
}): ReactNode {
  return (
    <span className={`fm-avatar fm-avatar-${size}`} aria-hidden="true">
      {initials(name)}
      {presence !== undefined && <span className={`fm-presence fm-presence-${presence}`} />}
    </span>
  );
}

/** The first letters of the first and the last word. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? "")][0] ?? "");
  return letters.join("").toLocaleUpperCase() || "?";
}
