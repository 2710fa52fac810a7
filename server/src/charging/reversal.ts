// Giving penalties back: the operator's word against the rule's, written once.
import { FairminuteError } from "@fairminute/core";
import type { Database, Queryable } from "../db/database.ts";
import { PLATFORM, walletOf } from "../ledger/accounts.ts";
import type { Transfer } from "../ledger/transfers.ts";
import { tellChange } from "./news.ts";
import { type PenaltyMark, reversalName } from "./penalties.ts";
import { CALL_COLUMNS, readRow, type StoredCall } from "./stored.ts";
import { writeCalls } from "./write.ts";

export interface Reversal {
  callId: string;
  /** Whose penalty goes back. */
  userId: string;
  /** The operator's own words; they stand on the call and in the user's statement. */
  reason: string;
}

const LOCK = `select ${CALL_COLUMNS} from calls c join terms t on t.id = c.terms_id where c.id = $1 for update of c`;

async function lockCall(tx: Queryable, callId: string): Promise<StoredCall> {
  const [row] = await tx.query(LOCK, [callId]);
  if (row === undefined) throw new FairminuteError("call_not_found", `there is no call ${callId}`, { param: "id" });
  return readRow(row);
}

/** What was taken, and not a coin more, under a name that the call has once. */
function giveBack(callId: string, mark: PenaltyMark, reason: string): Transfer {
  const { userId, amount } = mark;
  const name = reversalName(mark);
  return { subject: callId, name, kind: "adjustment", from: PLATFORM, to: walletOf(userId), amount, memo: reason };
}

/**
 * Gives back what penalties took from a user in one call. Asking again has no effect.
 * @returns the call as it then stands
 * @throws FairminuteError call_not_found; not_found when the call has no penalty of that user
 */
export function reversePenalties(db: Database, { callId, userId, reason }: Reversal, now: number): Promise<StoredCall> {
  return db.transaction(async (tx) => {
    // Locked first: of two operators the second one waits, and finds it done.
    const before = await lockCall(tx, callId);
    const marks = before.penalties.filter((mark) => mark.userId === userId);
    if (marks.length === 0) {
      throw new FairminuteError("not_found", `call ${callId} has no penalty of ${userId}`, { param: "userId" });
    }
    const open = marks.filter(({ reversedAt }) => reversedAt === null);
    if (open.length === 0) return before;
    const reversed = (mark: PenaltyMark) =>
      open.includes(mark) ? { ...mark, reversedAt: now, reversalReason: reason } : mark;
    const call = { ...before, version: before.version + 1, penalties: before.penalties.map(reversed) };
    const transfers = open.map((mark) => giveBack(callId, mark, reason));
    const news = tellChange(before, { call, events: [], transfers, warn: false });
    const [refused] = await writeCalls(tx, [{ call, events: [], grown: [], transfers, news }], now);
    if (refused !== undefined)
      throw new Error(`the penalty of ${userId} in ${callId} is not reversed: ${refused.outcome}`);
    return call;
  });
}
