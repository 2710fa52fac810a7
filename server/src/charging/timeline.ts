// A call's whole story in order: what was seen, what was decided, what moved.
import { coinsToJson } from "@fairminute/core";
import type { Queryable } from "../db/database.ts";
import { holderOf } from "../ledger/accounts.ts";
import type { StoredCall } from "./stored.ts";

export interface TimelineEntry {
  at: string;
  kind: "event" | "transfer" | "decision";
  /** participant.joined, place, started … */
  type: string;
  userId: string | null;
  connectionId: string | null;
  /** Who says so: webhook, signalling, command … */
  source: string | null;
  reason: string | null;
  /** Of a stretch of proof of life: its end. */
  until: string | null;
  receivedAt: string | null;
  amount: number | null;
  from: string | null;
  to: string | null;
}

export interface TimelineJson {
  callId: string;
  entries: TimelineEntry[];
}

const iso = (ms: number): string => new Date(ms).toISOString();
const blank = {
  userId: null,
  connectionId: null,
  source: null,
  reason: null,
  until: null,
  receivedAt: null,
  amount: null,
  from: null,
  to: null,
};

function eventEntries(call: StoredCall): TimelineEntry[] {
  return call.events.map((event) => ({
    ...blank,
    at: iso(event.occurredAt),
    kind: "event",
    type: event.type,
    userId: event.userId,
    connectionId: event.connectionId,
    source: event.source,
    reason: event.reason,
    until: event.untilAt === null ? null : iso(event.untilAt),
    receivedAt: iso(event.receivedAt),
  }));
}

function decisionEntries(call: StoredCall): TimelineEntry[] {
  const decisions: [string, number | null, string | null][] = [
    ["requested", call.requestedAt, null],
    ["started", call.startedAt, null],
    [call.status, call.status === "active" ? null : call.endedAt, call.endReason ?? call.cancellationReason],
    ["settled", call.settledAt, null],
  ];
  return decisions.flatMap(([type, at, reason]) =>
    at === null ? [] : [{ ...blank, at: iso(at), kind: "decision" as const, type, reason }],
  );
}

interface Row {
  name: string;
  kind: string;
  from_account: string;
  to_account: string;
  amount: bigint;
  posted_at: bigint;
}

/** `escrow`, whichever currency it holds: a call knows one. */
function nameOf(account: string): string {
  if (account.startsWith("hold_")) return "call";
  return holderOf(account) ?? (account.startsWith("escrow:") ? "escrow" : account);
}

/** Sides of the money that a viewer may not see: the payer not what the payee nets, nobody the other's penalty. */
function visible(row: Row, call: StoredCall, viewerId: string | null): boolean {
  if (viewerId === null) return true;
  if (row.kind === "capture" || row.kind === "fee") return viewerId === call.payeeId;
  const isFrom = holderOf(row.from_account) === viewerId;
  const isTo = holderOf(row.to_account) === viewerId;
  if (row.kind === "refund") return isTo || viewerId === call.payeeId;
  if (row.kind === "penalty") return isFrom;
  if (row.kind === "payout") return isFrom || isTo;
  if (row.kind === "adjustment" || row.kind === "bonus")
    return isTo || (isFrom && row.from_account.startsWith("claim:"));
  return viewerId === call.payerId;
}

/** @param viewerId a party, who sees the evidence and the transfers of their own side; null sees everything */
export async function readTimeline(db: Queryable, call: StoredCall, viewerId: string | null): Promise<TimelineJson> {
  const rows = await db.query<Row>(
    "select name, kind, from_account, to_account, amount, posted_at from transfers where subject = $1 order by seq",
    [call.id],
  );
  const transfers: TimelineEntry[] = rows
    .filter((row) => visible(row, call, viewerId))
    .map((row) => ({
      ...blank,
      at: iso(Number(row.posted_at)),
      kind: "transfer",
      type: row.kind,
      amount: coinsToJson(row.amount),
      from: nameOf(row.from_account),
      to: nameOf(row.to_account),
    }));
  const entries = [...decisionEntries(call), ...eventEntries(call), ...transfers];
  const order = { event: 0, decision: 1, transfer: 2 };
  entries.sort((a, b) => a.at.localeCompare(b.at) || order[a.kind] - order[b.kind]);
  return { callId: call.id, entries };
}
