// The receipt of a call: why it cost what it cost, line by line, for one reader.
import { type Money, noMoney } from "./account.ts";
import type { CallFacts, CallStatus, EndReason } from "./call.ts";
import type { Charge, PayerCharge } from "./charge.ts";
import { isEscrow } from "./deposit.ts";
import type { EventSource } from "./event.ts";
import type { LineKind } from "./line.ts";
import { coinsToJson } from "./money.ts";
import { sayCoins, sayDuration, sayEnding, sayLine, sayRounding } from "./receipt-text.ts";
import { settleCharge } from "./settlement.ts";
import type { Terms } from "./terms.ts";

/** Who reads the receipt: each sees their own side, the operator everything. */
export type ReceiptViewer = "payer" | "payee" | "operator";

/** A line with the sentence that explains it. Amounts are numbers, instants ms since the epoch. */
export type ReceiptLine = {
  kind: LineKind | "adjustment";
  from: number | null;
  to: number | null;
  seconds: number;
  increments: number;
  pricePerMinute: number;
  amount: number;
  sentence: string;
};

/** What one payer was charged. */
export type ReceiptPayer = {
  payerId: string;
  lines: ReceiptLine[];
  /** The sum of the lines. */
  total: number;
  billableSeconds: number;
  billedSeconds: number;
  pauses: { from: number; to: number; seconds: number; userIds: string[] }[];
  pausedSeconds: number;
  /** Coins held and given back; null for the payee, who does not see the payer's hold. */
  hold: { placed: number; released: number; refunded: number } | null;
};

/** Why a call cost what it cost, ready for JSON. */
export type Receipt = {
  callId: string;
  viewer: ReceiptViewer;
  preset: string;
  currency: string;
  status: CallStatus;
  requestedAt: number;
  acceptedAt: number | null;
  startedAt: number | null;
  endedAt: number | null;
  endReason: EndReason | null;
  endedBy: string | null;
  durationSeconds: number;
  durationSource: EventSource | null;
  payers: ReceiptPayer[];
  total: number;
  /** Null for the payer. */
  split: { payer: number; payee: number; platform: number; platformBasisPoints: number } | null;
  penalties: { policy: string; userId: string; amount: number; reason: string }[];
  explanations: string[];
};

/** What a receipt is made from. */
export type ReceiptInput = {
  facts: CallFacts;
  charge: Charge;
  money: readonly Money[];
  viewer: ReceiptViewer;
  /** With several payers: the payer who reads it. */
  viewerId?: string;
};

/**
 * The receipt of a call for one reader: every line with its sentence, the pauses, the hold, the split, and why.
 * Once settled, `total` is what the payer really paid: when later evidence would cost more, an adjustment line takes
 * the difference back. Instants stay in ms; amounts are numbers (I12).
 */
export function makeReceipt(input: ReceiptInput): Receipt {
  const { facts, charge, viewer } = input;
  const { state } = charge;
  const payers: ReceiptPayer[] = [];
  let total = 0n;
  for (const payer of charge.payers) {
    if (viewer === "payer" && input.viewerId !== undefined && payer.payerId !== input.viewerId) continue;
    const made = makePayer(input, payer);
    payers.push(made.receipt);
    total += made.paid;
  }
  const lastMs = state.endedAt ?? charge.payers[0]?.usage.intervals.at(-1)?.to ?? state.startedAt ?? 0;
  return {
    callId: facts.callId,
    viewer,
    preset: facts.terms.preset,
    currency: facts.terms.currency,
    status: state.status,
    requestedAt: facts.requestedAt,
    acceptedAt: state.acceptedAt,
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    endReason: state.endReason,
    endedBy: state.endedBy,
    durationSeconds: state.startedAt === null ? 0 : Math.max(0, Math.floor((lastMs - state.startedAt) / 1000)),
    durationSource: state.durationSource,
    payers,
    total: coinsToJson(total),
    split: viewer === "payer" ? null : makeSplit(facts, total),
    penalties: charge.penalties
      .filter(({ userId }) => isVisible(input, userId))
      .map(({ policy, userId, amount, reason }) => ({ policy, userId, amount: coinsToJson(amount), reason })),
    explanations: explain(input, payers, total),
  };
}

function makePayer(input: ReceiptInput, payer: PayerCharge): { receipt: ReceiptPayer; paid: bigint } {
  const { facts, money, viewer } = input;
  const { tariff, currency } = facts.terms;
  let steps = 0;
  const lines: ReceiptLine[] = payer.lines.map((line) => {
    const isStep = tariff.lines === "per_increment" && line.kind === "usage";
    if (isStep) steps++;
    return {
      ...line,
      pricePerMinute: coinsToJson(line.pricePerMinute),
      amount: coinsToJson(line.amount),
      sentence: sayLine(line, tariff, payer.billableSeconds, currency, isStep ? steps : null),
    };
  });
  const shown = money.find(({ payerId }) => payerId === payer.payerId) ?? noMoney(payer.payerId);
  const wasSettled = shown.captured + shown.released > 0n;
  const paid = wasSettled ? shown.captured - shown.refunded : payer.total;
  if (paid !== payer.total) lines.push(adjustmentLine(paid - payer.total, facts.terms));
  const pauses = payer.usage.pauses.map(({ from, to, userIds }) => {
    return { from, to, seconds: Math.floor((to - from) / 1000), userIds };
  });
  const pausedMs = payer.usage.pauses.reduce((sum, { from, to }) => sum + to - from, 0);
  const hold = {
    placed: coinsToJson(shown.placed),
    released: coinsToJson(shown.released),
    refunded: coinsToJson(shown.refunded),
  };
  const receipt: ReceiptPayer = {
    payerId: payer.payerId,
    lines,
    total: coinsToJson(paid),
    billableSeconds: payer.billableSeconds,
    billedSeconds: payer.billedSeconds,
    pauses,
    pausedSeconds: Math.floor(pausedMs / 1000),
    hold: viewer === "payee" ? null : hold,
  };
  return { receipt, paid };
}

function adjustmentLine(amount: bigint, terms: Terms): ReceiptLine {
  const coins = sayCoins(amount < 0n ? -amount : amount, terms.currency);
  const late = "Evidence that came after the settlement";
  const sentence =
    amount < 0n
      ? `${late} would cost more; ${coins} are not charged.`
      : isEscrow(terms)
        ? `${late} would cost ${coins} less; the voucher for the escrow was signed before and stands.`
        : `${late} costs less; ${coins} are still to be given back.`;
  return {
    kind: "adjustment",
    from: null,
    to: null,
    seconds: 0,
    increments: 0,
    pricePerMinute: 0,
    amount: coinsToJson(amount),
    sentence,
  };
}

function makeSplit(facts: CallFacts, total: bigint): Receipt["split"] {
  const hasPayee = facts.parties.some(({ role }) => role === "payee");
  const { payee, platform } = hasPayee ? settleCharge(total, facts.terms) : { payee: 0n, platform: total };
  return {
    payer: coinsToJson(total),
    payee: coinsToJson(payee),
    platform: coinsToJson(platform),
    platformBasisPoints: facts.terms.split.platformBasisPoints,
  };
}

/** Payer and payee see the penalties and bonuses of their own side; the operator sees all. */
function isVisible({ facts, viewer, viewerId }: ReceiptInput, userId: string): boolean {
  if (viewer === "operator") return true;
  if (viewerId !== undefined) return userId === viewerId;
  return facts.parties.some((party) => party.userId === userId && party.role === viewer);
}

function explain(input: ReceiptInput, payers: readonly ReceiptPayer[], total: bigint): string[] {
  const { facts, charge, viewer } = input;
  const { terms } = facts;
  const said: string[] = [];
  const ending = sayEnding(facts, charge.state);
  if (ending !== null) said.push(ending);
  if (terms.billable !== "none" && charge.state.startedAt !== null) {
    said.push(
      terms.billable === "together" ? "Only time together is charged." : "Only the payer's own time is charged.",
    );
    said.push(sayRounding(terms.tariff));
  }
  const paused = payers.reduce((sum, payer) => sum + payer.pausedSeconds, 0);
  if (paused > 0) said.push(`${sayDuration(paused)} of interruptions are not charged.`);
  for (const { hold, total: paid } of payers) {
    if (hold === null || hold.placed === 0) continue;
    const back = hold.released > 0 ? `; ${sayCoins(BigInt(hold.released), terms.currency)} were given back` : "";
    const placed = sayCoins(BigInt(hold.placed), terms.currency);
    said.push(`${placed} were held, ${sayCoins(BigInt(paid), terms.currency)} charged${back}.`);
  }
  const split = viewer === "payer" ? null : makeSplit(facts, total);
  if (split !== null && total > 0n) {
    const percent = split.platformBasisPoints / 100;
    said.push(`The platform keeps ${percent} % rounded down (${split.platform}); the payee gets ${split.payee}.`);
  }
  for (const { userId, amount, reason } of charge.bonuses) {
    const coins = sayCoins(amount, terms.currency);
    if (isVisible(input, userId))
      said.push(`A bonus of ${coins}${viewer === "operator" ? ` for ${userId}` : ""}: ${reason}.`);
  }
  if (viewer === "operator") {
    for (const { policy, applied, why } of charge.policyDecisions) {
      said.push(`Policy ${policy} ${applied ? "applied" : "did not apply"}: ${why}.`);
    }
  }
  return said;
}
