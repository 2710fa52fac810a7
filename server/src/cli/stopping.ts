// Waits for the word to stop.
import { systemClock } from "../clock/clock.ts";
import { exitCodes } from "./terminal.ts";

/** A terminal sends Ctrl-C to everybody, and npm passes it on once more: a second signal within this is the first one's echo. */
const ECHO_MS = 500;

/** Resolves when the process is told to stop. A second Ctrl-C does not wait for anything. */
export function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    let toldAt: number | null = null;
    process.on("SIGTERM", () => resolve());
    process.on("SIGINT", () => {
      const now = systemClock.now();
      if (toldAt !== null && now - toldAt > ECHO_MS) process.exit(exitCodes.interrupted);
      toldAt ??= now;
      resolve();
    });
  });
}
