// Penalties as they are marked on their call: what was taken, from whom, why, on which evidence, and whether it went back.
import { type Coins, coinsToJson, type Penalty } from "@fairminute/core";

/** A penalty that was posted. What the rules ask for and the wallet did not have was never taken, and is no penalty. */
export interface PenaltyMark {
  /** The name of its transfer within the call. */
  name: string;
  policy: string;
  userId: string;
  /** What really moved: less than the policy asks for when the wallet had less. */
  amount: Coins;
  reason: string;
  /** The event that proves it. */
  evidenceId: string;
  /** When an operator gave it back, ms. */
  reversedAt: number | null;
  reversalReason: string | null;
}

/** A penalty as people see it. */
export interface PenaltyJson {
  userId: string;
  policy: string;
  amount: number;
  reason: string;
  evidenceId: string;
  reversedAt: string | null;
  reversalReason: string | null;
}

/** The mark of a penalty whose transfer is planned. */
export function markPenalty(name: string, penalty: Penalty, amount: Coins): PenaltyMark {
  const { policy, userId, reason, evidenceId } = penalty;
  return { name, policy, userId, amount, reason, evidenceId, reversedAt: null, reversalReason: null };
}

/** The name of the transfer that gives a penalty back, whoever asks for it: a call has it once, so that it goes back once. */
export const reversalName = ({ name }: Pick<PenaltyMark, "name">): string => `refund:${name}`;

/** What the rules say when evidence that came after the settlement disproves a penalty. */
const disproved = "later evidence shows that it was not due";

/** The marks once a transfer of this name gave one of them back; null when it gives back none. */
export function markReversal(marks: readonly PenaltyMark[], name: string, at: number): PenaltyMark[] | null {
  if (!marks.some((mark) => reversalName(mark) === name)) return null;
  return marks.map((mark) =>
    reversalName(mark) === name ? { ...mark, reversedAt: at, reversalReason: disproved } : mark,
  );
}

/** What the plan of a call must know of its penalties: their names, and what can still go back. */
export function postedPenalties(marks: readonly PenaltyMark[]): {
  penaltiesPosted: string[];
  penaltyCoins: Record<string, Coins>;
} {
  const open = marks.filter(({ reversedAt }) => reversedAt === null);
  return {
    penaltiesPosted: marks.map(({ name }) => name),
    penaltyCoins: Object.fromEntries(open.map(({ name, amount }) => [name, amount])),
  };
}

/** @param viewerId a user, who sees their own penalties only; null sees all */
export function penaltiesJson(marks: readonly PenaltyMark[], viewerId: string | null): PenaltyJson[] {
  return marks
    .filter(({ userId }) => viewerId === null || userId === viewerId)
    .map(({ name: _name, amount, reversedAt, ...mark }) => ({
      ...mark,
      amount: coinsToJson(amount),
      reversedAt: reversedAt === null ? null : new Date(reversedAt).toISOString(),
    }));
}

type Kept = Omit<PenaltyMark, "amount"> & { amount: number };

/** The marks as their column keeps them. */
export function writeMarks(marks: readonly PenaltyMark[]): string {
  return JSON.stringify(marks.map((mark): Kept => ({ ...mark, amount: coinsToJson(mark.amount) })));
}

/** Reads the column. */
export function readMarks(kept: unknown): PenaltyMark[] {
  return (kept as Kept[]).map((mark) => ({ ...mark, amount: BigInt(mark.amount) }));
}
