// Reads untrusted JSON field by field: what does not fit is refused with its path, its value and what was expected.
import { FairminuteError } from "./errors.ts";

/** Refuses the value at `path`: `invalid_terms` inside the terms, `invalid_request` elsewhere. */
export function refuse(path: string, value: unknown, expected: string): never {
  const isTerms = path === "terms" || path.startsWith("terms.");
  throw new FairminuteError(
    isTerms ? "invalid_terms" : "invalid_request",
    `${path} is ${show(value)}; expected ${expected}`,
    { param: path, details: { expected } },
  );
}

/** A value in few words; long ones are cut. */
function show(value: unknown): string {
  if (value === undefined) return "missing";
  const text = typeof value === "bigint" ? `${value}n` : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** An object with exactly these fields: a missing or unknown one is refused. */
export function readFields<Key extends string>(
  data: unknown,
  path: string,
  keys: readonly Key[],
): { [K in Key]: unknown } {
  if (typeof data !== "object" || data === null || Array.isArray(data)) refuse(path, data, "an object");
  const object = data as Record<string, unknown>;
  for (const key of Object.keys(object)) {
    if (!(keys as readonly string[]).includes(key)) {
      refuse(`${path}.${key}`, object[key], `no such field; the fields are ${keys.join(", ")}`);
    }
  }
  for (const key of keys) if (!Object.hasOwn(object, key)) refuse(`${path}.${key}`, undefined, "a value");
  return object as { [K in Key]: unknown };
}

/** An object in which older JSON may lack some fields: they get the value that holds for it. Anything else stays what it is. */
export function withDefaults(data: unknown, defaults: Readonly<Record<string, unknown>>): unknown {
  return typeof data === "object" && data !== null && !Array.isArray(data) ? { ...defaults, ...data } : data;
}

/** A whole number from `least` to `most`. */
export function readWhole(value: unknown, path: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > most) {
    refuse(path, value, `a whole number from ${least} to ${most}`);
  }
  return value;
}

/** A whole number or null. */
export function readWholeOrNull(
  value: unknown,
  path: string,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): number | null {
  return value === null ? null : readWhole(value, path, least, most);
}

/** Coins: a whole number that is not negative (I12). */
export function readCoins(value: unknown, path: string): bigint {
  return BigInt(readWhole(value, path));
}

/** A text of 1 to 200 characters. */
export function readText(value: unknown, path: string): string {
  if (typeof value !== "string" || value.length === 0 || value.length > 200) {
    refuse(path, value, "a text of 1 to 200 characters");
  }
  return value;
}

/** A text of any length, or null. */
export function readTextOrNull(value: unknown, path: string): string | null {
  if (value !== null && typeof value !== "string") refuse(path, value, "a text or null");
  return value as string | null;
}

/** One of a closed list. */
export function readChoice<Choice extends string | number>(
  value: unknown,
  path: string,
  choices: readonly Choice[],
): Choice {
  if (!choices.includes(value as Choice)) refuse(path, value, `one of ${choices.join(", ")}`);
  return value as Choice;
}

/** A list, each item read by `read` with its own path. */
export function readList<Item>(value: unknown, path: string, read: (item: unknown, path: string) => Item): Item[] {
  if (!Array.isArray(value)) refuse(path, value, "a list");
  return value.map((item, index) => read(item, `${path}.${index}`));
}
