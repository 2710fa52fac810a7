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

/**
 * @param now ms since the epoch: the first 10 characters (48 bits)
 * @param random bytes for the other 16 (80 bits); room names rest on their being unguessable
 */
export function createIds(now: () => number, random: (size: number) => Uint8Array = randomBytes): Ids {
  return {
    next(prefix) {
      let time = now();
      let head = "";
      for (let i = 0; i < TIME_LENGTH; i += 1) {
        head = ALPHABET[time % 32] + head;
        time = Math.floor(time / 32);
      }
      let tail = "";
      for (const byte of random(RANDOM_LENGTH)) tail += ALPHABET[byte % 32];
      return `${prefix}_${head}${tail}`;
    },
  };
}
