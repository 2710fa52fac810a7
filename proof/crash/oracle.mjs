// The simulator's oracle over the tables of a scenario: every call, by its evidence, in the order in which servers wrote.
const part = (sources, path) =>
  import(new URL(`../../server/${sources ? "src" : "dist"}/${path}.${sources ? "ts" : "js"}`, import.meta.url).href);

async function withDatabase({ url, sources }, work) {
  const { openPostgres } = await part(sources, "db/postgres");
  const db = openPostgres(url, { connections: 2 });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

/** Begins the journal of a database whose schema is there and in which nobody has called yet. */
export function beginJournal(url, sources) {
  return withDatabase({ url, sources }, async (db) => {
    const { openJournal } = await part(sources, "simulator/http/journal");
    await openJournal(db);
  });
}

/** What one wallet went through is the same for all of its calls. */
function remember(read) {
  const known = new Map();
  return (name) => {
    if (!known.has(name)) known.set(name, read(name));
    return known.get(name);
  };
}

/**
 * Holds every settled call against the oracle.
 * @param {{ url: string, sources: boolean, ids: readonly string[], book: any }} world what it objects to goes into the book
 */
export function askOracle({ url, sources, ids, book }) {
  return withDatabase({ url, sources }, async (db) => {
    const { readMovements } = await part(sources, "simulator/http/journal");
    const { readHistory } = await part(sources, "simulator/http/read-history");
    const { findDisagreements } = await part(sources, "simulator/oracle/expected");
    const movementsOf = remember((wallet) => readMovements(db, wallet));
    let judged = 0;
    for (const id of ids) {
      const history = await readHistory(db, id, movementsOf);
      if (history === null) continue;
      judged += 1;
      const found = findDisagreements(history);
      if (found.length > 0) book.accuse("a call of which the oracle says something else", `${id}: ${found.join("; ")}`);
    }
    if (ids.length > 0 && judged === 0) book.accuse("an oracle that was asked about nothing", `${ids.length} calls`);
  });
}
