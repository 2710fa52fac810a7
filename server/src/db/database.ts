// The one shape of a database for every room, over embedded PGlite and over PostgreSQL.

/** Something that answers SQL: the database itself, or one transaction of it. */
export interface Queryable {
  /**
   * Runs one statement.
   * @param sql the statement, with $1, $2 … for parameters
   * @param params values; arrays are passed as PostgreSQL arrays, bigint as int8
   * @returns the rows; int8 columns are bigint, json columns parsed
   * @throws DatabaseError with the SQLSTATE of the refusal
   */
  query<Row = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}

/** A database. PGlite has one session: inside `transaction` use the handle given, never the outer one. */
export interface Database extends Queryable {
  readonly kind: "pglite" | "postgres";
  /** Several statements without parameters, as a migration file holds them. */
  execute(sql: string): Promise<void>;
  /** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(work: (tx: Queryable & Pick<Database, "execute">) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A refusal or a failure of the database, with its SQLSTATE (or null when the connection itself is gone). */
export class DatabaseError extends Error {
  readonly sqlstate: string | null;
  /** True when nobody can say whether the statement was committed: look it up by its identity, then try again. */
  readonly connectionLost: boolean;
  /** The constraint that refused, when one did. */
  readonly constraint: string | null;

  constructor(message: string, sqlstate: string | null, cause: unknown) {
    super(message, { cause });
    this.name = "DatabaseError";
    this.sqlstate = sqlstate;
    const { constraint } = (cause ?? {}) as { constraint?: unknown };
    this.constraint = typeof constraint === "string" ? constraint : null;
    this.connectionLost = sqlstate === null || sqlstate.startsWith("08") || sqlstate.startsWith("57P");
  }
}

/** Wraps whatever a driver threw. */
export function asDatabaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { message, code } = error as { message?: string; code?: unknown };
  // Node's own network codes (ECONNREFUSED …) are longer than the five characters of an SQLSTATE.
  const sqlstate = typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : null;
  return new DatabaseError(message ?? String(error), sqlstate, error);
}
