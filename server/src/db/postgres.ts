// PostgreSQL through node-postgres: a pool whose broken connections never take the process down.
import pg from "pg";
import { asDatabaseError, type Database, type Queryable } from "./database.ts";

const INT8 = 20;

function int8AsBigint(oid: number, format?: "text" | "binary") {
  if (oid === INT8 && format !== "binary") return (text: string) => BigInt(text);
  return pg.types.getTypeParser(oid, format as "text");
}

async function ask<Row>(on: pg.Pool | pg.ClientBase, sql: string, params: readonly unknown[]): Promise<Row[]> {
  try {
    // A named statement is parsed once a connection. The text is its name's source: equal texts share one.
    const answer =
      params.length > 0
        ? await on.query({ name: statementName(sql), text: sql, values: [...params] })
        : await on.query(sql);
    return answer.rows as Row[];
  } catch (error) {
    throw asDatabaseError(error);
  }
}

const names = new Map<string, string>();
function statementName(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) {
    name = `fm${names.size}`;
    names.set(sql, name);
  }
  return name;
}

/**
 * Opens a pool. Nothing connects before the first query.
 * @param url a `postgres://` address
 * @param options `connections`: at most so many at once
 */
export function openPostgres(url: string, options: { connections: number }): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections,
    types: { getTypeParser: int8AsBigint as typeof pg.types.getTypeParser },
    connectionTimeoutMillis: 10_000,
    application_name: "fairminute",
  });
  // A server that stops makes idle *and* held clients emit `error`; without a listener on each, Node exits.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return {
    kind: "postgres",
    query: (sql, params = []) => ask(pool, sql, params),
    execute: async (sql) => {
      await ask(pool, sql, []);
    },
    async transaction(work) {
      const client = await pool.connect().catch((error: unknown) => {
        throw asDatabaseError(error);
      });
      let broken: Error | undefined;
      try {
        const tx: Queryable & Pick<Database, "execute"> = {
          query: (sql, params = []) => ask(client, sql, params),
          execute: async (sql) => {
            await ask(client, sql, []);
          },
        };
        await ask(client, "begin", []);
        try {
          const result = await work(tx);
          await ask(client, "commit", []);
          return result;
        } catch (error) {
          await ask(client, "rollback", []).catch((failure: Error) => {
            broken = failure;
          });
          throw error;
        }
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}
