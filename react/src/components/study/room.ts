// The names of study rooms, as people type and read them.

/** A room's id out of a typed name: "Algebra II" becomes "algebra-ii". Empty when nothing usable is in it. */
export function roomIdOf(name: string): string {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[-._]+|[-._]+$/g, "")
    .slice(0, 60);
}

/** What people call a room: Stream's usual type says nothing to them. */
export function roomNameOf(roomName: string): string {
  return roomName.replace(/^default:/, "");
}
