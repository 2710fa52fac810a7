// A call as its people see it.
import {
  type CallStatus,
  type Coins,
  coinsToJson,
  type EndReason,
  type EventSource,
  fundedSince,
  isEscrow,
  type TermsJson,
  writeTerms,
} from "@fairminute/core";
import { iso, isoOf } from "./iso.ts";
import { type PenaltyJson, penaltiesJson } from "./penalties.ts";
import type { StoredCall } from "./stored.ts";

export interface CallJson {
  id: string;
  preset: string;
  payerId: string;
  payeeId: string | null;
  payerName: string | null;
  payeeName: string | null;
  status: CallStatus;
  /** What all amounts of the call are counted in: `coin`, or the currency of an escrow. */
  currency: string;
  /** The price of a minute. */
  ratePerMinute: number;
  provider: string;
  roomName: string;
  requestedAt: string;
  acceptedAt: string | null;
  startedAt: string | null;
  endedAt: string | null;
  settledAt: string | null;
  endReason: EndReason | null;
  endedBy: string | null;
  cancelledBy: string | null;
  cancellationReason: string | null;
  /** From start to end, whole seconds; null while it cannot be known, 0 when the call never started. */
  durationSeconds: number | null;
  /** Seconds that both were there, gaps taken out. */
  billableSeconds: number;
  /** billableSeconds as the tariff's increments count them. */
  billedSeconds: number;
  durationSource: EventSource | null;
  /** The hold at the start. */
  estimatedCoins: number;
  /** What stands in the call's account now. */
  heldCoins: number;
  /** The final charge; null until the call is settled. */
  actualCoins: number | null;
  holdId: string;
  fundedUntil: string | null;
  /** Since when the deposit of a call that is paid from an escrow has been in force; null without one. */
  fundedAt: string | null;
  interruptedSince: string | null;
  interruptedUserIds: string[];
  /** What was taken from whom besides the price. People see their own ones. */
  penalties: PenaltyJson[];
  terms: TermsJson;
}

function durationSeconds(call: StoredCall): number | null {
  if (call.settledAt === null) return null;
  if (call.startedAt === null || call.endedAt === null) return 0;
  return Math.floor((call.endedAt - call.startedAt) / 1000);
}

const json = (amount: Coins): number => coinsToJson(amount);

/** @param nameOf what a user is called, or null when the server never met them */
export function callJson(call: StoredCall, nameOf: (userId: string) => string | null): CallJson {
  return {
    id: call.id,
    preset: call.preset,
    payerId: call.payerId,
    payeeId: call.payeeId,
    payerName: nameOf(call.payerId),
    payeeName: call.payeeId === null ? null : nameOf(call.payeeId),
    status: call.status,
    currency: call.terms.currency,
    ratePerMinute: json(call.terms.tariff.pricePerMinute),
    provider: call.provider,
    roomName: call.roomName,
    requestedAt: isoOf(call.requestedAt),
    acceptedAt: iso(call.acceptedAt),
    startedAt: iso(call.startedAt),
    endedAt: iso(call.endedAt),
    settledAt: iso(call.settledAt),
    endReason: call.endReason,
    endedBy: call.endedBy,
    cancelledBy: call.cancelledBy,
    cancellationReason: call.cancellationReason,
    durationSeconds: durationSeconds(call),
    billableSeconds: call.billableSeconds,
    billedSeconds: call.billedSeconds,
    durationSource: call.durationSource,
    estimatedCoins: json(call.estimatedCoins),
    heldCoins: json(call.placed - call.captured - call.released),
    actualCoins: call.settledAt === null ? null : json(call.charged),
    holdId: call.holdId,
    fundedUntil: iso(call.fundedUntil),
    fundedAt: isEscrow(call.terms) ? iso(fundedSince(call.events)) : null,
    interruptedSince: iso(call.interruptedSince),
    interruptedUserIds: call.interruptedUserIds,
    penalties: penaltiesJson(call.penalties, null),
    terms: termsJson(call),
  };
}

/** The call for one pair of eyes: nobody learns what another person was penalised. `null` is the operator, who sees all. */
export function asSeenBy<Call extends Pick<CallJson, "penalties">>(call: Call, viewerId: string | null): Call {
  const isOwn = ({ userId }: PenaltyJson) => viewerId === null || userId === viewerId;
  return call.penalties.every(isOwn) ? call : { ...call, penalties: call.penalties.filter(isOwn) };
}

const told = new Map<string, TermsJson>();

/** Frozen terms are written once a process. */
function termsJson(call: StoredCall): TermsJson {
  let json = told.get(call.termsId);
  if (json === undefined) {
    json = writeTerms(call.terms);
    told.set(call.termsId, json);
  }
  return json;
}
