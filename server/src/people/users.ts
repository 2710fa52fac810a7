// The people the server has met: remembered from their tokens, shown by name to the other side of a call.
import type { Queryable } from "../db/database.ts";

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
