// Asks a provider one thing: who does not answer in time has not answered, and nobody waits for an answer when the server stops.
import { FairminuteError } from "@fairminute/core";

/** Asks, and waits no longer than the limit. What comes later is not listened to. */
export type Ask = <T>(question: Promise<T>) => Promise<T>;

/** The server stops: nobody knows what the provider would have said, and it is no failure of its. */
export class Stopped extends Error {}

export interface Asking {
  /** @returns the answer. @throws FairminuteError provider_unavailable when there is none in time; Stopped */
  ask: Ask;
  /** Ends every question that is under way, and every one that is asked from now on. */
  stop(): void;
  allowAgain(): void;
}

/** @param answerMs how long one question may take */
export function createAsking(answerMs: number): Asking {
  let stopping = new AbortController();
  return {
    async ask(question) {
      const { signal } = stopping;
      let giveUp: () => void = () => {};
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise<never>((_, reject) => {
        const refusal = `the provider did not answer within ${answerMs / 1000} s`;
        timer = setTimeout(() => reject(new FairminuteError("provider_unavailable", refusal)), answerMs);
        giveUp = () => reject(new Stopped("the server stops"));
        if (signal.aborted) giveUp();
        else signal.addEventListener("abort", giveUp);
      });
      try {
        return await Promise.race([question, tooLate]);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
      }
    },
    stop: () => stopping.abort(),
    allowAgain() {
      if (stopping.signal.aborted) stopping = new AbortController();
    },
  };
}
