// Reads LiveKit's JSON: int64 as strings, omitted defaults, enums as names or numbers, unknown fields passed over.

/** A JSON object of which nothing is known yet. */
export type JsonObject = { readonly [name: string]: unknown };

/** The value as an object, or null when it is anything else. */
export function readObject(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** A field by its lowerCamelCase name, or by the name in the protocol's own files: both spellings are valid JSON of a message. */
export function fieldOf(object: JsonObject | null, name: string): unknown {
  if (object === null) return undefined;
  if (Object.hasOwn(object, name)) return object[name];
  const original = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.hasOwn(object, original) ? object[original] : undefined;
}

/** A text; "" when it is absent, which is how JSON of a message says that it is empty. */
export function readText(object: JsonObject | null, name: string): string {
  const value = fieldOf(object, name);
  return typeof value === "string" ? value : "";
}

/** A whole number that is not negative and is exact as a number; 0 when it is absent, null when it is nonsense. */
export function readWhole(object: JsonObject | null, name: string): number | null {
  const value = fieldOf(object, name);
  if (value === undefined || value === null) return 0;
  const number = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** Whether an enum has its first value: absent, null, 0 or its name. */
export function isDefault(object: JsonObject | null, name: string, first: string): boolean {
  const value = fieldOf(object, name);
  return value === undefined || value === null || value === 0 || value === first;
}

/** Parses a body as UTF-8 JSON; null when it is no JSON object. */
export function parseBody(body: Uint8Array): JsonObject | null {
  try {
    return readObject(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)));
  } catch {
    return null;
  }
}
