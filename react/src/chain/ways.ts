// What the contract allows one person now and later: each way with its time, and what it does with the deposit. Pure.
import { feeOf, priceOfSeconds } from "@fairminute/contracts";
import type { EscrowJson } from "./wire.ts";

/**
 * voucher: end by the meter's word. clock: the student's end by the contract's clock. claim: the tutor's. agree: the student pays what
 * was claimed. dispute: the student contests it. settle: what lapsed is carried out, by anybody. reclaim: the student takes the deposit back.
 */
export type PaymentWay = "voucher" | "clock" | "claim" | "agree" | "dispute" | "settle" | "reclaim";

/** Who gets what of the deposit, in the token's smallest units. */
export type Division = { price: bigint; toTutor: bigint; toStudent: bigint };

export type Way = {
  kind: PaymentWay;
  /** Whether it can be gone now, as far as is known. */
  isOpen: boolean;
  /** From when on, ms; null: from the deposit on. */
  from: number | null;
  /** The last instant, ms; null: until the session is over in another way. */
  until: number | null;
  /** The seconds that are paid for. */
  seconds: number | null;
  /** Null where no coin moves, and where the time of the deposit is not known. */
  division: Division | null;
};

type Seen = Pick<
  EscrowJson,
  "terms" | "depositAmount" | "feeBasisPoints" | "voucher" | "inContract" | "payment" | "deposit"
>;

const instant = (text: string | null): number | null => (text === null ? null : Date.parse(text));
const nextSecond = (at: number | null): number | null => (at === null ? null : at + 1000);
const lower = (a: number, b: number | null): number => (b === null ? a : Math.min(a, b));

/** The seconds on the contract's clock: stopped by a claim, else running since the deposit; null while that time is not known. */
export function clockOf({ inContract, terms }: Pick<Seen, "inContract" | "terms">, now: number): number | null {
  if (inContract.claimedSeconds !== null) return inContract.claimedSeconds;
  const openedAt = instant(inContract.openedAt);
  if (openedAt === null) return null;
  return Math.min(Number(terms.maxSeconds), Math.max(0, Math.floor((now - openedAt) / 1000)));
}

/** How the contract divides the deposit when so many seconds are paid for. */
export function divisionOf({ terms, depositAmount, feeBasisPoints }: Seen, seconds: number): Division {
  const price = priceOfSeconds(BigInt(terms.ratePerMinute), BigInt(seconds));
  const toTutor = price - feeOf(price, BigInt(feeBasisPoints));
  return { price, toTutor, toStudent: BigInt(depositAmount) - price };
}

/** Until when, from when on, and for how many seconds. */
type Plan = Pick<Way, "kind"> & Partial<Pick<Way, "from" | "until" | "seconds">>;

function plansWhileOpen(seen: Seen, role: "student" | "tutor", clock: number | null): Plan[] {
  const reclaimableFrom = instant(seen.inContract.reclaimableFrom);
  // By voucher the lower of voucher and clock is paid: where there is one, the clock is nobody's better way.
  const byClock = seen.voucher === null;
  if (role === "student") {
    const plans: Plan[] = byClock ? [{ kind: "clock", seconds: clock }] : [];
    return [...plans, { kind: "reclaim", from: reclaimableFrom ?? Number.POSITIVE_INFINITY, seconds: 0 }];
  }
  const until = reclaimableFrom === null ? null : reclaimableFrom - 1000;
  return byClock ? [{ kind: "claim", until, seconds: clock }] : [];
}

/** After a claim; the clock stands. */
function plansAfterClaim(seen: Seen, role: "student" | "tutor", clock: number | null): Plan[] {
  const { status, until: last } = seen.inContract;
  const until = instant(last);
  const plans: Plan[] = [];
  if (role === "student" && seen.voucher === null) plans.push({ kind: "agree", seconds: clock });
  if (role === "student" && status === "claimed") plans.push({ kind: "dispute", until });
  // Undisputed the claim is paid; disputed only what was proven to the contract, and this server proves nothing before the end.
  return [...plans, { kind: "settle", from: nextSecond(until), seconds: status === "claimed" ? clock : 0 }];
}

/**
 * The ways of one person, those that are open first. None without a deposit, and none when it is paid.
 * @param now ms, by the server's clock; the contract goes by the time of its blocks, which may lie a little behind
 */
export function waysOf(seen: Seen, role: "student" | "tutor", now: number): Way[] {
  const { inContract, voucher, payment } = seen;
  const { status } = inContract;
  if (payment !== null || status === "none" || status === "closed") return [];
  const clock = clockOf(seen, now);
  const byVoucher: Plan[] =
    voucher === null ? [] : [{ kind: "voucher", seconds: lower(Number(voucher.provenSeconds), clock) }];
  const plans = status === "open" ? plansWhileOpen(seen, role, clock) : plansAfterClaim(seen, role, clock);
  return [...byVoucher, ...plans]
    .map(({ kind, from = null, until = null, seconds = null }): Way => {
      const isOpen = (from === null || now >= from) && (until === null || now < until + 1000);
      return {
        kind,
        isOpen,
        from: from === Number.POSITIVE_INFINITY ? null : from,
        until,
        seconds,
        division: seconds === null ? null : divisionOf(seen, seconds),
      };
    })
    .filter(({ isOpen, from }) => isOpen || (from !== null && now < from))
    .sort((a, b) => Number(b.isOpen) - Number(a.isOpen));
}
