// A server's own way to the database, on which it can be cut off: before a write, in its midst, or before its answer.
import { type Database, DatabaseError } from "../../db/database.ts";
import type { Fate } from "../script.ts";

export interface FaultyDatabase extends Database {
  /** The next write of calls meets this. */
  arm(fate: Fate): void;
  /** Whether a fate still waits for a write. @returns it, disarmed */
  disarm(): Fate | null;
  /** The fates that have met a write since the last time. */
  takeMet(): Fate[];
  isAway: boolean;
}

const lost = (): DatabaseError => new DatabaseError("the connection was lost", null, null);

const isWrite = (sql: string): boolean => sql.includes("write_calls(");

/** The database of one server. It is opened and closed by others. */
export function openFaulty(db: Database): FaultyDatabase {
  let armed: Fate | null = null;
  let met: Fate[] = [];
  const disarm = (): Fate | null => {
    const fate = armed;
    armed = null;
    return fate;
  };
  const take = (): Fate | null => {
    const fate = disarm();
    if (fate !== null) met.push(fate);
    return fate;
  };
  const faulty: FaultyDatabase = {
    kind: db.kind,
    isAway: false,
    arm: (fate) => {
      armed = fate;
    },
    disarm,
    takeMet() {
      const since = met;
      met = [];
      return since;
    },
    async query(sql, params) {
      if (faulty.isAway) throw lost();
      const fate = isWrite(sql) ? take() : null;
      if (fate === null) return db.query(sql, params);
      if (fate === "crash_after_commit") await db.query(sql, params);
      if (fate === "database_crash") {
        const cut = db.transaction(async (tx) => {
          await tx.query(sql, params);
          throw lost();
        });
        return cut;
      }
      throw lost();
    },
    execute: (sql) => db.execute(sql),
    async transaction(work) {
      if (faulty.isAway) throw lost();
      const done = await db.transaction(async (tx) => {
        const fate = armed;
        let isWritten = false;
        const noted = {
          execute: (sql: string) => tx.execute(sql),
          query: <Row>(sql: string, params?: readonly unknown[]) => {
            isWritten ||= isWrite(sql);
            return tx.query<Row>(sql, params);
          },
        };
        const result = await work(noted);
        if (isWritten && (fate === "crash_before_commit" || fate === "database_crash")) {
          take();
          throw lost();
        }
        return { result, isWritten };
      });
      if (done.isWritten && armed === "crash_after_commit") {
        take();
        throw lost();
      }
      return done.result;
    },
    close: async () => {},
  };
  return faulty;
}
