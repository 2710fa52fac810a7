// The mark and the name.
import type { ReactNode } from "react";
import { words } from "./words.ts";

/** A clock face in a square: the minute, fairly. */
export function Brand(): ReactNode {
  return (
    <span className="brand">
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" focusable="false">
        <rect className="brand-ground" width="32" height="32" rx="8" />
        <circle className="brand-line" cx="16" cy="16" r="8.5" />
        <path className="brand-line" d="M16 10.5V16h5.5" />
      </svg>
      <span className="brand-name">{words.name}</span>
    </span>
  );
}
