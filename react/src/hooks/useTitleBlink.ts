// Alternates the page's title with a message, so that a call is seen in another tab.
import { useEffect } from "react";

const everyMs = 1200;

/** Shows `message` every other moment (all the time where motion is not wanted); the old title comes back afterwards. */
export function useTitleBlink(message: string): void {
  useEffect(() => {
    // Whoever sets another title meanwhile (a new page) has set the one to come back to.
    let original = document.title;
    const restore = () => {
      if (document.title === message) document.title = original;
      else original = document.title;
    };
    document.title = message;
    const calm = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches === true;
    const blink = () => {
      const showing = document.title === message;
      restore();
      if (!showing) document.title = message;
    };
    const timer = calm ? undefined : setInterval(blink, everyMs);
    return () => {
      clearInterval(timer);
      restore();
    };
  }, [message]);
}
