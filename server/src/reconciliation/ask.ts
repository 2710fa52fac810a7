// Asks a provider one thing: who does not answer in time has not answered.
import { FairminuteError } from "@fairminute/core";

/** Asks, and waits no longer than the limit. What comes later is not listened to. */
export type Ask = <T>(question: Promise<T>) => Promise<T>;

/**
 * @param answerMs how long one question may take
 * @returns a function that passes on the answer, or throws `provider_unavailable`
 */
export function createAsk(answerMs: number): Ask {
  return async (question) => {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      const refuse = () =>
        reject(new FairminuteError("provider_unavailable", `the provider did not answer within ${answerMs / 1000} s`));
      timer = setTimeout(refuse, answerMs);
    });
    try {
      return await Promise.race([question, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  };
}
