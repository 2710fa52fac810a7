// Reads Stream's JSON, of which nothing is taken for granted: what does not fit is null, or an empty list.
import { readStreamTime } from "./times.ts";

/** Longer names than this are none of ours, nor of Stream's. */
const nameLengthMax = 200;

/** The value that a path of fields leads to; undefined when there is none. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const field of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, field)) return undefined;
    found = (found as Record<string, unknown>)[field];
  }
  return found;
}

/** A text that may be a name or an id: not empty, not endless. */
export function textAt(value: unknown, ...path: readonly string[]): string | null {
  const found = valueAt(value, ...path);
  return typeof found === "string" && found.length > 0 && found.length <= nameLengthMax ? found : null;
}

/** A list; null when there is none, which is something else than an empty one. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] | null {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : null;
}

/** An instant in milliseconds, in either of Stream's spellings. */
export function timeAt(value: unknown, ...path: readonly string[]): number | null {
  return readStreamTime(valueAt(value, ...path));
}

/** A number that is one. */
export function numberAt(value: unknown, ...path: readonly string[]): number | null {
  const found = valueAt(value, ...path);
  return typeof found === "number" && Number.isFinite(found) ? found : null;
}
