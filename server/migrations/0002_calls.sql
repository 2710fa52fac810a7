-- Calls, the evidence seen of them, and the one statement that writes what the charging hall decided for a batch.

-- Terms are frozen: a row is identified by its content and never edited.
create table terms (
  id    text primary key,
  body  jsonb not null
);
create trigger terms_are_frozen before update or delete on terms
  for each row execute function refuse_change('terms are frozen when a call opens');

create table calls (
  id                    text primary key,
  version               bigint not null,
  preset                text not null,
  terms_id              text not null,
  payer_id              text not null,
  payee_id              text,
  provider              text not null,
  room_name             text not null unique,
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
  penalties             text[] not null default '{}',
  funded_until          bigint,
  warned_for            bigint,
  interrupted_since     bigint,
  interrupted_user_ids  text[] not null default '{}',
  deadline_at           bigint,
  -- I3, the half that one row can see: nothing is paid out that was not placed, and a settled call holds nothing.
  constraint placed_covers_paid check (placed >= captured + released),
  constraint settled_is_empty check (settled_at is null or placed = captured + released),
  -- I10: a final call has been settled in the same statement that ended it, and wakes no more.
  constraint final_is_settled check ((status in ('completed', 'rejected', 'cancelled', 'missed')) = (settled_at is not null)),
  constraint live_has_deadline check (settled_at is not null or deadline_at is not null)
);

create index calls_due on calls (deadline_at) where deadline_at is not null;
create index calls_of_payer on calls (payer_id, requested_at desc, id desc);
create index calls_of_payee on calls (payee_id, requested_at desc, id desc);

-- I10 by the database: status moves along the arrows only.
create function check_status_arrow() returns trigger language plpgsql as $$
begin
  if not ((old.status = 'pending' and new.status in ('accepted', 'active', 'completed', 'rejected', 'cancelled', 'missed'))
       or (old.status = 'accepted' and new.status in ('active', 'completed', 'cancelled', 'missed'))
       or (old.status = 'active' and new.status = 'completed')) then
    raise exception 'call % may not go from % to %', old.id, old.status, new.status using errcode = 'FM003';
  end if;
  return new;
end $$;
create trigger status_moves_along_arrows before update of status on calls
  for each row when (old.status is distinct from new.status) execute function check_status_arrow();

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

-- Writes a batch: every call whole or not at all. The version is the guard: a call that somebody else advanced meanwhile is
-- answered 'stale' and left as it is, one whose money is not there 'refused'; the caller reads again and decides again.
-- Calls are locked in ascending order, then wallets (in post_transfers): one order for everybody.
create function write_calls(
  p_ids text[], p_versions bigint[], p_calls json, p_events json,
  p_accounts json, p_wallets text[], p_transfers json, p_notices json, p_limits json, p_now bigint)
returns table (id text, outcome text, account text, available bigint) language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  v_ok   text[];
  v_new  text[];
  r      record;
begin
  with locked as materialized (
    select c.id, c.version from calls c where c.id = any(p_ids) order by c.id for update
  )
  select coalesce(array_agg(i.id) filter (where coalesce(l.version, 0) = i.version), '{}'),
         coalesce(array_agg(i.id) filter (where i.version = 0 and l.id is null), '{}')
    into v_ok, v_new
    from unnest(p_ids, p_versions) as i(id, version) left join locked l on l.id = i.id;

  for r in
    select i.id from unnest(p_ids) as i(id) where i.id <> all(v_ok)
  loop
    id := r.id; outcome := 'stale'; account := null; available := null;
    return next;
  end loop;

  -- How many calls a person may have at once can only be counted while nobody else opens one for them.
  if p_limits is not null then
    perform pg_advisory_xact_lock(hashtextextended('calls of ' || u.user_id, 0))
       from (select distinct l.user_id from json_to_recordset(p_limits) as l(user_id text) order by l.user_id) u;
    for r in
      select l.call_id, min(l.user_id) as user_id
        from (select x.*, row_number() over (partition by x.user_id order by x.call_id) as nth
                from json_to_recordset(p_limits) as x(call_id text, user_id text, most int) where x.call_id = any(v_new)) l
       where l.nth + (select count(*) from calls c where (c.payer_id = l.user_id or c.payee_id = l.user_id)
                        and c.status in ('pending', 'accepted', 'active')) > l.most
       group by l.call_id
    loop
      v_ok := array_remove(v_ok, r.call_id);
      id := r.call_id; outcome := 'too_many_calls'; account := 'wallet:' || r.user_id; available := null;
      return next;
    end loop;
  end if;

  for r in
    select p.subject, p.code, p.account, p.available from post_transfers(p_accounts, p_wallets, p_transfers, p_now, v_ok) p
  loop
    v_ok := array_remove(v_ok, r.subject);
    id := r.subject; outcome := case r.code when 'duplicate_transfer' then 'stale' else r.code end;
    account := r.account; available := r.available;
    return next;
  end loop;

  insert into calls (id, version, preset, terms_id, payer_id, payee_id, provider, room_name, hold_id, status, requested_at, accepted_at,
      started_at, ended_at, settled_at, end_reason, ended_by, cancelled_by, cancellation_reason, billable_seconds, billed_seconds,
      duration_source, estimated_seconds, estimated_coins, charged, placed, captured, released, refunded, placements, refunds,
      penalties, funded_until, warned_for, interrupted_since, interrupted_user_ids, deadline_at)
    select n.id, n.version, n.preset, n.terms_id, n.payer_id, n.payee_id, n.provider, n.room_name, n.hold_id, n.status, n.requested_at,
           n.accepted_at, n.started_at, n.ended_at, n.settled_at, n.end_reason, n.ended_by, n.cancelled_by, n.cancellation_reason,
           n.billable_seconds, n.billed_seconds, n.duration_source, n.estimated_seconds, n.estimated_coins, n.charged, n.placed,
           n.captured, n.released, n.refunded, n.placements, n.refunds, n.penalties, n.funded_until, n.warned_for,
           n.interrupted_since, n.interrupted_user_ids, n.deadline_at
      from json_populate_recordset(null::calls, p_calls) n
     where n.id = any(v_new) and n.id = any(v_ok);

  update calls c
     set version = n.version, status = n.status, accepted_at = n.accepted_at, started_at = n.started_at, ended_at = n.ended_at,
         settled_at = n.settled_at, end_reason = n.end_reason, ended_by = n.ended_by, cancelled_by = n.cancelled_by,
         cancellation_reason = n.cancellation_reason, billable_seconds = n.billable_seconds, billed_seconds = n.billed_seconds,
         duration_source = n.duration_source, charged = n.charged, placed = n.placed, captured = n.captured,
         released = n.released, refunded = n.refunded, placements = n.placements, refunds = n.refunds, penalties = n.penalties,
         funded_until = n.funded_until, warned_for = n.warned_for, interrupted_since = n.interrupted_since,
         interrupted_user_ids = n.interrupted_user_ids, deadline_at = n.deadline_at
    from json_populate_recordset(null::calls, p_calls) n
   where c.id = n.id and n.id = any(v_ok) and n.id <> all(v_new);

  -- Evidence is kept for ever; only a stretch of proof of life may grow, never shrink.
  insert into call_events as e (call_id, id, type, source, user_id, connection_id, reason, occurred_at, until_at, received_at)
    select n.call_id, n.id, n.type, n.source, n.user_id, n.connection_id, n.reason, n.occurred_at, n.until_at, n.received_at
      from json_populate_recordset(null::call_events, p_events) n
     where n.call_id = any(v_ok)
    on conflict (call_id, id) do update
      set occurred_at = least(e.occurred_at, excluded.occurred_at), until_at = greatest(e.until_at, excluded.until_at)
      where e.type = 'participant.seen';

  insert into notices (call_id, audience, type, data, written_at)
    select n.call_id, n.audience, n.type, n.data, p_now
      from json_populate_recordset(null::notices, p_notices) n
     where n.call_id = any(v_ok);
end $$;
