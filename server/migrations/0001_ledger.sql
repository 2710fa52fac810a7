-- The ledger: accounts and transfers, and nothing else.
--
-- A transfer is one row that names both of its sides, so an unbalanced one cannot be written. Balances move in one place
-- only: a trigger on the insert of transfers. Whoever inserts a transfer, by whatever path, moves both accounts; whoever
-- tries to change a balance, a transfer or the past by another path is refused.

create table accounts (
  id        text primary key,
  kind      text not null check (kind in ('wallet', 'call', 'platform', 'external', 'escrow', 'claim')),
  owner_id  text,
  currency  text not null,
  balance   bigint not null default 0,
  -- I2. Only the outside world may stand below zero: where top-ups come from, and a contract on a chain that holds deposits.
  constraint no_overdraft check (kind in ('external', 'escrow') or balance >= 0)
-- Balances change all the time. With room left in its page, a changed row stays there and touches no index.
) with (fillfactor = 70);

create index call_accounts_of_owner on accounts (owner_id) where kind = 'call';

create table transfers (
  -- What the transfer is about (a call, a top-up) and its name there: the identity that makes double posting impossible (I7).
  subject       text not null,
  name          text not null,
  seq           bigint generated always as identity,
  kind          text not null check (kind in ('place', 'capture', 'fee', 'release', 'penalty', 'bonus', 'refund', 'top_up', 'payout', 'adjustment')),
  from_account  text not null,
  to_account    text not null,
  amount        bigint not null check (amount > 0),
  currency      text not null,
  posted_at     bigint not null,
  memo          text,
  primary key (subject, name),
  constraint two_sides check (from_account <> to_account)
);

-- For statements of wallets and of the platform. The few transfers of a call's own account are found by their subject.
create index transfers_out on transfers (from_account, seq) where from_account not like 'hold\_%';
create index transfers_in on transfers (to_account, seq) where to_account not like 'hold\_%';

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
create trigger balances_move_by_transfer after update on accounts
  for each row when (pg_trigger_depth() < 1) execute function refuse_change('balances move by transfers only');

-- I1. The sum over both sides of every new row is zero by construction; an account that is missing, or of another currency,
-- refuses the whole statement.
-- Accounts that everybody shares (platform, external, and with a chain its contract and the platform's claim) come last, when all
-- others are locked: nobody waits long for them, and there is one order for everybody.
create function move_balances() returns trigger language plpgsql as $$
declare
  v_own     text[];
  v_shared  text[];
  v_change  jsonb;
  v_moved   int;
  v_shift   int := 0;
begin
  select array_agg(c.account) filter (where not c.is_shared), array_agg(c.account) filter (where c.is_shared),
         jsonb_object_agg(c.currency || ' ' || c.account, c.amount)
    into v_own, v_shared, v_change
    from (select side.account, side.currency, sum(side.amount)::bigint as amount,
                 side.account in ('platform', 'external') or side.currency <> 'coin'
                   and (side.account like 'escrow:%' or side.account like 'claim:%:platform') as is_shared
            from (select from_account as account, currency, -amount as amount from new_transfers
                  union all
                  select to_account, currency, amount from new_transfers) side
           group by side.account, side.currency) c;
  update accounts a set balance = a.balance + (v_change ->> (a.currency || ' ' || a.id))::bigint
   where a.id = any(v_own) and v_change ? (a.currency || ' ' || a.id);
  get diagnostics v_moved = row_count;
  if v_shared is not null then
    update accounts a set balance = a.balance + (v_change ->> (a.currency || ' ' || a.id))::bigint
     where a.id = any(v_shared) and v_change ? (a.currency || ' ' || a.id);
    get diagnostics v_shift = row_count;
  end if;
  if v_moved + v_shift <> cardinality(v_own || v_shared) then
    raise exception 'a transfer names an account that does not exist in its currency' using errcode = 'FM002';
  end if;
  return null;
end $$;

create trigger transfers_move_balances after insert on transfers
  referencing new table as new_transfers for each statement execute function move_balances();

-- What a batch is made of. Arrays of rows, because PostgreSQL reads those several times faster than JSON.
create type account_to_open as (subject text, id text, kind text, owner_id text, currency text);
create type transfer_to_post as (
  subject text, name text, kind text, from_account text, to_account text, amount bigint, currency text, memo text);

-- Says which subjects of a batch cannot be posted: by whom a name is used already, or which wallet is short and what it has.
-- Wallets are locked in ascending order before anything is decided, so that batches queue up and never deadlock; accounts
-- that cannot refuse (platform, external) are only touched by the trigger, last, to keep a hot row's lock short.
create function check_transfers(p_wallets text[], p_transfers transfer_to_post[])
returns table (subject text, code text, account text, available bigint) language plpgsql as $$
#variable_conflict use_column
declare
  v_left     jsonb;
  v_known    int;
  v_refused  text[] := '{}';
  v_short    text[];
  r          record;
begin
  for attempt in 1..2 loop
    select count(*), coalesce(jsonb_object_agg(locked.id, locked.balance), '{}') into v_known, v_left
      from (select a.id, a.balance from accounts a where a.id = any(p_wallets) order by a.id for update) locked;
    exit when v_known = cardinality(p_wallets);
    insert into accounts (id, kind, owner_id, currency)
      select distinct on (side.id) side.id, 'wallet', substr(side.id, 8), t.currency
        from unnest(p_transfers) t cross join lateral (values (t.from_account), (t.to_account)) side(id)
       where side.id like 'wallet:%'
       order by side.id
      on conflict (id) do nothing;
  end loop;

  for r in
    select t.subject, t.name from unnest(p_transfers) t
     where (select x.seq from transfers x where x.subject = t.subject and x.name = t.name) is not null
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
            from unnest(p_transfers) t
           where t.from_account like 'wallet:%' and t.subject <> all(v_refused)
           group by t.from_account) n
   where (v_left ->> n.account)::bigint < n.need;
  if v_short is null then
    return;
  end if;
  for r in
    select t.subject, t.from_account, sum(t.amount)::bigint as need
      from unnest(p_transfers) with ordinality
           as t(subject, name, kind, from_account, to_account, amount, currency, memo, ord)
     where t.from_account = any(v_short) and t.subject <> all(v_refused)
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
end $$;

-- Opens accounts and posts transfers that were checked.
create function insert_transfers(p_accounts account_to_open[], p_transfers transfer_to_post[], p_now bigint)
returns void language plpgsql as $$
begin
  if p_accounts <> '{}' then
    insert into accounts (id, kind, owner_id, currency)
      select a.id, a.kind, a.owner_id, a.currency from unnest(p_accounts) a
      on conflict (id) do nothing;
  end if;
  insert into transfers (subject, name, kind, from_account, to_account, amount, currency, posted_at, memo)
    select t.subject, t.name, t.kind, t.from_account, t.to_account, t.amount, t.currency, p_now, t.memo
      from unnest(p_transfers) t;
end $$;

-- Posts a batch. All transfers of one subject are posted together or not at all; the answer names every subject that was
-- refused. Plans are made once a session, perhaps while the tables are empty, and must fit full ones: so the settings leave
-- only indexes, and tables are reached by `= any(…)`, by a subquery or by `on conflict`, never by a join.
create function post_transfers(p_accounts account_to_open[], p_wallets text[], p_transfers transfer_to_post[], p_now bigint)
returns table (subject text, code text, account text, available bigint) language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
declare
  v_refused  text[] := '{}';
begin
  for subject, code, account, available in select c.* from check_transfers(p_wallets, p_transfers) c loop
    v_refused := v_refused || subject;
    return next;
  end loop;
  if v_refused <> '{}' then
    p_accounts := array(select a from unnest(p_accounts) a where a.subject is null or a.subject <> all(v_refused));
    p_transfers := array(select t from unnest(p_transfers) t where t.subject <> all(v_refused));
  end if;
  perform insert_transfers(p_accounts, p_transfers, p_now);
end $$;

insert into accounts (id, kind, currency) values ('platform', 'platform', 'coin'), ('external', 'external', 'coin');
