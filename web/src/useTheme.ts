// Light or dark: the system's preference until somebody chooses.
import { useState } from "react";

export type Theme = "light" | "dark";

const key = "fairminute.theme";

function current(): Theme {
  const chosen = document.documentElement.dataset.fairminuteTheme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** The theme, and a function that goes to the other one and remembers it on this machine. */
export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(current);
  const toggle = () => {
    const next = theme === "dark" ? "light" : "dark";
    document.documentElement.dataset.fairminuteTheme = next;
    try {
      localStorage.setItem(key, next);
    } catch {
      // Storage may be forbidden: the choice holds until the page is left.
    }
    setTheme(next);
  };
  return [theme, toggle];
}
