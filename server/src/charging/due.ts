// Due calls, taken and advanced in one transaction, so that several servers share them and none is done twice.
import type { Database, Queryable } from "../db/database.ts";
import { ownerOf } from "../ledger/accounts.ts";
import type { Available } from "./advance.ts";
import { decide } from "./lanes.ts";
import type { StoredCall } from "./stored.ts";
import { type Decision, takeDueCalls, writeCalls } from "./write.ts";

const BATCH = 500;
/** Every round settles all calls but those whose wallet turned out short; a call has two wallets to be surprised by, in few steps. */
const MAX_ROUNDS = 20;

/**
 * Advances one batch of due calls as of now (each deadline on the way at its own moment).
 * @returns how many calls were due and taken; 0 when none is left for this server
 */
export function advanceDueCalls(
  db: Database,
  world: {
    now: number;
    tell: (call: StoredCall) => unknown;
    prepare: (tx: Queryable, calls: StoredCall[]) => Promise<void>;
  },
): Promise<number> {
  return db.transaction(async (tx) => {
    const calls = await takeDueCalls(tx, world.now, BATCH);
    await world.prepare(tx, calls);
    const available = new Map<string, Available>();
    let open = calls;
    for (let round = 0; open.length > 0; round += 1) {
      if (round === MAX_ROUNDS)
        throw new Error(
          `due calls could not be funded or refused in ${MAX_ROUNDS} rounds: ${open.map(({ id }) => id).join(", ")}`,
        );
      const decisions: Decision[] = [];
      for (const call of open) {
        const input = { now: world.now, evidence: [], available: available.get(call.id) ?? null };
        const { decision } = decide(call, call, input, world.tell);
        if (decision !== null) decisions.push(decision);
      }
      if (decisions.length === 0) break;
      const refused = new Map((await writeCalls(tx, decisions, world.now)).map((outcome) => [outcome.id, outcome]));
      open = open.filter(({ id }) => refused.has(id));
      for (const { id, account, available: left } of refused.values()) {
        const owner = ownerOf(account ?? "");
        if (owner !== null) available.set(id, { ...available.get(id), [owner]: left ?? 0n });
      }
    }
    return calls.length;
  });
}
