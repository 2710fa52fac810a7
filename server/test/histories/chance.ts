// Chance that is the same again for the same seed.

export interface Chance {
  /** A whole number from 0 to below the limit. */
  upTo(limit: number): number;
  isOneIn(times: number): boolean;
  oneOf<T>(choices: readonly T[]): T;
}

/** A small generator (mulberry32): the same seed gives the same histories. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    upTo: (limit) => Math.floor(next() * limit),
    isOneIn: (times) => next() * times < 1,
    oneOf: <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T,
  };
}
