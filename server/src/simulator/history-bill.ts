// What the hall says in the end of the money of a call, read from its row and its transfers.
import type { StoredCall } from "../charging/stored.ts";
import { ownerOf } from "../ledger/accounts.ts";
import type { Transfer } from "../ledger/transfers.ts";
import type { HistoryBill } from "./history.ts";

const isPlatform = (account: string): boolean => account === "platform" || account.endsWith(":platform");

/** The shares of the charge: what came to each of the two, refunds taken off. */
function shareOf(transfers: readonly Transfer[], isTheirs: (account: string) => boolean): bigint {
  let share = 0n;
  for (const { kind, from, to, amount } of transfers) {
    if ((kind === "capture" || kind === "fee") && isTheirs(to)) share += amount;
    if (kind === "refund" && isTheirs(from)) share -= amount;
  }
  return share;
}

/** The bill of a call that is over. */
export function billOf(call: StoredCall, transfers: readonly Transfer[]): HistoryBill {
  const { status, startedAt, endedAt, endReason, endedBy, billableSeconds, billedSeconds, placed, charged } = call;
  const bonuses = transfers
    .filter(({ kind }) => kind === "bonus")
    .map(({ name, to, amount }) => ({ policy: name.split(":")[2] ?? "", userId: to.slice("wallet:".length), amount }));
  return {
    status,
    startedAt,
    endedAt,
    endReason,
    endedBy,
    billableSeconds,
    billedSeconds,
    placed,
    charged,
    payee: shareOf(transfers, (account) => !isPlatform(account)),
    platform: shareOf(transfers, isPlatform),
    penalties: call.penalties.map(({ policy, userId, amount, reversedAt }) => ({
      policy,
      userId,
      amount,
      isReversed: reversedAt !== null,
    })),
    bonuses,
  };
}

/** The wallets after each of the movements of one write, in their order. @param balanceOf what an account holds after all of them */
export function walletsAfter(
  transfers: readonly Transfer[],
  balanceOf: (account: string) => bigint,
): { userId: string; balance: bigint }[] {
  const after = new Map<string, bigint>();
  const found: { userId: string; balance: bigint }[] = [];
  for (const { from, to, amount } of [...transfers].reverse()) {
    for (const [account, moved] of [
      [to, amount],
      [from, -amount],
    ] as const) {
      const userId = ownerOf(account);
      if (userId === null) continue;
      const balance = after.get(account) ?? balanceOf(account);
      found.unshift({ userId, balance });
      after.set(account, balance - moved);
    }
  }
  return found;
}
