// In whose days study time is counted: IANA time zones, chosen by the user.
import { FairminuteError } from "@fairminute/core";
import type { Queryable } from "../db/database.ts";

/** What counts until somebody chooses. */
export const defaultTimeZone = "UTC";

/** Offsets such as +05:30 are no time zones: they know nothing of summer time. */
const looksLikeName = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/**
 * @returns the name as it should be kept
 * @throws FairminuteError invalid_request when there is no such time zone
 */
export function checkTimeZone(name: string): string {
  try {
    if (looksLikeName.test(name)) return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    // Intl refuses names that it does not know.
  }
  throw new FairminuteError(
    "invalid_request",
    `timeZone: ${JSON.stringify(name)} is no time zone; expected an IANA name, such as Europe/Madrid`,
    { param: "timeZone" },
  );
}

/** @returns the user's choice, or null when they made none */
export async function readTimeZone(db: Queryable, userId: string): Promise<string | null> {
  const sql = "select time_zone from study_settings where user_id = $1";
  const [row] = await db.query<{ time_zone: string }>(sql, [userId]);
  return row?.time_zone ?? null;
}

/** Keeps the user's choice. @returns the name as it is kept. @throws FairminuteError invalid_request */
export async function writeTimeZone(db: Queryable, userId: string, name: string): Promise<string> {
  const timeZone = checkTimeZone(name);
  await db.query(
    `insert into study_settings (user_id, time_zone) values ($1, $2)
     on conflict (user_id) do update set time_zone = excluded.time_zone`,
    [userId, timeZone],
  );
  return timeZone;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The local day, YYYY-MM-DD, that an instant (ms) falls into. */
export function dayOf(instant: number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (format === undefined) {
    // The calendar and the digits are fixed: a zone says when a day begins, not how it is written.
    format = new Intl.DateTimeFormat("en-u-ca-iso8601-nu-latn", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}`;
}
