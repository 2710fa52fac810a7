// Ids: a prefix that says what it is, then 26 characters that sort by time and cannot be guessed.
import { randomBytes } from "node:crypto";

export interface Ids {
  /** @param prefix call, hold, room … @returns for example `call_01k9…` */
  next(prefix: string): string;
}

/** Crockford's base 32: no letters that are mistaken for digits. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;
/** Chance is asked for many ids at once: asking costs more than what it gives. */
const POOL_IDS = 128;

/** The time as the first part of an id; most ids of a busy server share it with the one before. */
function createHead(): (now: number) => string {
  let last = { now: -1, head: "" };
  return (now) => {
    if (last.now === now) return last.head;
    let time = now;
    let head = "";
    for (let i = 0; i < TIME_LENGTH; i += 1) {
      head = ALPHABET[time % 32] + head;
      time = Math.floor(time / 32);
    }
    last = { now, head };
    return head;
  };
}

/**
 * @param now ms since the epoch: the first 10 characters (48 bits)
 * @param random bytes for the other 16 (80 bits); room names rest on their being unguessable
 */
export function createIds(now: () => number, random: (size: number) => Uint8Array = randomBytes): Ids {
  const headOf = createHead();
  let pool = new Uint8Array(0);
  let used = 0;
  return {
    next(prefix) {
      if (used + RANDOM_LENGTH > pool.length) {
        pool = new Uint8Array(random(POOL_IDS * RANDOM_LENGTH));
        used = 0;
      }
      let tail = "";
      for (const end = used + RANDOM_LENGTH; used < end; used += 1) tail += ALPHABET[(pool[used] as number) % 32];
      return `${prefix}_${headOf(now())}${tail}`;
    },
  };
}
