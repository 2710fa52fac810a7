// Plans where a call's held money goes when it is over, and the way back when later evidence makes it cheaper.
import { type AccountRef, heldOf, type Money, type PlannedTransfer, type TransferKind } from "./account.ts";
import { assert } from "./assert.ts";
import { isEscrow } from "./deposit.ts";
import { settleCharge } from "./settlement.ts";
import type { Terms } from "./terms.ts";

/** What settling one payer of a finished call is made from. */
export type SettlingInput = {
  terms: Terms;
  money: Money;
  /** The payer's charge. */
  total: bigint;
  payeeId: string | null;
  /** Coins in the payee's wallet; null when unknown. */
  payeeAvailable: bigint | null;
  /** Makes the names of several payers differ. */
  suffix: string;
};

/**
 * The transfers that settle one payer: capture to the payee, fee to the platform, release of the rest. When the payer was
 * settled before: a refund of what the charge is lower now; nothing when it is higher (the payer's favour).
 *
 * Of a deposit in an escrow everybody gets a claim: what the contract owes them. It owes by what was said at the settlement, and
 * may have paid since: so nothing is given back afterwards.
 */
export function planSettling(input: SettlingInput): PlannedTransfer[] {
  const { terms, money, total, payeeId } = input;
  const held = heldOf(money);
  const wasSettled = money.captured + money.released > 0n;
  const transfers: PlannedTransfer[] = [];
  const call: AccountRef = { kind: "call", payerId: money.payerId };
  const owed = (userId: string | null): AccountRef => ownAccount(terms, userId);
  let rest = held;
  if (!wasSettled && held > 0n) {
    assert(total <= held, () => `I3: ${money.payerId} is charged ${total}, held are ${held}`);
    const share = shareOf(total, terms, payeeId);
    if (payeeId !== null) {
      add(transfers, `capture:${money.payerId}`, "capture", call, owed(payeeId), share.payee);
      add(transfers, `fee:${money.payerId}`, "fee", call, owed(null), share.platform);
    } else {
      add(transfers, `capture:${money.payerId}`, "capture", call, owed(null), share.platform);
    }
    rest = held - total;
  }
  // Money that was placed after a release still has to leave the call account, under a name of its own.
  const release = wasSettled ? `release.${money.placements}:${money.payerId}` : `release:${money.payerId}`;
  add(transfers, release, "release", call, owed(money.payerId), rest);
  if (wasSettled && !isEscrow(terms)) planRefund(input, transfers);
  return transfers;
}

/** Where somebody's money goes: a wallet, the platform's account (null), or a claim on the escrow. */
function ownAccount(terms: Terms, userId: string | null): AccountRef {
  if (isEscrow(terms)) return { kind: "claim", userId };
  return userId === null ? { kind: "platform" } : { kind: "wallet", userId };
}

/** Gives back what was captured beyond the charge, by the same split: afterwards it is as if it had been captured so. */
function planRefund(input: SettlingInput, transfers: PlannedTransfer[]): void {
  const { terms, money, payeeId, payeeAvailable, suffix } = input;
  const net = money.captured - money.refunded;
  assert(net >= 0n, () => `I9: refunds of ${money.refunded} for captures of ${money.captured}`);
  if (net <= input.total) return;
  const before = shareOf(net, terms, payeeId);
  let target = input.total;
  if (payeeAvailable !== null) {
    const least = leastTotalFor(before.payee - payeeAvailable, terms);
    if (least > target) target = least;
    if (target > net) target = net;
  }
  const after = shareOf(target, terms, payeeId);
  const payer: AccountRef = { kind: "wallet", userId: money.payerId };
  const name = `refund.${money.refunds + 1}`;
  if (payeeId !== null) {
    const payee: AccountRef = { kind: "wallet", userId: payeeId };
    add(transfers, `${name}${suffix}`, "refund", payee, payer, before.payee - after.payee);
  }
  const back = before.platform - after.platform;
  add(transfers, `${name}:platform${suffix}`, "refund", { kind: "platform" }, payer, back);
}

/** Without a payee all of it is the platform's. */
function shareOf(total: bigint, terms: Terms, payeeId: string | null): { payee: bigint; platform: bigint } {
  return payeeId === null ? { payee: 0n, platform: total } : settleCharge(total, terms);
}

/** The smallest total that leaves the payee at least `kept`: a payee without coins cannot give back more. */
function leastTotalFor(kept: bigint, terms: Terms): bigint {
  const payeeBasisPoints = BigInt(10_000 - terms.split.platformBasisPoints);
  if (kept <= 0n || payeeBasisPoints === 0n) return 0n;
  return ((kept - 1n) * 10_000n) / payeeBasisPoints + 1n;
}

function add(
  transfers: PlannedTransfer[],
  name: string,
  kind: TransferKind,
  from: AccountRef,
  to: AccountRef,
  amount: bigint,
): void {
  if (amount > 0n) transfers.push({ name, kind, from, to, amount });
}
