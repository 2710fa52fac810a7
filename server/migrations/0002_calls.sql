-- Calls, the evidence seen of them, and the one statement that writes what the charging hall decided for a batch.

-- Terms are frozen: a row is identified by its content and never edited.
create table terms (
  id    text primary key,
  body  jsonb not null
);
create trigger terms_are_frozen before update or delete on terms
  for each row execute function refuse_change('terms are frozen when a call opens');

create function refuse_arrow() returns trigger language plpgsql as $$
begin
  raise exception 'call % may not go from % to %', old.id, old.status, new.status using errcode = 'FM003';
end $$;

create table calls (
  id                    text primary key,
  version               bigint not null,
  preset                text not null,
  terms_id              text not null,
  payer_id              text not null,
  payee_id              text,
  provider              text not null,
  room_name             text not null,
  hold_id               text not null,
  status                text not null check (status in ('pending', 'accepted', 'active', 'completed', 'rejected', 'cancelled', 'missed')),
  requested_at          bigint not null,
  accepted_at           bigint,
  started_at            bigint,
  ended_at              bigint,
  settled_at            bigint,
  end_reason            text,
  ended_by              text,
  cancelled_by          text,
  cancellation_reason   text,
  billable_seconds      bigint not null default 0,
  billed_seconds        bigint not null default 0,
  duration_source       text,
  estimated_seconds     bigint not null,
  estimated_coins       bigint not null,
  charged               bigint not null default 0,
  placed                bigint not null default 0,
  captured              bigint not null default 0,
  released              bigint not null default 0,
  refunded              bigint not null default 0,
  placements            int not null default 0,
  refunds               int not null default 0,
  -- The penalties that were posted: whose, how much, why, on which evidence, and when one was given back.
  penalties             jsonb not null default '[]',
  funded_until          bigint,
  warned_for            bigint,
  interrupted_since     bigint,
  interrupted_user_ids  text[] not null default '{}',
  -- Who took part in a call that has no fixed sides (a study room), as its evidence names them.
  attendee_ids          text[] not null default '{}',
  -- Which policies were broken by whom, as `policy:user`, whether it cost coins or was one of the free ones.
  policy_breaks         text[] not null default '{}',
  deadline_at           bigint,
  -- I3, the half that one row can see: nothing is paid out that was not placed, and a settled call holds nothing.
  constraint placed_covers_paid check (placed >= captured + released),
  constraint settled_is_empty check (settled_at is null or placed = captured + released),
  -- I10: a final call has been settled in the same statement that ended it, and wakes no more.
  constraint final_is_settled check ((status in ('completed', 'rejected', 'cancelled', 'missed')) = (settled_at is not null)),
  constraint live_has_deadline check ((settled_at is null) = (deadline_at is not null))
-- A call is written some five times. With room left in its page, each write stays there and touches no index.
) with (fillfactor = 60);

create index calls_of_payer on calls (payer_id, requested_at desc, id desc);
create index calls_of_payee on calls (payee_id, requested_at desc, id desc);
create index calls_of_room on calls (room_name, requested_at desc);
create index calls_of_attendee on calls using gin (attendee_ids) where attendee_ids <> '{}';

-- When calls wake, beside the calls: the clock asks for the earliest ones all the time, and with an index on a column that
-- every write changes, every write would go into all the indexes of calls. It follows the calls, whoever writes them.
create table call_deadlines (
  call_id      text primary key,
  deadline_at  bigint not null
);
create index call_deadlines_due on call_deadlines (deadline_at);

create function follow_calls() returns trigger language plpgsql as $$
begin
  delete from call_deadlines d where d.call_id = any(array(select w.id from written w where w.deadline_at is null));
  insert into call_deadlines as d (call_id, deadline_at)
    select w.id, w.deadline_at from written w where w.deadline_at is not null
    on conflict (call_id) do update set deadline_at = excluded.deadline_at where d.deadline_at <> excluded.deadline_at;
  return null;
end $$;
create trigger deadlines_follow_new_calls after insert on calls
  referencing new table as written for each statement execute function follow_calls();
create trigger deadlines_follow_calls after update on calls
  referencing new table as written for each statement execute function follow_calls();

-- I10 by the database: status moves along the arrows only. The condition stands in the trigger, so that a lawful move calls nothing.
create trigger status_moves_along_arrows before update of status on calls
  for each row when (old.status is distinct from new.status and not (
       old.status = 'pending' and new.status in ('accepted', 'active', 'completed', 'rejected', 'cancelled', 'missed')
    or old.status = 'accepted' and new.status in ('active', 'completed', 'cancelled', 'missed')
    or old.status = 'active' and new.status = 'completed'))
  execute function refuse_arrow();

create table call_events (
  call_id        text not null,
  id             text not null,
  type           text not null,
  source         text not null,
  user_id        text,
  connection_id  text,
  reason         text,
  occurred_at    bigint not null,
  until_at       bigint,
  received_at    bigint not null,
  primary key (call_id, id)
);

-- How many calls a user may have at once, as the terms of a new call say.
create type call_limit as (call_id text, user_id text, most int);

-- The answer of a request with a key, kept with the request's effect in idempotency_keys; its body is given beside it.
create type kept_answer as (call_id text, scope text, key text, fingerprint text, status int);

-- What a write opens and tells. Types of their own, not the rows of the tables: a newer schema may add columns while servers of
-- this version are at work.
create type call_to_open as (
  id text, version bigint, preset text, terms_id text, payer_id text, payee_id text, provider text, room_name text,
  hold_id text, status text, requested_at bigint, accepted_at bigint, started_at bigint, ended_at bigint, settled_at bigint,
  end_reason text, ended_by text, cancelled_by text, cancellation_reason text, billable_seconds bigint,
  billed_seconds bigint, duration_source text, estimated_seconds bigint, estimated_coins bigint, charged bigint,
  placed bigint, captured bigint, released bigint, refunded bigint, placements int, refunds int, penalties jsonb,
  funded_until bigint, warned_for bigint, interrupted_since bigint, interrupted_user_ids text[], attendee_ids text[],
  policy_breaks text[], deadline_at bigint);
create type event_to_keep as (
  call_id text, id text, type text, source text, user_id text, connection_id text, reason text, occurred_at bigint,
  until_at bigint, received_at bigint);

-- What a write may change of a call that is there; all else is fixed when it opens. `version` is already the new one.
create type call_change as (
  id text, version bigint, status text, accepted_at bigint, started_at bigint, ended_at bigint, settled_at bigint,
  end_reason text, ended_by text, cancelled_by text, cancellation_reason text, billable_seconds bigint, billed_seconds bigint,
  duration_source text, charged bigint, placed bigint, captured bigint, released bigint, refunded bigint, placements int,
  refunds int, penalties jsonb, funded_until bigint, warned_for bigint, interrupted_since bigint, interrupted_user_ids text[],
  attendee_ids text[], policy_breaks text[], deadline_at bigint);

-- Writes a batch: every call whole or not at all. The version is the guard: a call that somebody else advanced meanwhile is
-- answered 'stale' and left as it is, one whose money is not there 'insufficient_balance'; the caller reads again and
-- decides again. Calls are locked in ascending order, then wallets: one order for everybody. Transfers come last, because their
-- trigger locks the rows that all batches share.
-- p_careful: looks first, and leaves out what cannot be written. Otherwise the statement trusts that nothing stands in the way,
-- which is cheaper and nearly always so, and fails as a whole when something does; the caller then asks again, carefully.
-- p_told and p_news belong together: a call, and what its people are told of it. So do p_answers and p_bodies; the request of a
-- key that has an answer already has no effect ('key_used').
create function write_calls(
  p_careful boolean, p_new call_to_open[], p_changed call_change[], p_events event_to_keep[], p_grown event_to_keep[],
  p_accounts account_to_open[], p_wallets text[], p_transfers transfer_to_post[], p_limits call_limit[],
  p_told text[], p_news text[], p_answers kept_answer[], p_bodies text[], p_now bigint)
returns table (id text, outcome text, account text, available bigint) language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
#variable_conflict use_column
declare
  v_versions  jsonb;
  v_out       text[] := '{}';
  v_used      text[] := '{}';
  v_written   int;
  v_unkept    kept_answer;
begin
  if p_answers <> '{}' then
    insert into idempotency_keys (scope, key, fingerprint, status, answer, created_at)
      select a.scope, a.key, a.fingerprint, a.status, a.body::json, clock_timestamp()
        from unnest(p_answers, p_bodies) a(call_id, scope, key, fingerprint, status, body)
      on conflict do nothing;
    get diagnostics v_written = row_count;
    if v_written <> cardinality(p_answers) then
      -- Rows that this transaction did not write were there before.
      v_used := array(select a.call_id from unnest(p_answers) a
                       where (select k.xmin from idempotency_keys k where k.scope = a.scope and k.key = a.key) is distinct from
                             pg_current_xact_id()::xid);
      return query select o.id, 'key_used', null::text, null::bigint from unnest(v_used) o(id);
    end if;
  end if;

  if p_careful then
    select coalesce(jsonb_object_agg(locked.id, locked.version), '{}') into v_versions
      from (select c.id, c.version from calls c
             where c.id = any(array(select n.id from unnest(p_new) n union all select n.id from unnest(p_changed) n))
             order by c.id for update) locked;
    select coalesce(array_agg(n.id), '{}') into v_out
      from (select x.id, x.version from unnest(p_new) x union all select x.id, x.version from unnest(p_changed) x) n
     where coalesce((v_versions ->> n.id)::bigint, 0) <> n.version - 1 and n.id <> all(v_used);
    if v_out <> '{}' then
      return query select o.id, 'stale', null::text, null::bigint from unnest(v_out) o(id);
    end if;
    v_out := v_out || v_used;
  elsif v_used <> '{}' then
    raise exception 'a key was used before' using errcode = 'FM004';
  end if;

  -- How many calls a person has can only be counted while nobody else opens one for them.
  if p_limits <> '{}' then
    perform pg_advisory_xact_lock(hashtextextended('calls of ' || u.user_id, 0))
       from (select distinct l.user_id from unnest(p_limits) l order by l.user_id) u;
    for id, account in
      select l.call_id, 'wallet:' || min(l.user_id)
        from (select x.*, row_number() over (partition by x.user_id order by x.call_id) as nth
                from unnest(p_limits) x where x.call_id <> all(v_out)) l
       where l.nth + (select count(*) from calls c where c.payer_id = l.user_id and c.settled_at is null)
                   + (select count(*) from calls c where c.payee_id = l.user_id and c.settled_at is null) > l.most
       group by l.call_id
    loop
      v_out := v_out || id;
      outcome := 'too_many_calls'; available := null;
      return next;
    end loop;
  end if;

  if p_careful then
    if v_out <> '{}' then
      p_transfers := array(select t from unnest(p_transfers) t where t.subject <> all(v_out));
    end if;
    for id, outcome, account, available in select c.* from check_transfers(p_wallets, p_transfers) c loop
      v_out := v_out || id;
      if outcome = 'duplicate_transfer' then
        outcome := 'stale';
      end if;
      return next;
    end loop;
  end if;
  if v_out <> '{}' then
    p_new := array(select n from unnest(p_new) n where n.id <> all(v_out));
    p_changed := array(select n from unnest(p_changed) n where n.id <> all(v_out));
    p_events := array(select n from unnest(p_events) n where n.call_id <> all(v_out));
    p_grown := array(select n from unnest(p_grown) n where n.call_id <> all(v_out));
    p_accounts := array(select a from unnest(p_accounts) a where a.subject <> all(v_out));
    p_transfers := array(select t from unnest(p_transfers) t where t.subject <> all(v_out));
    for v_unkept in select a.* from unnest(p_answers) a where a.call_id = any(v_out) and a.call_id <> all(v_used) loop
      delete from idempotency_keys k where k.scope = v_unkept.scope and k.key = v_unkept.key;
    end loop;
  end if;

  -- A row is looked up by its key and then reached by its place: a plan that joins the two could not be trusted (see 0001).
  if p_changed <> '{}' then
    update calls c
       set version = n.version, status = n.status, accepted_at = n.accepted_at, started_at = n.started_at,
           ended_at = n.ended_at, settled_at = n.settled_at, end_reason = n.end_reason, ended_by = n.ended_by,
           cancelled_by = n.cancelled_by, cancellation_reason = n.cancellation_reason, billable_seconds = n.billable_seconds,
           billed_seconds = n.billed_seconds, duration_source = n.duration_source, charged = n.charged, placed = n.placed,
           captured = n.captured, released = n.released, refunded = n.refunded, placements = n.placements, refunds = n.refunds,
           penalties = n.penalties, funded_until = n.funded_until, warned_for = n.warned_for,
           interrupted_since = n.interrupted_since, interrupted_user_ids = n.interrupted_user_ids,
           attendee_ids = n.attendee_ids, policy_breaks = n.policy_breaks, deadline_at = n.deadline_at
      from (select x.*, (select k.ctid from calls k where k.id = x.id) as place from unnest(p_changed) x) n
     where c.ctid = n.place and c.version = n.version - 1;
    get diagnostics v_written = row_count;
    if v_written <> cardinality(p_changed) then
      raise exception 'a call was written elsewhere at the same instant' using errcode = 'FM004';
    end if;
  end if;
  if p_new <> '{}' then
    insert into calls (
        id, version, preset, terms_id, payer_id, payee_id, provider, room_name, hold_id, status, requested_at, accepted_at,
        started_at, ended_at, settled_at, end_reason, ended_by, cancelled_by, cancellation_reason, billable_seconds,
        billed_seconds, duration_source, estimated_seconds, estimated_coins, charged, placed, captured, released, refunded,
        placements, refunds, penalties, funded_until, warned_for, interrupted_since, interrupted_user_ids, attendee_ids,
        policy_breaks, deadline_at)
      select n.* from unnest(p_new) n;
  end if;

  -- Evidence is kept for ever; only a stretch of proof of life may grow, never shrink.
  if p_events <> '{}' then
    insert into call_events (call_id, id, type, source, user_id, connection_id, reason, occurred_at, until_at, received_at)
      select n.* from unnest(p_events) n;
  end if;
  if p_grown <> '{}' then
    insert into call_events as e (call_id, id, type, source, user_id, connection_id, reason, occurred_at, until_at, received_at)
      select n.* from unnest(p_grown) n
      on conflict (call_id, id) do update
        set occurred_at = least(e.occurred_at, excluded.occurred_at), until_at = greatest(e.until_at, excluded.until_at)
        where e.type = 'participant.seen';
  end if;

  if p_told <> '{}' then
    insert into notices (call_id, audience, type, data, written_at)
      select n.told, '{}', 'bundle', n.news::json, p_now
        from unnest(p_told, p_news) n(told, news)
       where n.told <> all(v_out);
  end if;

  if p_transfers <> '{}' or p_accounts <> '{}' then
    perform insert_transfers(p_accounts, p_transfers, p_now);
  end if;
end $$;
