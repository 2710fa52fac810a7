// Reads untrusted JSON field by field: what does not fit is refused with its path, its value and what was expected.
import { type ErrorCode, FairminuteError } from "./errors.ts";

/** What is wrong at one place: its path, the value in few words, and what was expected there. */
export type Mistake = { path: string; value: string; expected: string };

/** Everything that is wrong with what was read. Whoever asks for one mistake finds the first: in the message, `param` and `details`. */
export class Mistakes extends FairminuteError {
  readonly all: readonly Mistake[];

  /** @param all at least one */
  constructor(all: readonly Mistake[], code?: ErrorCode) {
    const { path, value, expected } = all[0] as Mistake;
    const isTerms = path === "terms" || path.startsWith("terms.");
    super(code ?? (isTerms ? "invalid_terms" : "invalid_request"), `${path} is ${value}; expected ${expected}`, {
      param: path,
      details: { expected },
    });
    this.all = all;
  }
}

export function mistake(path: string, value: unknown, expected: string): Mistake {
  return { path, value: show(value), expected };
}

/** Refuses the value at `path`: `invalid_terms` inside the terms, `invalid_request` elsewhere. */
export function refuse(path: string, value: unknown, expected: string): never {
  throw new Mistakes([mistake(path, value, expected)]);
}

/** Runs `read`, and keeps what is wrong in `mistakes` so that reading goes on. Returns undefined then. */
export function attempt<Read>(mistakes: Mistake[], read: () => Read): Read | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Mistakes)) throw error;
    mistakes.push(...error.all);
    return undefined;
  }
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

/** How each field of an object is read. */
export type Readers<Whole> = { readonly [Key in keyof Whole]: (value: unknown, path: string) => Whole[Key] };

/** An object with exactly these fields, all of them read: what is wrong with any of them is thrown together (`Mistakes`). */
export function readEach<Whole extends object>(data: unknown, path: string, readers: Readers<Whole>): Whole {
  if (typeof data !== "object" || data === null || Array.isArray(data)) refuse(path, data, "an object");
  const object = data as Record<string, unknown>;
  const keys = Object.keys(readers) as (keyof Whole & string)[];
  const unknown = Object.keys(object).filter((key) => !(keys as string[]).includes(key));
  const mistakes = unknown.map((key) =>
    mistake(`${path}.${key}`, object[key], `no such field; the fields are ${keys.join(", ")}`),
  );
  const whole: Partial<Whole> = {};
  for (const key of keys) {
    if (!Object.hasOwn(object, key)) mistakes.push(mistake(`${path}.${key}`, undefined, "a value"));
    else attempt(mistakes, () => (whole[key] = readers[key](object[key], `${path}.${key}`)));
  }
  if (mistakes.length > 0) throw new Mistakes(mistakes);
  return whole as Whole;
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

/** A list, each item read by `read` with its own path; what is wrong with any of them is thrown together. */
export function readList<Item>(value: unknown, path: string, read: (item: unknown, path: string) => Item): Item[] {
  if (!Array.isArray(value)) refuse(path, value, "a list");
  const mistakes: Mistake[] = [];
  const items = value.map((item, index) => attempt(mistakes, () => read(item, `${path}.${index}`)));
  if (mistakes.length > 0) throw new Mistakes(mistakes);
  return items as Item[];
}
