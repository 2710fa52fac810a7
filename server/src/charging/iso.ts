// Instants as texts. Most calls of a batch were written at the same few instants, so the last texts are kept.

const SLOTS = 256;
const instants = new Float64Array(SLOTS).fill(Number.NaN);
const texts = new Array<string>(SLOTS).fill("");

/** @param ms since the epoch, whole @returns ISO 8601 in UTC */
export function isoOf(ms: number): string {
  const slot = Math.abs(ms) % SLOTS;
  if (instants[slot] !== ms) {
    texts[slot] = new Date(ms).toISOString();
    instants[slot] = ms;
  }
  return texts[slot] as string;
}

export const iso = (ms: number | null): string | null => (ms === null ? null : isoOf(ms));
