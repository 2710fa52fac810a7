// Instants as Stream writes them: RFC 3339 texts in webhooks, whole nanoseconds in REST answers.

const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/;
/** Below this a number is no instant of our time in nanoseconds (1973); it may be seconds or milliseconds, which nobody promised. */
const leastNanoseconds = 1e17;
const mostNanoseconds = 8e18;

/**
 * Milliseconds since the epoch, or null when the value is no instant. Fractions of a millisecond are cut off, in both
 * spellings alike: the same instant told by a webhook and by a REST answer is the same number here.
 */
export function readStreamTime(value: unknown): number | null {
  if (typeof value === "string") return readText(value);
  if (typeof value !== "number" || !(value >= leastNanoseconds && value <= mostNanoseconds)) return null;
  // A double holds nanoseconds of our time to within 128 only: to whole microseconds first, or a full millisecond is lost.
  return Math.floor(Math.round(value / 1000) / 1000);
}

function readText(text: string): number | null {
  const [, date, time, fraction = "", zone] = rfc3339.exec(text) ?? [];
  if (date === undefined) return null;
  const milliseconds = fraction.padEnd(3, "0").slice(0, 3);
  const at = Date.parse(`${date}T${time}.${milliseconds}${(zone as string).toUpperCase()}`);
  // A zero time ("0001-01-01T00:00:00Z") is how Go writes that there is none.
  return Number.isNaN(at) || at < 0 ? null : at;
}
