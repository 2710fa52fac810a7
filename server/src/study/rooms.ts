// Which call a study room is: ours by its id, or the one that lives in a room of the provider's; opened when there is none.
import { createHash } from "node:crypto";
import { FairminuteError, isFinal } from "@fairminute/core";
import type { CallJson, Charging } from "../charging/charging.ts";
import { readCid } from "../providers/stream/cid.ts";

/** A study room as somebody named it. */
export interface StudyRoom {
  provider: string;
  roomName: string;
  /** The call that was named by its own id; null when a room was named, which has one call after the other. */
  callId: string | null;
  /** The call in the room: the live one, else the last; null when there was none. */
  call: CallJson | null;
}

export interface RoomWorld {
  charging: Pick<Charging, "openCall" | "readCall" | "findRoomCall">;
  now: () => number;
  /** Who carries rooms that are opened here. */
  provider: string;
}

const refuses = (error: unknown, code: string): boolean => error instanceof FairminuteError && error.code === code;

/** Whoever can prove presence in a call that costs something could lengthen its bill. */
function requireStudyRoom(call: CallJson): CallJson {
  const { payeeId, terms } = call;
  if (payeeId === null && terms.funding.kind === "none" && terms.billable === "none") return call;
  throw new FairminuteError(
    "call_not_joinable",
    `callId: the call ${call.id} is no study room (its terms are ${call.preset}): its own evidence measures its time`,
    { param: "callId" },
  );
}

/** Stream's type of calls that are named by their id alone. */
const USUAL_TYPE = "default";

/**
 * @param name our call id, or Stream's call id or cid
 * @throws FairminuteError call_not_joinable for a call that is no study room, invalid_request for a name that no room can have
 */
export async function findRoom({ charging, now, provider }: RoomWorld, name: string): Promise<StudyRoom> {
  if (name.startsWith("call_")) {
    const own = await charging.readCall(name, null).catch((error) => {
      if (refuses(error, "call_not_found")) return null;
      throw error;
    });
    if (own !== null) {
      requireStudyRoom(own);
      return { provider: own.provider, roomName: own.roomName, callId: own.id, call: own };
    }
  }
  const roomName = readCid(name, USUAL_TYPE).cid;
  const call = await charging.findRoomCall(provider, roomName, now());
  return { provider, roomName, callId: null, call: call === null ? null : requireStudyRoom(call) };
}

/** Everybody who finds the same room empty names its next call alike, so that it is opened once. */
function nextCallId({ provider, roomName, call }: StudyRoom): string {
  const identity = JSON.stringify([provider, roomName, call?.id ?? null]);
  return `call_${createHash("sha256").update(identity).digest("hex").slice(0, 26)}`;
}

/**
 * @returns the live call of the room, which is opened when there is none
 * @throws FairminuteError call_already_ended when the room was named by a call that is over
 */
export async function enterRoom(world: RoomWorld, room: StudyRoom, userId: string): Promise<CallJson> {
  const { charging, now } = world;
  if (room.call !== null && !isFinal(room.call.status)) return room.call;
  if (room.callId !== null) {
    throw new FairminuteError("call_already_ended", `callId: the call ${room.callId} is over`, { param: "callId" });
  }
  const callId = nextCallId(room);
  try {
    return await charging.openCall({
      callId,
      payerId: userId,
      payeeId: null,
      preset: "study-room",
      estimatedMinutes: 0,
      minimumMinutes: 0,
      autoAccept: false,
      accepted: "registered",
      provider: room.provider,
      roomName: room.roomName,
    });
  } catch (error) {
    // Somebody else was first: in the same way, or by a webhook of the provider.
    if (refuses(error, "call_not_found")) return charging.readCall(callId, null);
    if (!refuses(error, "room_in_use")) throw error;
    const found = await charging.findRoomCall(room.provider, room.roomName, now());
    if (found === null) throw error;
    return requireStudyRoom(found);
  }
}
