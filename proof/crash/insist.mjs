// A client that repeats what was not answered, at any server, under the same key: as whoever calls such an API must.
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "./http-client.mjs";

/** Longer than any trouble here lasts: a request that is not answered by then is a finding. */
const giveUpMs = 120_000;

/** @param {{ fleet: any, random: any, book: any }} world */
export function createClient({ fleet, random, book }) {
  /**
   * Asks until there is an answer that is none of "not now".
   * @param options as for `ask`, and `at`: the server that is asked first; any when absent
   * @returns {Promise<{ status: number, text: string, body: any }>}
   */
  async function insist(method, path, { at: first = random.below(fleet.size), ...options } = {}) {
    const until = performance.now() + giveUpMs;
    let last = "no server";
    for (let at = first; ; at += 1) {
      const url = fleet.url(at % fleet.size);
      if (url !== null) {
        try {
          const answer = await ask(url, method, path, options);
          book.count(answer);
          if (answer.status < 500) return answer;
          last = `${answer.status} ${answer.text.slice(0, 200)}`;
          if (answer.status !== 503) book.accuse("an answer of 5xx that is not 503", `${method} ${path}: ${last}`);
        } catch (error) {
          book.lost();
          last = error.message;
        }
      }
      if (performance.now() > until)
        throw new Error(`${method} ${path} was not answered in ${giveUpMs / 1000} s: ${last}`);
      await sleep(random.between(10, 60));
    }
  }
  return insist;
}
