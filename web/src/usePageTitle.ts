// The page's title, for the tab and for screen readers.
import { useEffect } from "react";
import { words } from "./words.ts";

/** Shows `text` and the product's name while the component is mounted. */
export function usePageTitle(text: string): void {
  useEffect(() => {
    document.title = `${text} · ${words.name}`;
  }, [text]);
}
