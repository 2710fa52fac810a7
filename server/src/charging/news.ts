// What changed between two writes of a call, as the news that its people are told.
import { type CallEvent, fundedSince, isEscrow } from "@fairminute/core";
import { ownerOf } from "../ledger/accounts.ts";
import type { Transfer } from "../ledger/transfers.ts";
import { iso } from "./iso.ts";
import { penaltiesJson } from "./penalties.ts";
import type { StoredCall } from "./stored.ts";

export interface News {
  type: string;
  audience: string[];
  data: Record<string, unknown>;
}

const people = (call: StoredCall): string[] => (call.payeeId === null ? [call.payerId] : [call.payerId, call.payeeId]);

/** The ends as source document 001 names them on the wire. */
const disconnectWords: Record<string, string> = {
  connection_lost: "connection-lost",
  heartbeat_timeout: "heartbeat-timeout",
};

function statusNews(before: StoredCall | null, after: StoredCall): News[] {
  if (before?.status === after.status) return [];
  const both = people(after);
  const news: News[] = [];
  if (before === null && after.payeeId !== null && after.status === "pending") {
    news.push({ type: "call:incoming", audience: [after.payeeId], data: {} });
  }
  if (after.status === "pending") return news;
  if (after.acceptedAt !== null && (before === null || before.acceptedAt === null)) {
    news.push({ type: "call:accepted", audience: both, data: {} });
  }
  if (after.startedAt !== null && (before === null || before.startedAt === null)) {
    news.push({ type: "call:started", audience: both, data: { startedAt: iso(after.startedAt) } });
  }
  if (after.status === "rejected" || after.status === "cancelled" || after.status === "missed") {
    news.push({
      type: `call:${after.status}`,
      audience: both,
      data: { by: after.cancelledBy, reason: after.cancellationReason },
    });
  }
  if (after.status === "completed") news.push(...endNews(after));
  return news;
}

function endNews(call: StoredCall): News[] {
  const both = people(call);
  const news: News[] = [
    { type: "call:ended", audience: both, data: { endReason: call.endReason, endedBy: call.endedBy } },
  ];
  if (call.endReason === "heartbeat_timeout") {
    news.push({
      type: "webrtc:heartbeat-timeout",
      audience: both,
      data: {
        sessionId: call.id,
        lastHeartbeat: iso(call.endedAt),
        timeoutDuration: call.terms.limits.heartbeatTimeoutSeconds * 1000,
      },
    });
  }
  news.push({
    type: "webrtc:session-ended",
    audience: both,
    data: {
      sessionId: call.id,
      tutorAddress: call.payeeId,
      studentAddress: call.payerId,
      endedBy: call.endedBy,
      reason: call.endReason,
    },
  });
  return news;
}

function conditionNews(before: StoredCall | null, after: StoredCall): News[] {
  if (before?.status !== "active" || after.status !== "active") return [];
  const both = people(after);
  const news: News[] = [];
  if (before.interruptedSince === null && after.interruptedSince !== null) {
    const since = iso(after.interruptedSince);
    news.push({ type: "call:interrupted", audience: both, data: { userIds: after.interruptedUserIds, since } });
    for (const userId of after.interruptedUserIds) {
      const reason = disconnectWords.connection_lost;
      news.push({
        type: "webrtc:user-disconnected",
        audience: both,
        data: { sessionId: after.id, disconnectedUser: userId, reason },
      });
    }
  }
  if (before.interruptedSince !== null && after.interruptedSince === null)
    news.push({ type: "call:resumed", audience: both, data: {} });
  if (after.placed > before.placed)
    news.push({ type: "call:extended", audience: both, data: { fundedUntil: iso(after.fundedUntil) } });
  return news;
}

function connectionNews(call: StoredCall, events: CallEvent[]): News[] {
  const both = people(call);
  return events.flatMap((event) => {
    if (event.type !== "participant.joined" && event.type !== "participant.left" && event.type !== "participant.kicked")
      return [];
    const type = event.type === "participant.joined" ? "call:peer-joined" : "call:peer-left";
    return [{ type, audience: both, data: { userId: event.userId, connectionId: event.connectionId } }];
  });
}

/** Both are told when the deposit on the chain is there, and when the chain took it back. */
function depositNews(before: StoredCall | null, after: StoredCall, events: CallEvent[]): News[] {
  if (!events.some(({ type }) => type === "call.funded" || type === "call.unfunded") || !isEscrow(after.terms))
    return [];
  const fundedAt = fundedSince(after.events);
  if (fundedAt === fundedSince(before?.events ?? [])) return [];
  const type = fundedAt === null ? "call:unfunded" : "call:funded";
  return [{ type, audience: people(after), data: fundedAt === null ? {} : { fundedAt: iso(fundedAt) } }];
}

/** A penalty is told to the one who paid it, with the reason; and again when it went back. */
function penaltyNews(before: StoredCall | null, { penalties }: StoredCall): News[] {
  if (penalties.length === 0) return [];
  return penaltiesJson(penalties, null).flatMap((penalty, index) => {
    const known = before?.penalties[index];
    if (known !== undefined && (known.reversedAt !== null || penalty.reversedAt === null)) return [];
    const type = penalty.reversedAt === null ? "call:penalty" : "call:penalty-reversed";
    return [{ type, audience: [penalty.userId], data: { penalty } }];
  });
}

/**
 * @param before the call as it was last written, null for a new one
 * @param change what was just decided; `lowBalance` warns once for every funded-until
 */
export function tellChange(
  before: StoredCall | null,
  change: { call: StoredCall; events: CallEvent[]; transfers: Transfer[]; warn: boolean },
): News[] {
  const { call } = change;
  const news = [
    ...statusNews(before, call),
    ...conditionNews(before, call),
    ...connectionNews(call, change.events),
    ...depositNews(before, call, change.events),
    ...penaltyNews(before, call),
  ];
  if (change.warn) {
    const fundedUntil = iso(call.fundedUntil);
    news.push({ type: "call:low-balance", audience: [call.payerId], data: { fundedUntil } });
    // The payee learns that the end is near, not what the payer has.
    if (call.payeeId !== null) news.push({ type: "call:ending-soon", audience: [call.payeeId], data: { fundedUntil } });
  }
  // What an escrow holds and owes stands in no wallet.
  if (change.transfers.length > 0 && !isEscrow(call.terms)) {
    const owners = change.transfers
      .flatMap(({ from, to }) => [ownerOf(from), ownerOf(to)])
      .filter((owner) => owner !== null);
    // What is held is part of the payer's wallet, also when all of it goes to the payee.
    news.push({ type: "wallet:updated", audience: [...new Set([call.payerId, ...owners])], data: {} });
  }
  return news;
}
