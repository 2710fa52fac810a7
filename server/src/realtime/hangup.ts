// The one message that is intent: somebody ended the call, and was told that it is ended.
import type { CallJson } from "../charging/charging.ts";
import type { Channel } from "./channel.ts";
import { closeCall } from "./deliver.ts";
import type { Directory } from "./directory.ts";
import { requireCallInReach } from "./reach.ts";
import type { RealtimeWorld } from "./world.ts";

/**
 * Ends the call, or cancels it when nobody has talked yet. Works without having joined, and repeating it gives the same
 * call again. Refuses with `call_not_found` for somebody who is no party.
 */
export async function hangUp(
  world: RealtimeWorld,
  directory: Directory,
  channel: Channel,
  callId: string,
): Promise<CallJson> {
  requireCallInReach(channel, callId);
  const call = await world.charging.commandCall(callId, { kind: "end", userId: channel.userId });
  // Not later, when the news of it arrives: a page closes its socket as soon as it is told.
  closeCall(directory, callId);
  return call;
}
