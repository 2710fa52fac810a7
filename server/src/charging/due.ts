// Due calls, taken and advanced in one transaction, so that several servers share them and none is done twice.
import { type Database, DatabaseError, type Queryable } from "../db/database.ts";
import { type Available, learnAvailable } from "./advance.ts";
import { decide } from "./decision.ts";
import { readPriorBreaks } from "./prior-breaks.ts";
import type { StoredCall } from "./stored.ts";
import { type Decision, type Outcome, takeDueCalls, writeCalls } from "./write.ts";

export interface DueWorld {
  now: number;
  /** Told of a call that cannot be advanced. */
  onFault: (error: unknown) => void;
}

const BATCH = 500;
/** Each round settles all calls but those whose wallet turned out short, and a call has two wallets to be surprised by. */
const MAX_ROUNDS = 20;
/** A call that cannot be advanced is looked at again after this long, so that it holds nobody else up. */
const POSTPONE_MS = 60_000;

async function advanceTaken(tx: Queryable, calls: StoredCall[], world: DueWorld): Promise<void> {
  const available = new Map<string, Available>();
  const breaks = await readPriorBreaks(tx, calls, world.now);
  let open = calls;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MAX_ROUNDS) {
      const names = open.map(({ id }) => id).join(", ");
      throw new Error(`due calls could neither be written nor refused in ${MAX_ROUNDS} rounds: ${names}`);
    }
    const decisions: Decision[] = [];
    for (const call of open) {
      const input = {
        now: world.now,
        evidence: [],
        available: available.get(call.id) ?? null,
        breaks: breaks.get(call.id),
      };
      const { decision } = decide(call, call, input);
      if (decision !== null) decisions.push(decision);
    }
    if (decisions.length === 0) return;
    const refused = new Map((await writeCalls(tx, decisions, world.now)).map((outcome) => [outcome.id, outcome]));
    open = open.filter(({ id }) => refused.has(id));
    for (const call of open) {
      available.set(call.id, learnAvailable(available.get(call.id) ?? null, call, refused.get(call.id) as Outcome));
    }
  }
}

function advanceBatch(db: Database, world: DueWorld, limit: number, ids: readonly string[] | null): Promise<number> {
  return db.transaction(async (tx) => {
    const calls = await takeDueCalls(tx, world.now, limit, ids);
    await advanceTaken(tx, calls, world);
    return calls.length;
  });
}

/** Something in the batch breaks it: each call for itself, and the broken one is set aside, so that all others end in time. */
async function advanceOneByOne(db: Database, world: DueWorld): Promise<number> {
  const rows = await db.query<{ id: string }>(
    "select call_id as id from call_deadlines where deadline_at <= $1 order by deadline_at limit $2",
    [world.now, BATCH],
  );
  for (const { id } of rows) {
    try {
      await advanceBatch(db, world, 1, [id]);
    } catch (error) {
      if (error instanceof DatabaseError && error.connectionLost) throw error;
      world.onFault(
        new Error(`call ${id} cannot be advanced and was set aside for ${POSTPONE_MS / 1000} s`, { cause: error }),
      );
      await db.query("update calls set deadline_at = $2 where id = $1 and deadline_at <= $3", [
        id,
        world.now + POSTPONE_MS,
        world.now,
      ]);
    }
  }
  return rows.length;
}

/**
 * Advances one batch of due calls as of now (each deadline on the way at its own moment).
 * @returns how many calls were due and taken; 0 when none is left for this server
 * @throws DatabaseError when the database is away; the next round tries again
 */
export async function advanceDueCalls(db: Database, world: DueWorld): Promise<number> {
  try {
    return await advanceBatch(db, world, BATCH, null);
  } catch (error) {
    if (error instanceof DatabaseError && error.connectionLost) throw error;
    return advanceOneByOne(db, world);
  }
}
