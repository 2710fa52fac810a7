-- Calls that run at a provider: what is still to be looked at there, and cut off. Follows the calls, whoever writes them;
-- calls of the built-in provider have no row, and cost nothing here.
create table provider_calls (
  call_id         text primary key,
  provider        text not null,
  room_name       text not null,
  -- live: its evidence is looked for. closing: the call is settled, and somebody may still be in the room. closed: nobody is.
  state           text not null default 'live' check (state in ('live', 'closing', 'closed')),
  next_look_at    bigint not null,
  last_looked_at  bigint,
  -- How often in a row the provider could not be asked or did not obey, and what it said last.
  failures        int not null default 0,
  last_error      text
);
-- A room name may be used again, by the next call: never by two at once.
create unique index one_live_call_per_room on provider_calls (provider, room_name) where state = 'live';
create index provider_calls_due on provider_calls (next_look_at) where state <> 'closed';

create function watch_call() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into provider_calls (call_id, provider, room_name, state, next_look_at)
      values (new.id, new.provider, new.room_name, case when new.settled_at is null then 'live' else 'closing' end, new.requested_at);
  else
    update provider_calls p set state = 'closing', next_look_at = new.settled_at where p.call_id = new.id and p.state = 'live';
  end if;
  return null;
end $$;
create trigger provider_calls_are_watched after insert on calls
  for each row when (new.provider <> 'webrtc') execute function watch_call();
create trigger settled_calls_are_closed after update of settled_at on calls
  for each row when (new.provider <> 'webrtc' and old.settled_at is null and new.settled_at is not null) execute function watch_call();
