// What must be true when a scenario is over: the product's own audit, our book against the tables by plain sums of our own, and the oracle.
import pg from "pg";
import { feeOf, priceOf } from "./book.mjs";
import { runCommand } from "./fleet.mjs";
import { askOracle } from "./oracle.mjs";

/** Past every deadline of a call that lasts at most four hours. */
const afterEverythingSeconds = 6 * 3600;

async function query(url, sql) {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query(sql);
    return rows;
  } finally {
    await client.end();
  }
}

const CALLS = `select c.id, c.payer_id, c.payee_id, c.status, c.charged, c.started_at, c.ended_at, c.settled_at is not null as settled,
    (t.body -> 'tariff' ->> 'pricePerMinute')::bigint as rate,
    (select coalesce(sum(amount), 0) from transfers x where x.subject = c.id and kind = 'place') as placed,
    (select coalesce(sum(amount), 0) from transfers x where x.subject = c.id and kind = 'release') as released,
    (select coalesce(sum(amount), 0) from transfers x where x.subject = c.id and kind = 'capture') as captured,
    (select coalesce(sum(amount), 0) from transfers x where x.subject = c.id and kind = 'fee') as fee
  from calls c join terms t on t.id = c.terms_id`;
const WALLETS = "select owner_id, balance from accounts where kind = 'wallet'";
const OTHERS = `select (select count(*) from accounts where kind = 'call' and balance <> 0)::int as holding,
    (select count(*) from accounts where kind <> 'external' and balance < 0)::int as negative,
    (select count(*) from transfers where kind = 'top_up' and subject not like '%welcome%')::int as top_ups,
    (select balance from accounts where id = 'platform')::bigint as platform`;

/** One call's row against what was answered, and against itself. @returns its charge */
function checkCall(row, book) {
  const known = book.calls.get(row.id);
  const number = (name) => (row[name] === null ? null : Number(row[name]));
  const charge = number("charged");
  const accuse = (what, more = "") => book.accuse(what, `${row.id} ${row.status} ${charge} ${more}`);
  if (known === undefined && !book.leavers.has(row.payer_id)) accuse("a call that nobody was told of");
  if (!row.settled) accuse("a call that did not end by its deadlines");
  if (
    known !== undefined &&
    known.final !== null &&
    (known.final.status !== row.status || known.final.charge !== charge)
  )
    accuse("a call that ended otherwise than was answered", JSON.stringify(known.final));
  const price = row.status === "completed" ? priceOf(number("started_at"), number("ended_at"), number("rate")) : 0;
  if (price !== charge) accuse("a price that is not the price by hand", `by hand ${price}`);
  if (number("placed") - number("released") !== charge) accuse("a payer who paid something else than the charge");
  if (number("fee") !== feeOf(charge) || number("captured") !== charge - feeOf(charge))
    accuse("a payee who got something else");
  return charge;
}

/** What every wallet must hold: what was put in, less what was paid, and what was earned. */
function expectWallets(rows, charges, book) {
  const expected = new Map(book.credits);
  const add = (userId, coins) => expected.set(userId, (expected.get(userId) ?? 0) + coins);
  for (const row of rows) {
    const charge = charges.get(row.id);
    add(row.payer_id, -charge);
    add(row.payee_id, charge - feeOf(charge));
  }
  return expected;
}

/** The people that a sandbox is born with have coins that nobody here touches. */
const born = new Map([
  ["leo", 500],
  ["ana", 500],
]);

async function checkTables(url, book) {
  const rows = await query(url, CALLS);
  const there = new Set(rows.map(({ id }) => id));
  for (const id of book.calls.keys()) if (!there.has(id)) book.accuse("a call that was answered and is lost", id);
  const charges = new Map(rows.map((row) => [row.id, checkCall(row, book)]));
  const expected = expectWallets(rows, charges, book);
  for (const { owner_id: owner, balance } of await query(url, WALLETS)) {
    const right = (expected.get(owner) ?? 0) + (born.get(owner) ?? 0);
    if (Number(balance) !== right)
      book.accuse("a wallet that is not what its calls make it", `${owner}: ${balance}, by hand ${right}`);
  }
  const [others] = await query(url, OTHERS);
  const fees = [...charges.values()].reduce((sum, charge) => sum + feeOf(charge), 0);
  if (others.holding > 0) book.accuse("an orphaned hold", `${others.holding} accounts of calls hold coins`);
  if (others.negative > 0) book.accuse("a balance below zero", `${others.negative} accounts`);
  if (Number(others.platform) !== fees)
    book.accuse("a platform that has something else than its fees", `${others.platform}, by hand ${fees}`);
  if (others.top_ups < book.figures.topUps)
    book.accuse("a top-up that is lost", `${others.top_ups} of ${book.figures.topUps}`);
  if (others.top_ups > book.figures.topUps)
    book.accuse("a top-up that was doubled", `${others.top_ups} for ${book.figures.topUps}`);
  return rows;
}

async function runAudit({ databaseUrl, folder, sources, book }) {
  const { code, out, err } = await runCommand({
    folder,
    sources,
    env: { DATABASE_URL: databaseUrl },
    args: ["audit", "--json"],
  });
  if (code === 0) return;
  const failed = code === 1 && out !== "" ? JSON.stringify(JSON.parse(out).checks.filter(({ ok }) => !ok)) : err;
  book.accuse("an audit that is not clean", `exit ${code}: ${failed}`);
}

/**
 * Ends a scenario: the clock passes every deadline, then everything is looked at.
 * @param {{ databaseUrl: string, fleet: any, load: any, book: any, sources: boolean, folder?: string }} world `databaseUrl`: without a proxy
 * @returns {Promise<number>} how many calls there are
 */
export async function judge({ databaseUrl, fleet, load, book, sources, folder }) {
  for (const death of fleet.deaths()) book.accuse("a server that ended by itself", death);
  const body = { seconds: afterEverythingSeconds };
  await load.insist("POST", "/api/sandbox/clock/advance", { body, timeoutMs: 100_000 });
  const calls = await checkTables(databaseUrl, book);
  await runAudit({ databaseUrl, folder, sources, book });
  await askOracle({ url: databaseUrl, sources, ids: calls.map(({ id }) => id), book });
  return calls.length;
}
