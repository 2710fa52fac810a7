// A call's receipt, recomputed from its log and held against the ledger's figures.
import { chargeCall, makeReceipt, priceOfSeconds, type Receipt, type Terms } from "@fairminute/core";
import type { OpenCall } from "./opening.ts";
import { type PenaltyJson, penaltiesJson } from "./penalties.ts";
import { factsOf, moneyOf, type StoredCall } from "./stored.ts";

type Replaced = "requestedAt" | "acceptedAt" | "startedAt" | "endedAt" | "payers" | "penalties";

/** core's receipt with its instants as ISO 8601, and the names of the people. */
export type ReceiptJson = Omit<Receipt, Replaced> & {
  requestedAt: string;
  acceptedAt: string | null;
  startedAt: string | null;
  endedAt: string | null;
  settledAt: string | null;
  holdId: string;
  payees: { userId: string; name: string | null }[];
  /** Those that were posted: what a wallet did not have was not taken. The reader's own; all of them for the operator. */
  penalties: PenaltyJson[];
  payers: (Omit<Receipt["payers"][number], "lines" | "pauses"> & {
    name: string | null;
    lines: (Omit<Receipt["payers"][number]["lines"][number], "from" | "to"> & {
      from: string | null;
      to: string | null;
    })[];
    pauses: (Omit<Receipt["payers"][number]["pauses"][number], "from" | "to"> & { from: string; to: string })[];
  })[];
};

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

/** @param viewerId a party, or null for the operator, who sees both sides */
export function receiptJson(
  call: StoredCall,
  viewerId: string | null,
  now: number,
  nameOf: (id: string) => string | null,
): ReceiptJson {
  const facts = factsOf(call);
  const charge = chargeCall({ facts, events: call.events, asOf: now, placed: { [call.payerId]: call.placed } });
  const viewer = viewerId === null ? "operator" : viewerId === call.payeeId ? "payee" : "payer";
  const receipt = makeReceipt({ facts, charge, money: moneyOf(call), viewer });
  return {
    ...receipt,
    requestedAt: iso(receipt.requestedAt),
    acceptedAt: isoOrNull(receipt.acceptedAt),
    startedAt: isoOrNull(receipt.startedAt),
    endedAt: isoOrNull(receipt.endedAt),
    settledAt: isoOrNull(call.settledAt),
    holdId: call.holdId,
    penalties: penaltiesJson(call.penalties, viewerId),
    payees: call.payeeId === null ? [] : [{ userId: call.payeeId, name: nameOf(call.payeeId) }],
    payers: receipt.payers.map((payer) => ({
      ...payer,
      name: nameOf(payer.payerId),
      lines: payer.lines.map((line) => ({ ...line, from: isoOrNull(line.from), to: isoOrNull(line.to) })),
      pauses: payer.pauses.map((pause) => ({ ...pause, from: iso(pause.from), to: iso(pause.to) })),
    })),
  };
}

/**
 * The coins that the payer must have although the hold is smaller: the creator's minimum duration at the tariff.
 * @returns null when the hold itself covers as much, so that the ledger's own check is enough
 */
export function minimumCoins(terms: Terms, input: OpenCall, at: number): bigint | null {
  if (terms.funding.kind === "none" || terms.funding.kind === "escrow") return null;
  const covered = terms.funding.kind === "estimate" ? input.estimatedMinutes : 0;
  if (input.minimumMinutes <= covered) return null;
  return priceOfSeconds(terms.tariff, input.minimumMinutes * 60, at);
}
