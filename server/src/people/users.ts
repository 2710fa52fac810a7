// The people the server has met: remembered from their tokens, shown by name to the other side of a call.
import type { Queryable } from "../db/database.ts";
import { gather } from "../db/gather.ts";

/** A person. `role` is what the token said ("fan", "creator" …); it decides who is listed as callable and nothing about rights. */
export interface User {
  id: string;
  name: string;
  role: string;
}

/** The role of somebody whose token names none. */
export const defaultRole = "user";

/** @returns the person, or null when the server never met them */
export async function readUser(db: Queryable, id: string): Promise<User | null> {
  const [row] = await db.query<User>("select id, name, role from users where id = $1", [id]);
  return row ?? null;
}

/**
 * Remembers a person, or takes over a new name or role.
 * @param person what is known; null keeps what was known before (a new person is then named by their id)
 * @returns the person as remembered
 */
export async function rememberUser(
  db: Queryable,
  person: { id: string; name: string | null; role: string | null },
): Promise<User> {
  const [row] = await db.query<User>(
    `insert into users (id, name, role) values ($1, coalesce($2, $1), coalesce($3, '${defaultRole}'))
     on conflict (id) do update set name = coalesce($2, users.name), role = coalesce($3, users.role)
     returning id, name, role`,
    [person.id, person.name, person.role],
  );
  return row!;
}

type Person = Parameters<typeof rememberUser>[1];

/** How many people are known to be remembered already. */
const KNOWN_MAX = 50_000;

/**
 * Makes a rememberUser for whoever makes a request: most are remembered as they are, so the database is asked before it is
 * written to, for many people at once, and not again for the same name and role.
 * @param tell told what people are called, as far as it was read
 */
export function createRemembering(
  db: Queryable,
  tell: (userId: string, name: string) => void,
): (person: Person) => Promise<void> {
  const known = new Map<string, string>();
  const read = gather(async (ids: string[]) => {
    const rows = await db.query<User>("select id, name, role from users where id = any($1::text[])", [ids]);
    return new Map(rows.map((user) => [user.id, user]));
  });
  const isNew = (user: User, { name, role }: Person): boolean =>
    (name !== null && name !== user.name) || (role !== null && role !== user.role);
  return async (person) => {
    const said = JSON.stringify([person.name, person.role]);
    if (known.get(person.id) === said) return;
    const found = await read(person.id);
    const user = found === undefined || isNew(found, person) ? await rememberUser(db, person) : found;
    tell(user.id, user.name);
    // A map keeps the order of insertion: whoever was met longest ago goes first.
    known.delete(person.id);
    known.set(person.id, said);
    if (known.size > KNOWN_MAX) known.delete(known.keys().next().value as string);
  };
}
