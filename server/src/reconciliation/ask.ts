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
  const underWay = new Set<() => void>();
  let isStopped = false;
  return {
    async ask(question) {
      let giveUp: () => void = () => {};
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise<never>((_, reject) => {
        const refusal = `the provider did not answer within ${answerMs / 1000} s`;
        timer = setTimeout(() => reject(new FairminuteError("provider_unavailable", refusal)), answerMs);
        giveUp = () => reject(new Stopped("the server stops"));
      });
      underWay.add(giveUp);
      if (isStopped) giveUp();
      try {
        return await Promise.race([question, tooLate]);
      } finally {
        clearTimeout(timer);
        underWay.delete(giveUp);
      }
    },
    stop() {
      isStopped = true;
      for (const giveUp of underWay) giveUp();
    },
    allowAgain() {
      isStopped = false;
    },
  };
}
