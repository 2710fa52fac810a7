// The names of calls in other people's rooms: made of the room alone, so that two servers who find one call find the same one.
import { createHash } from "node:crypto";

const base32 = "0123456789abcdefghjkmnpqrstvwxyz";

function nameOf(parts: readonly (string | null)[]): string {
  const bytes = createHash("sha256").update(JSON.stringify(parts)).digest();
  return `call_${Array.from(bytes.subarray(0, 26), (byte) => base32[byte & 31]).join("")}`;
}

/**
 * The id of the call of one life of a room.
 * @param previousId the room's call before; it tells calls apart where the provider names no lives
 */
export function lifeCallId(provider: string, roomName: string, life: string | null, previousId: string | null): string {
  return life === null ? nameOf(["after", provider, roomName, previousId]) : nameOf(["life", provider, roomName, life]);
}

/** The id of a call that is registered for a room: the same registration twice, at once or later, is one call. */
export function registeredCallId(provider: string, roomName: string, previousId: string | null): string {
  return nameOf(["registered", provider, roomName, previousId]);
}

/** The type of a call at Stream, which its name begins with; null where there is no such thing. */
export function typeOfRoom(provider: string, roomName: string): string | null {
  return provider === "stream" && roomName.includes(":") ? (roomName.split(":")[0] as string) : null;
}

/** How the room may be named on its call: at Stream an id alone is one of the default type. */
export function roomNamesOf(provider: string, roomName: string): string[] {
  const isDefault = provider === "stream" && roomName.startsWith("default:");
  return isDefault ? [roomName, roomName.slice("default:".length)] : [roomName];
}
