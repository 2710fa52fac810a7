// Carries out due deadlines of all calls in one order of time, as the sandbox's clock passes over them.
import type { Queryable } from "../db/database.ts";
import type { Charging } from "./charging.ts";

/**
 * The clock loop takes due calls in batches, each call in its own order of time. When somebody turns the clock by an hour, calls
 * that share a wallet must also meet it in the order in which they would have: so here it goes from deadline to deadline.
 * @param until ms; deadlines up to and including it
 */
export async function carryOutUntil(
  db: Queryable,
  charging: Pick<Charging, "advanceDue">,
  until: number,
): Promise<void> {
  for (;;) {
    const [row] = await db.query<{ next: bigint | null }>(
      "select min(deadline_at) as next from call_deadlines where deadline_at <= $1",
      [until],
    );
    if (row?.next === null || row?.next === undefined) return;
    await charging.advanceDue(Number(row.next));
  }
}
