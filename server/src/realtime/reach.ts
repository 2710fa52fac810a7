// What one socket may touch.
import { FairminuteError } from "@fairminute/core";
import type { Channel, Member } from "./channel.ts";
import type { RealtimeWorld } from "./world.ts";

/** A socket that came with a join token reaches that one call; every other one does not exist for it. */
export function requireCallInReach(channel: Channel, callId: string): void {
  if (channel.onlyCallId === null || channel.onlyCallId === callId) return;
  throw new FairminuteError("call_not_found", "There is no such call.", { param: "callId" });
}

/**
 * The socket's connection to a call.
 * Refuses with `call_not_found` when the user is no party of it, with `call_not_joinable` when they have not joined, or
 * no longer are in it because it ended.
 */
export async function requireMember(world: RealtimeWorld, channel: Channel, callId: string): Promise<Member> {
  requireCallInReach(channel, callId);
  const member = channel.members.get(callId);
  if (member !== undefined) return member;
  const { status } = await world.charging.readCall(callId, channel.userId);
  if (status === "accepted" || status === "active" || status === "pending") {
    throw new FairminuteError("call_not_joinable", "This socket is not in the call: send call:join first.", {
      param: "callId",
    });
  }
  throw new FairminuteError("call_already_ended", `The call is over (${status}).`, { param: "callId" });
}
