// PostgreSQL through node-postgres: a pool whose broken connections never take the process down.
import pg from "pg";
import { asDatabaseError, type Database, DatabaseError, type Queryable } from "./database.ts";

const INT8 = 20;

function int8AsBigint(oid: number, format?: "text" | "binary") {
  if (oid === INT8 && format !== "binary") return (text: string) => BigInt(text);
  return pg.types.getTypeParser(oid, format as "text");
}

/**
 * A machine that lost its power says no goodbye: without an answer in this time the connection counts as lost, and a new one is
 * opened. Long enough for every lock that is waited for. Migrations and the audit, which have no parameters, may take any time.
 */
const PATIENCE_MS = 30_000;
const brackets = new Set(["begin", "commit", "rollback"]);

/** A statement was prepared on this connection, and since then somebody changed what it gives (a newer server's migration). */
const isOutdated = (error: unknown): boolean =>
  error instanceof DatabaseError && error.sqlstate === "0A000" && error.message.includes("cached plan");

type Ask = <Row>(on: pg.Pool | pg.ClientBase, sql: string, params: readonly unknown[]) => Promise<Row[]>;

/** @param patienceMs how long an answer may take */
function makeAsk(patienceMs: number): Ask {
  // The driver knows this setting of a single query; its types do not.
  const inTime = (query: pg.QueryConfig): pg.QueryConfig => ({ ...query, query_timeout: patienceMs }) as pg.QueryConfig;
  return async <Row>(on: pg.Pool | pg.ClientBase, sql: string, params: readonly unknown[]) => {
    try {
      // A named statement is parsed once a connection. The text is its name's source: equal texts share one.
      const answer =
        params.length > 0
          ? await on.query(inTime({ name: statementName(sql), text: sql, values: [...params] }))
          : await on.query(brackets.has(sql) ? inTime({ text: sql }) : sql);
      return answer.rows as Row[];
    } catch (error) {
      throw asDatabaseError(error);
    }
  };
}

async function askAnew<Row>(on: pg.Pool, sql: string, params: readonly unknown[]): Promise<Row[]> {
  try {
    return (await on.query(sql, [...params])).rows as Row[];
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
 * @param options `connections`: at most so many at once; `patienceMs`: how long an answer may take before its connection counts as lost
 */
export function openPostgres(url: string, options: { connections: number; patienceMs?: number }): Database {
  const ask = makeAsk(options.patienceMs ?? PATIENCE_MS);
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections,
    types: { getTypeParser: int8AsBigint as typeof pg.types.getTypeParser },
    connectionTimeoutMillis: 10_000,
    // Finds out about idle connections whose other end is no more.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: "fairminute",
  });
  // A server that stops makes idle *and* held clients emit `error`; without a listener on each, Node exits.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return {
    kind: "postgres",
    query: <Row>(sql: string, params: readonly unknown[] = []) =>
      ask<Row>(pool, sql, params).catch((error: unknown) => {
        // It was refused before it did anything: once more, without the name that stands for what was prepared.
        if (isOutdated(error)) return askAnew<Row>(pool, sql, params);
        throw error;
      }),
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
          // A lost connection has rolled back; after an outdated statement the next try gets one that has prepared nothing.
          if (error instanceof DatabaseError && (error.connectionLost || isOutdated(error))) broken = error;
          else
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
