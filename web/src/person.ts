// Who this tab speaks for. Kept in sessionStorage: two tabs hold two people, and a reload keeps the person.

export type Person = { userId: string; token: string };

const key = "fairminute.person";

/** The person of this tab, or null when nobody was chosen. */
export function readPerson(): Person | null {
  try {
    const { userId, token } = JSON.parse(sessionStorage.getItem(key) ?? "null") as Person;
    return typeof userId === "string" && typeof token === "string" ? { userId, token } : null;
  } catch {
    return null;
  }
}

/** Remembers the person for this tab; null forgets. */
export function keepPerson(person: Person | null): void {
  try {
    if (person === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(person));
  } catch {
    // Without storage a reload asks again; nothing else is lost.
  }
}

/** A user id out of a typed name: "Zoë Brown" becomes "zoe-brown". Empty when nothing usable is in it. */
export function userIdOf(name: string): string {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 60);
}
