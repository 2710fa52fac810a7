// A connection ends without a word of intent: a closed call screen, a lost network, a closed tab.
import { readDisconnect } from "../providers/reasons.ts";
import type { Channel, Member } from "./channel.ts";
import type { Directory } from "./directory.ts";
import { requireCallInReach } from "./reach.ts";
import type { RealtimeWorld } from "./world.ts";

/** Records the end of one connection, at `at` (milliseconds), and forgets it. */
async function recordLeft(
  world: RealtimeWorld,
  directory: Directory,
  member: Member,
  reason: "closed" | "connection_lost" | "kicked",
  at: number,
): Promise<void> {
  directory.removeMember(member);
  const kicked = reason === "kicked";
  await world.charging.recordEvents(member.callId, [
    {
      id: `${kicked ? "kicked" : "left"}:${member.connectionId}`,
      type: kicked ? "participant.kicked" : "participant.left",
      source: "signalling",
      userId: member.channel.userId,
      connectionId: member.connectionId,
      reason,
      occurredAt: Math.max(at, member.joinedAt),
      untilAt: null,
    },
  ]);
}

/**
 * A page says that it leaves the call and keeps its socket. No hang-up: the grace runs, and the person may come back.
 * Leaving a call that one is not in has no effect; one that one may not see refuses with `call_not_found`.
 */
export async function leave(
  world: RealtimeWorld,
  directory: Directory,
  channel: Channel,
  callId: string,
): Promise<void> {
  requireCallInReach(channel, callId);
  const member = channel.members.get(callId);
  if (member === undefined) await world.charging.readCall(callId, channel.userId);
  else await recordLeft(world, directory, member, "closed", world.clock.now());
}

/**
 * A socket is gone, noticed at `gone.at` for socket.io's `gone.reason`. Every connection on it ends as the reason says, the silent ones at their last proof of life: the
 * ten or twenty seconds until the loss was noticed are not charged to anybody.
 * A connection whose end cannot be written is closed by the heartbeat timeout, at its last proof that was written.
 */
export async function disconnect(
  world: RealtimeWorld,
  directory: Directory,
  channel: Channel,
  gone: { reason: string; at: number },
): Promise<void> {
  const { leave: reason, endsAt } = readDisconnect(gone.reason);
  if (reason === null) return;
  const at = endsAt === "now" ? gone.at : channel.lastProofAt;
  const endings = [...channel.members.values()].map((member) => recordLeft(world, directory, member, reason, at));
  for (const ending of await Promise.allSettled(endings)) {
    if (ending.status === "rejected") world.onFault(ending.reason);
  }
}
