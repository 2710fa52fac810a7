-- The ledger: accounts and transfers, and nothing else.
--
-- A transfer is one row that names both of its sides, so an unbalanced one cannot be written. Balances move in one place
-- only: a trigger on the insert of transfers. Whoever inserts a transfer, by whatever path, moves both accounts; whoever
-- tries to change a balance, a transfer or the past by another path is refused.

create table accounts (
  id        text primary key,
  kind      text not null check (kind in ('wallet', 'call', 'platform', 'external')),
  owner_id  text,
  currency  text not null,
  balance   bigint not null default 0,
  -- I2. Only the outside world (where top-ups come from) may stand below zero.
  constraint no_overdraft check (kind = 'external' or balance >= 0)
);

create index call_accounts_of_owner on accounts (owner_id) where kind = 'call';

create table transfers (
  -- What the transfer is about (a call, a top-up) and its name there: the identity that makes double posting impossible (I7).
  subject       text not null,
  name          text not null,
  seq           bigint generated always as identity,
  kind          text not null check (kind in ('place', 'capture', 'fee', 'release', 'penalty', 'refund', 'top_up', 'adjustment')),
  from_account  text not null,
  to_account    text not null,
  amount        bigint not null check (amount > 0),
  currency      text not null,
  posted_at     bigint not null,
  memo          text,
  primary key (subject, name),
  constraint two_sides check (from_account <> to_account)
);

create index transfers_out on transfers (from_account, seq);
create index transfers_in on transfers (to_account, seq);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on % is refused: %', tg_op, tg_table_name, tg_argv[0] using errcode = 'FM001';
end $$;

create trigger transfers_are_final before update or delete on transfers
  for each row execute function refuse_change('transfers are final; a correction is one more transfer');
create trigger transfers_are_kept before truncate on transfers
  for each statement execute function refuse_change('transfers are final; a correction is one more transfer');
create trigger accounts_are_kept before delete on accounts
  for each row execute function refuse_change('accounts are never deleted');
create trigger accounts_open_empty before insert on accounts
  for each row when (new.balance <> 0) execute function refuse_change('an account opens empty; money arrives by a transfer');
-- Inside move_balances() the trigger depth is 1; anybody else's update runs at depth 0.
create trigger balances_move_by_transfer before update on accounts
  for each row when (pg_trigger_depth() < 1) execute function refuse_change('balances move by transfers only');

-- I1. The sum over both sides of every new row is zero by construction; an account that is missing, or of another currency,
-- refuses the whole statement.
create function move_balances() returns trigger language plpgsql as $$
declare
  moved  bigint;
  wanted bigint;
begin
  with change as (
    select side.account, side.currency, sum(side.amount)::bigint as amount
      from (select from_account as account, currency, -amount as amount from new_transfers
            union all
            select to_account, currency, amount from new_transfers) side
     group by side.account, side.currency
  ), move as (
    update accounts a set balance = a.balance + change.amount
      from change where a.id = change.account and a.currency = change.currency
    returning 1
  )
  select (select count(*) from move), (select count(*) from change) into moved, wanted;
  if moved <> wanted then
    raise exception 'a transfer names an account that does not exist in its currency' using errcode = 'FM002';
  end if;
  return null;
end $$;

create trigger transfers_move_balances after insert on transfers
  referencing new table as new_transfers for each statement execute function move_balances();

-- Posts a batch. All transfers of one subject are posted together or not at all; the answer names every subject that was
-- refused, with the wallet that was short and what it had. Wallets are locked in ascending order before anything is decided,
-- so that batches queue up and never deadlock; accounts that cannot refuse (platform, external) are only touched by the
-- trigger, last, to keep a hot row's lock short.
create function post_transfers(p_accounts json, p_wallets text[], p_transfers json, p_now bigint, p_subjects text[])
returns table (subject text, code text, account text, available bigint) language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  v_known    int;
  v_refused  text[] := '{}';
  v_short    text[];
  v_left     jsonb := '{}';
  r          record;
begin
  insert into accounts (id, kind, owner_id, currency)
    select a.id, a.kind, a.owner_id, a.currency
      from json_to_recordset(p_accounts) as a(subject text, id text, kind text, owner_id text, currency text)
     where a.subject is null or a.subject = any(p_subjects)
     order by a.id
    on conflict (id) do nothing;

  select count(*) into v_known
    from (select 1 from accounts a where a.id = any(p_wallets) order by a.id for update) locked;
  if v_known < cardinality(p_wallets) then
    insert into accounts (id, kind, owner_id, currency)
      select w.id, 'wallet', substr(w.id, 8), t.currency
        from (select distinct unnest(p_wallets) as id) w
        cross join lateral (select x.currency from json_to_recordset(p_transfers) as x(from_account text, to_account text, currency text)
                             where x.from_account = w.id or x.to_account = w.id limit 1) t
       order by w.id
      on conflict (id) do nothing;
    perform 1 from accounts a where a.id = any(p_wallets) order by a.id for update;
  end if;

  for r in
    select t.subject, t.name from json_to_recordset(p_transfers) as t(subject text, name text)
      join transfers x on x.subject = t.subject and x.name = t.name
     where t.subject = any(p_subjects)
  loop
    if r.subject <> all(v_refused) then
      v_refused := v_refused || r.subject;
      subject := r.subject; code := 'duplicate_transfer'; account := r.name; available := null;
      return next;
    end if;
  end loop;

  -- Only wallets whose whole need does not fit are looked at one subject at a time, in the order the batch gives.
  select array_agg(n.account) into v_short
    from (select t.from_account as account, sum(t.amount) as need
            from json_to_recordset(p_transfers) as t(subject text, from_account text, amount bigint)
           where t.from_account = any(p_wallets) and t.subject = any(p_subjects) and t.subject <> all(v_refused)
           group by t.from_account) n
    join accounts a on a.id = n.account
   where a.balance < n.need;
  if v_short is not null then
    select jsonb_object_agg(a.id, a.balance) into v_left from accounts a where a.id = any(v_short);
    for r in
      select t.subject, t.from_account, sum(t.amount)::bigint as need, min(t.ord) as ord
        from rows from (json_to_recordset(p_transfers) as (subject text, from_account text, amount bigint)) with ordinality
             as t(subject, from_account, amount, ord)
       where t.from_account = any(v_short) and t.subject = any(p_subjects) and t.subject <> all(v_refused)
       group by t.subject, t.from_account order by min(t.ord)
    loop
      if (v_left ->> r.from_account)::bigint >= r.need then
        v_left := jsonb_set(v_left, array[r.from_account], to_jsonb((v_left ->> r.from_account)::bigint - r.need));
      elsif r.subject <> all(v_refused) then
        v_refused := v_refused || r.subject;
        subject := r.subject; code := 'insufficient_balance'; account := r.from_account;
        available := (v_left ->> r.from_account)::bigint;
        return next;
      end if;
    end loop;
  end if;

  insert into transfers (subject, name, kind, from_account, to_account, amount, currency, posted_at, memo)
    select t.subject, t.name, t.kind, t.from_account, t.to_account, t.amount, t.currency, p_now, t.memo
      from json_to_recordset(p_transfers)
           as t(subject text, name text, kind text, from_account text, to_account text, amount bigint, currency text, memo text)
     where t.subject = any(p_subjects) and t.subject <> all(v_refused);
end $$;

insert into accounts (id, kind, currency) values ('platform', 'platform', 'coin'), ('external', 'external', 'coin');
