// The small pieces that requests and answers are made of: ids, instants, coins, texts, pages.
import { z } from "zod";
import { idPattern } from "../token.ts";

/** Far above every honest amount and far below where integers of JSON end. */
export const COINS_MAX = 1_000_000_000_000;

/** An id: of a user, a call or a connection. */
export const idField = z
  .string()
  .regex(idPattern, "expected 1 to 128 characters of A-Z a-z 0-9 . _ : @ -")
  .meta({ description: "1 to 128 characters of A-Z a-z 0-9 . _ : @ -" });

/** An instant on the wire. */
export const timeField = z.iso.datetime({ offset: true });

/** An instant that a client gives; read as milliseconds since the epoch. */
export const givenTimeField = z.iso
  .datetime({ offset: true })
  .max(40)
  .transform((text) => Date.parse(text));

/** A day or an instant that a client filters by; a day means its beginning in UTC. Read as milliseconds since the epoch. */
export const filterTimeField = z
  .union(
    [z.iso.datetime({ offset: true }).max(40), z.iso.date()],
    "expected an ISO 8601 instant or day, such as 2026-03-01T12:00:00Z",
  )
  .transform((text) => Date.parse(text));

/** An amount of coins in an answer. */
export const coinsField = z.int().min(0);

/** No control characters but line breaks, and no half of a character: a database keeps neither. */
const isPlain = (text: string): boolean => /^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u.test(text);
const notPlain = "expected text without control characters";

/** Somebody's own words. */
export const reasonField = z
  .string()
  .max(500)
  .refine(isPlain, notPlain)
  .meta({ description: "At most 500 characters.", examples: ["Something came up"] });

/** A name that people read. */
export const nameField = z.string().trim().min(1).max(120).refine(isPlain, notPlain);

/** The page of a list. */
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(100).default(20).meta({ description: "How many at most." }),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,400}$/, "expected a cursor that this list returned")
    .optional()
    .meta({ description: "The `nextCursor` of the page before; absent for the first page." }),
};

/** What every page of a list ends with. */
export const pageEnd = {
  hasMore: z.boolean(),
  nextCursor: z.string().nullable().meta({ description: "Send it as `cursor` to get the next page; null at the end." }),
};
