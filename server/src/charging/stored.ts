// A call as the database keeps it: its row, its frozen terms and its whole log.
import type {
  CallEvent,
  CallFacts,
  CallStatus,
  EndReason,
  EventSource,
  Money,
  Terms,
  TermsJson,
} from "@fairminute/core";
import { isFinal, orderEvents, readTerms } from "@fairminute/core";
import { type PenaltyMark, readMarks, writeMarks } from "./penalties.ts";

export interface StoredCall {
  id: string;
  /** Counts the writes of this call; the guard of every write. 0: not written yet. */
  version: number;
  preset: string;
  termsId: string;
  terms: Terms;
  payerId: string;
  payeeId: string | null;
  provider: string;
  roomName: string;
  /** The call account: the hold is the money that stands in it. */
  holdId: string;
  status: CallStatus;
  requestedAt: number;
  acceptedAt: number | null;
  startedAt: number | null;
  endedAt: number | null;
  settledAt: number | null;
  endReason: EndReason | null;
  endedBy: string | null;
  cancelledBy: string | null;
  cancellationReason: string | null;
  billableSeconds: number;
  billedSeconds: number;
  durationSource: EventSource | null;
  estimatedSeconds: number;
  estimatedCoins: bigint;
  /** What the payer has paid for the call, net of refunds. 0 until settled. */
  charged: bigint;
  placed: bigint;
  captured: bigint;
  released: bigint;
  refunded: bigint;
  placements: number;
  refunds: number;
  /** The penalties that were posted. */
  penalties: PenaltyMark[];
  fundedUntil: number | null;
  /** The funded-until that the payer was already warned of. */
  warnedFor: number | null;
  interruptedSince: number | null;
  interruptedUserIds: string[];
  /** Who took part in a call without fixed sides (a study room), as its evidence names them. */
  attendeeIds: string[];
  /** Which policies were broken by whom, as `policy:user`, free ones too. */
  policyBreaks: string[];
  deadlineAt: number | null;
  events: CallEvent[];
}

/** A row as the drivers give it: int8 as bigint, json parsed. */
type Row = Record<string, unknown>;

const ms = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));

/** One statement reads row, terms and log. Columns are named: a prepared statement must go on when a newer schema adds one. */
export const CALL_COLUMNS = `c.id, c.version, c.preset, c.terms_id, c.payer_id, c.payee_id, c.provider, c.room_name, c.hold_id, c.status,
  c.requested_at, c.accepted_at, c.started_at, c.ended_at, c.settled_at, c.end_reason, c.ended_by, c.cancelled_by,
  c.cancellation_reason, c.billable_seconds, c.billed_seconds, c.duration_source, c.estimated_seconds, c.estimated_coins,
  c.charged, c.placed, c.captured, c.released, c.refunded, c.placements, c.refunds, c.penalties, c.funded_until,
  c.warned_for, c.interrupted_since, c.interrupted_user_ids, c.attendee_ids, c.policy_breaks, c.deadline_at, t.body as terms_body,
  (select coalesce(json_agg(json_build_object('id', e.id, 'type', e.type, 'source', e.source, 'userId', e.user_id,
      'connectionId', e.connection_id, 'reason', e.reason, 'occurredAt', e.occurred_at, 'untilAt', e.until_at,
      'receivedAt', e.received_at)), '[]'::json) from call_events e where e.call_id = c.id) as log`;

const knownTerms = new Map<string, Terms>();

/** Terms are frozen by content, so that reading them once a process is enough. */
function termsOf(id: string, body: unknown): Terms {
  let terms = knownTerms.get(id);
  if (terms === undefined) {
    terms = readTerms(body as TermsJson);
    knownTerms.set(id, terms);
  }
  return terms;
}

/** Reads a row selected with CALL_COLUMNS. */
export function readRow(row: Row): StoredCall {
  return {
    id: row.id as string,
    version: Number(row.version),
    preset: row.preset as string,
    termsId: row.terms_id as string,
    terms: termsOf(row.terms_id as string, row.terms_body),
    payerId: row.payer_id as string,
    payeeId: row.payee_id as string | null,
    provider: row.provider as string,
    roomName: row.room_name as string,
    holdId: row.hold_id as string,
    status: row.status as CallStatus,
    requestedAt: Number(row.requested_at),
    acceptedAt: ms(row.accepted_at),
    startedAt: ms(row.started_at),
    endedAt: ms(row.ended_at),
    settledAt: ms(row.settled_at),
    endReason: row.end_reason as EndReason | null,
    endedBy: row.ended_by as string | null,
    cancelledBy: row.cancelled_by as string | null,
    cancellationReason: row.cancellation_reason as string | null,
    billableSeconds: Number(row.billable_seconds),
    billedSeconds: Number(row.billed_seconds),
    durationSource: row.duration_source as EventSource | null,
    estimatedSeconds: Number(row.estimated_seconds),
    estimatedCoins: row.estimated_coins as bigint,
    charged: row.charged as bigint,
    placed: row.placed as bigint,
    captured: row.captured as bigint,
    released: row.released as bigint,
    refunded: row.refunded as bigint,
    placements: Number(row.placements),
    refunds: Number(row.refunds),
    penalties: readMarks(row.penalties),
    fundedUntil: ms(row.funded_until),
    warnedFor: ms(row.warned_for),
    interruptedSince: ms(row.interrupted_since),
    interruptedUserIds: row.interrupted_user_ids as string[],
    attendeeIds: row.attendee_ids as string[],
    policyBreaks: row.policy_breaks as string[],
    deadlineAt: ms(row.deadline_at),
    events: [...orderEvents(row.log as CallEvent[])],
  };
}

/** The row of a new call as write_calls takes it: the fields in the order of the table's columns. */
export function writeRow(call: StoredCall): unknown[] {
  return [
    call.id,
    call.version,
    call.preset,
    call.termsId,
    call.payerId,
    call.payeeId,
    call.provider,
    call.roomName,
    call.holdId,
    call.status,
    call.requestedAt,
    call.acceptedAt,
    call.startedAt,
    call.endedAt,
    call.settledAt,
    call.endReason,
    call.endedBy,
    call.cancelledBy,
    call.cancellationReason,
    call.billableSeconds,
    call.billedSeconds,
    call.durationSource,
    call.estimatedSeconds,
    call.estimatedCoins,
    call.charged,
    call.placed,
    call.captured,
    call.released,
    call.refunded,
    call.placements,
    call.refunds,
    writeMarks(call.penalties),
    call.fundedUntil,
    call.warnedFor,
    call.interruptedSince,
    call.interruptedUserIds,
    call.attendeeIds,
    call.policyBreaks,
    call.deadlineAt,
  ];
}

/** What a write may change of a call that is there, in the order of the type call_change. */
export function writeChange(call: StoredCall): unknown[] {
  return [
    call.id,
    call.version,
    call.status,
    call.acceptedAt,
    call.startedAt,
    call.endedAt,
    call.settledAt,
    call.endReason,
    call.endedBy,
    call.cancelledBy,
    call.cancellationReason,
    call.billableSeconds,
    call.billedSeconds,
    call.durationSource,
    call.charged,
    call.placed,
    call.captured,
    call.released,
    call.refunded,
    call.placements,
    call.refunds,
    writeMarks(call.penalties),
    call.fundedUntil,
    call.warnedFor,
    call.interruptedSince,
    call.interruptedUserIds,
    call.attendeeIds,
    call.policyBreaks,
    call.deadlineAt,
  ];
}

/** A room without sides and without money, such as a study room: whoever comes takes part. */
export function isOpenRoom(call: Pick<StoredCall, "payeeId" | "terms">): boolean {
  return call.payeeId === null && call.terms.billable === "none" && call.terms.funding.kind === "none";
}

/** Everybody whose call it is: the two sides, or whoever took part in a room without sides. */
export function peopleOf(call: Pick<StoredCall, "payerId" | "payeeId" | "attendeeIds">): string[] {
  const sides = call.payeeId === null ? [call.payerId] : [call.payerId, call.payeeId];
  return call.attendeeIds.length === 0 ? sides : [...new Set([...sides, ...call.attendeeIds])];
}

function partiesOf(call: StoredCall): CallFacts["parties"] {
  if (isOpenRoom(call)) return peopleOf(call).map((userId) => ({ userId, role: "attendee" }));
  const payer = { userId: call.payerId, role: "payer" } as const;
  return call.payeeId === null ? [payer] : [payer, { userId: call.payeeId, role: "payee" }];
}

/** What the rules need to know of the call besides its log. */
export function factsOf(call: StoredCall): CallFacts {
  return {
    callId: call.id,
    parties: partiesOf(call),
    terms: call.terms,
    requestedAt: call.requestedAt,
    estimatedSeconds: call.estimatedSeconds,
    started: call.startedAt,
    decided: isFinal(call.status)
      ? {
          status: call.status,
          at: call.endedAt ?? call.requestedAt,
          reason: call.endReason,
          by: call.endedBy ?? call.cancelledBy,
        }
      : null,
  };
}

/** What the ledger shows of the call, as the rules want it. */
export function moneyOf(call: StoredCall): Money[] {
  return [
    {
      payerId: call.payerId,
      placed: call.placed,
      captured: call.captured,
      released: call.released,
      refunded: call.refunded,
      placements: call.placements,
      refunds: call.refunds,
    },
  ];
}
