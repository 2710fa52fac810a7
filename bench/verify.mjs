// Whether the coins are right after a run: a fast answer that is wrong counts for nothing.
import { openingCoins } from "./people.mjs";

const SETTLED = `select count(*)::int as calls,
    count(*) filter (where status = 'completed' and settled_at is not null)::int as settled,
    coalesce(sum(charged), 0)::bigint as charged,
    coalesce(sum(released), 0)::bigint as released
  from calls`;

/** One settlement each: a placement, and at most one capture, fee and release. */
const TWICE = `select subject, kind, count(*)::int as times from transfers where kind <> 'top_up'
  group by subject, kind having count(*) > 1 limit 5`;

const MONEY = `select
    (select sum(balance) from accounts where kind = 'wallet' and owner_id like 'payer-%')::bigint as payers,
    (select sum(balance) from accounts where kind = 'wallet' and owner_id like 'payee-%')::bigint as payees,
    (select balance from accounts where id = 'platform') as platform,
    (select coalesce(sum(balance), 0) from accounts where kind = 'call')::bigint as held`;

/**
 * The audit is clean, every lifecycle that was acknowledged stands in the database, settled exactly once and for the
 * coins that were answered, and no coin came or went.
 * @returns the sentence of the first thing that is wrong, or null
 */
export async function verifyCalls({ db, server, people, now, opened, charged }) {
  const report = await server.audit(db, now);
  if (!report.ok) return `the audit found ${JSON.stringify(report.checks.filter(({ ok }) => !ok))}`;
  const [calls] = await db.query(SETTLED);
  if (calls.calls !== opened) return `${opened} calls were acknowledged, ${calls.calls} are written`;
  if (calls.settled !== opened) return `${opened} lifecycles ended, ${calls.settled} calls are settled`;
  if (calls.charged !== BigInt(charged))
    return `${charged} coins were answered as charged, ${calls.charged} are written`;
  if (opened > 0 && calls.charged === 0n)
    return "no call cost anything: the run measured something cheaper than a call";
  const twice = await db.query(TWICE);
  if (twice.length > 0) return `posted more than once: ${JSON.stringify(twice)}`;
  const [money] = await db.query(MONEY);
  const platform = calls.charged / 5n;
  const payees = calls.charged - platform;
  const expected = { payers: openingCoins * BigInt(people) - calls.charged, payees, platform, held: 0n };
  for (const [name, coins] of Object.entries(expected)) {
    if (money[name] !== coins) return `${name} have ${money[name]} coins; ${coins} would be right`;
  }
  return null;
}
