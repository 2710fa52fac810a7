// The audit's questions about calls: what was placed, captured and released adds up, and no hold is orphaned.
import type { Database } from "../db/database.ts";
import { type AuditQuestion, type AuditReport, auditLedger } from "../ledger/audit.ts";

/** Every transfer that a call's account sees, per call. */
const MONEY = `select c.id, c.status, c.settled_at, c.charged, c.placed, c.captured, c.released, c.refunded,
    coalesce(sum(t.amount) filter (where t.kind = 'place'), 0) as t_placed,
    coalesce(sum(t.amount) filter (where t.kind in ('capture', 'fee')), 0) as t_captured,
    coalesce(sum(t.amount) filter (where t.kind = 'release'), 0) as t_released,
    coalesce(sum(t.amount) filter (where t.kind = 'refund'), 0) as t_refunded,
    coalesce(a.balance, 0) as in_account
  from calls c left join transfers t on t.subject = c.id left join accounts a on a.id = c.hold_id
  group by c.id, a.balance`;

/** An overdue deadline is carried out within a round or two; one that stands this long means no server is working. */
const ORPHANED_AFTER_MS = 10 * 60 * 1000;

const questions = (now: number): AuditQuestion[] => [
  {
    id: "I3",
    title: "placed = captured + released + still in the call account",
    sql: `select id, t_placed::text as placed, t_captured::text as captured, t_released::text as released, in_account::text as in_account
            from (${MONEY}) m where t_placed <> t_captured + t_released + in_account`,
  },
  {
    id: "I3",
    title: "a settled call's account is empty",
    sql: `select id, in_account::text as in_account from (${MONEY}) m where settled_at is not null and in_account <> 0`,
  },
  {
    id: "I3",
    title: "the call's own figures are those of its transfers",
    sql: `select id from (${MONEY}) m
           where placed <> t_placed or captured <> t_captured or released <> t_released or refunded <> t_refunded`,
  },
  {
    id: "I7",
    title: "a call is captured at most once for each side",
    sql: `select subject, kind, count(*)::int as times from transfers where kind in ('capture', 'fee', 'release') and subject in (select id from calls)
           group by subject, kind having count(*) > 1`,
  },
  {
    id: "I9",
    title: "payee + platform = payer, and refunds never exceed the charge",
    sql: `select id, charged::text as charged, t_captured::text as captured, t_refunded::text as refunded from (${MONEY}) m
           where settled_at is not null and (t_captured - t_refunded <> charged or t_refunded > t_captured)`,
  },
  {
    id: "I9",
    title: "penalties marked on calls are those that were posted, and what went back is no more than was marked so",
    sql: `with marked as (
            select c.id, sum((p ->> 'amount')::bigint) as taken,
                   coalesce(sum((p ->> 'amount')::bigint) filter (where p ->> 'reversedAt' is not null), 0) as given_back
              from calls c cross join jsonb_array_elements(c.penalties) p group by c.id),
          posted as (
            select t.subject as id, coalesce(sum(t.amount) filter (where t.kind = 'penalty'), 0) as taken,
                   coalesce(sum(t.amount) filter (where t.kind <> 'penalty'), 0) as given_back
              from transfers t where (t.kind = 'penalty' or t.name like 'refund:penalty:%') and t.subject in (select id from calls) group by t.subject)
          select id from marked full join posted using (id)
           where marked.taken is distinct from posted.taken or marked.given_back is distinct from posted.given_back`,
  },
  {
    id: "I11",
    title: "every open hold belongs to a live call with a deadline",
    sql: `select a.id, a.balance::text as balance, c.status, c.deadline_at::text as deadline_at
            from accounts a left join calls c on c.hold_id = a.id
           where a.kind = 'call' and a.balance > 0
             and (c.id is null or c.settled_at is not null or c.deadline_at is null or c.deadline_at < ${now - ORPHANED_AFTER_MS})`,
  },
];

/**
 * The whole audit (I1, I2, I3, I7, I9, I11), read in one consistent picture.
 * @param now ms; a hold whose deadline lies further back than ten minutes counts as orphaned
 */
export function audit(db: Database, now: number): Promise<AuditReport> {
  return auditLedger(db, questions(Math.trunc(now)));
}
