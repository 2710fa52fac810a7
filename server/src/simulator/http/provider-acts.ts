// What people do in a room at a provider: the fake is told, and tells the server by its webhooks.
import type { HttpDoing, HttpPlan } from "./plan.ts";
import type { HttpStage } from "./stage.ts";

/** @param userId who does it, where it is somebody */
export function actAtProvider(
  { livekit, stream }: Pick<HttpStage, "livekit" | "stream">,
  { room, plan: { carrier } }: { room: string; plan: HttpPlan },
  does: HttpDoing,
  userId: string,
): void {
  const cid = `default:${room}`;
  const isLivekit = carrier === "livekit";
  try {
    if (does.kind === "end_room") isLivekit ? livekit.finishRoom(room) : stream.endCall(cid, null);
    else if (does.kind === "enter") isLivekit ? livekit.join(room, userId) : stream.join(cid, userId);
    else if (does.kind === "kick")
      isLivekit ? livekit.leave(room, userId, "PARTICIPANT_REMOVED") : stream.kick(cid, userId, null);
    else if (does.kind === "leave") {
      if (isLivekit) livekit.leave(room, userId, does.how === "button" ? "CLIENT_INITIATED" : "CONNECTION_TIMEOUT");
      else stream.leave(cid, userId);
    }
  } catch {
    // Whoever is not in the room, or comes to one that is closed, is refused there: nothing happened.
  }
}
