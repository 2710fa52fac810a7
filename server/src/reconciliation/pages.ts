// Pages of the operator's lists, with a place to go on from that is opaque to clients.
import { FairminuteError } from "@fairminute/core";

/** What is asked for of a list. */
export interface Page {
  limit: number;
  cursor?: string | undefined;
}

/** A page, its items under their name. */
export type PageOf<Name extends string, Item> = Record<Name, Item[]> & { hasMore: boolean; nextCursor: string | null };

/** @throws FairminuteError invalid_cursor when it is not a place of so many parts */
export function readPlace(cursor: string, parts: number): string[] {
  const place = Buffer.from(cursor, "base64url").toString().split("|");
  if (place.length === parts && place.every((part) => part !== "")) return place;
  throw new FairminuteError("invalid_cursor", "the cursor is not one that this list returned", { param: "cursor" });
}

/** @param rows one more than the limit when there are more */
export function pageOf<Name extends string, Item>(
  name: Name,
  rows: Record<string, unknown>[],
  limit: number,
  toItem: (row: Record<string, unknown>) => Item,
  placeOf: (row: Record<string, unknown>) => string[],
): PageOf<Name, Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit;
  const nextCursor = hasMore && last !== undefined ? Buffer.from(placeOf(last).join("|")).toString("base64url") : null;
  return { [name]: shown.map(toItem), hasMore, nextCursor } as PageOf<Name, Item>;
}
