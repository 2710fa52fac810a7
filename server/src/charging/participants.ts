// Who was in a call, connection by connection, and what it cost them to leave.
import { chargeCall, clipIntervals, type EventSource, totalMs } from "@fairminute/core";
import { iso } from "./iso.ts";
import { type PenaltyJson, penaltiesJson } from "./penalties.ts";
import { factsOf, type StoredCall } from "./stored.ts";

/** One connection of one user: each edge with who says so. */
export interface ConnectionJson {
  connectionId: string;
  joinedAt: string | null;
  /** Null while it is open. */
  leftAt: string | null;
  /** What the provider or the network said of the leave. Never proof of intent by itself. */
  leaveReason: string | null;
  joinedSource: EventSource | null;
  leftSource: EventSource | null;
}

export interface ParticipantJson {
  userId: string;
  name: string | null;
  role: "payer" | "payee" | "attendee";
  connections: ConnectionJson[];
  /** Whole seconds in which the user was there up to the end, overlapping connections counted once. */
  presentSeconds: number;
  /** What leaving early cost; null when nothing did, and for the eyes of others. */
  penalty: PenaltyJson | null;
}

export interface ParticipantsJson {
  callId: string;
  participants: ParticipantJson[];
}

/** @param viewerId a party, who sees their own penalty only; null sees all */
export function participantsJson(
  call: StoredCall,
  viewerId: string | null,
  now: number,
  nameOf: (userId: string) => string | null,
): ParticipantsJson {
  const facts = factsOf(call);
  const placed = { [call.payerId]: call.placed };
  const { state } = chargeCall({ facts, events: call.events, asOf: now, placed });
  const penalties = penaltiesJson(call.penalties, viewerId);
  const until = Math.min(state.endedAt ?? now, now);
  const presentMs = (userId: string): number => {
    const intervals = state.presence.find((person) => person.userId === userId)?.intervals ?? [];
    return totalMs(clipIntervals(intervals, Number.NEGATIVE_INFINITY, until));
  };
  return {
    callId: call.id,
    participants: facts.parties.map(({ userId, role }) => ({
      userId,
      name: nameOf(userId),
      role,
      connections: state.connections
        .filter((connection) => connection.userId === userId)
        .map(({ connectionId, from, to, leaveReason, fromSource, toSource }) => ({
          connectionId,
          joinedAt: iso(from),
          leftAt: iso(to),
          leaveReason,
          joinedSource: fromSource,
          leftSource: toSource,
        })),
      presentSeconds: Math.floor(presentMs(userId) / 1000),
      penalty: penalties.find((one) => one.userId === userId) ?? null,
    })),
  };
}
