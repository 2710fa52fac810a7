// Proof of life: what keeps a connection's seconds provable.
import type { CallJson } from "../charging/charging.ts";
import type { Member } from "./channel.ts";
import type { RealtimeWorld } from "./world.ts";

/** Two heartbeats within a second prove no more than one. */
const heartbeatSpacingMs = 1_000;
/**
 * The engine's own pongs come every ten seconds, beside the page's heartbeats. They are written only when the page has
 * been silent for longer: a background tab may be too throttled to speak although the person is there.
 */
const pongSpacingMs = 12_000;

/** Records that the page spoke. Returns the call, or null when it spoke a moment ago. */
export function recordHeartbeat(world: RealtimeWorld, member: Member): Promise<CallJson | null> {
  return recordSeen(world, member, world.clock.now(), heartbeatSpacingMs);
}

/** Records that the engine answered, where the page did not speak for itself. */
export function recordPong(world: RealtimeWorld, member: Member): Promise<CallJson | null> {
  return recordSeen(world, member, member.channel.lastProofAt, pongSpacingMs);
}

/** Records the last proof that is known, however close to the one before: nothing will follow. */
export function recordLastProof(world: RealtimeWorld, member: Member): Promise<CallJson | null> {
  return recordSeen(world, member, member.channel.lastProofAt, 1);
}

/** Records a stretch of proof from now until `untilAt`, for a clock that is about to be moved there. */
export function recordUntil(world: RealtimeWorld, member: Member, untilAt: number): Promise<CallJson | null> {
  member.channel.lastProofAt = Math.max(member.channel.lastProofAt, untilAt);
  return recordSeen(world, member, world.clock.now(), Number.NEGATIVE_INFINITY, untilAt);
}

async function recordSeen(
  world: RealtimeWorld,
  member: Member,
  at: number,
  spacingMs: number,
  untilAt = at,
): Promise<CallJson | null> {
  const recordedAt = member.recordedAt;
  if (at - recordedAt < spacingMs) return null;
  member.recordedAt = untilAt;
  try {
    return await world.charging.recordEvents(member.callId, [
      {
        id: `seen:${member.connectionId}:${at}`,
        type: "participant.seen",
        source: "proof",
        userId: member.channel.userId,
        connectionId: member.connectionId,
        reason: null,
        occurredAt: at,
        untilAt,
      },
    ]);
  } catch (error) {
    // Not written, so the next proof must not be left out for coming too soon after it.
    if (member.recordedAt === untilAt) member.recordedAt = recordedAt;
    throw error;
  }
}
