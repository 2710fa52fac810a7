-- Reconciliation: what is remembered of the looks at calls that run at a provider, and where its word and others' differ.

alter table provider_calls
  -- How often a look was begun: by it a server knows whether the row is still the one that it took.
  add column looks           bigint not null default 0,
  -- When we asked the provider to make the room; null when the room is the app's own.
  add column room_opened_at  bigint,
  -- Up to when the provider itself lets the call run, as we told it last.
  add column limit_until     bigint,
  -- When we asked the provider to end the call, and when nobody was in the room any more.
  add column end_asked_at    bigint,
  add column closed_at       bigint,
  -- How often the provider's own record of the connections was asked for after the end.
  add column report_tries    int not null default 0;

-- A closed room is looked at a few times more, because who holds a token may come back; then never again (the largest whole
-- number that JSON can carry). So the index holds what is still to be looked at, and nothing else.
drop index provider_calls_due;
create index provider_calls_due on provider_calls (next_look_at) where next_look_at < 9007199254740991;

-- Nobody can be in the room of a call that rings. From the acceptance on the first to come are looked for.
create function look_at_accepted_call() returns trigger language plpgsql as $$
begin
  update provider_calls p set next_look_at = least(p.next_look_at, new.accepted_at) where p.call_id = new.id and p.state = 'live';
  return null;
end $$;
create trigger accepted_calls_are_looked_at after update of accepted_at on calls
  for each row when (new.provider <> 'webrtc' and old.accepted_at is null and new.accepted_at is not null and new.settled_at is null)
  execute function look_at_accepted_call();

-- After the settlement: two sources that disagree by more than a tolerance on how long somebody was there.
create table discrepancies (
  id           text primary key,
  call_id      text not null,
  user_id      text not null,
  source_a     text not null,
  seconds_a    bigint not null,
  source_b     text not null,
  seconds_b    bigint not null,
  tolerance    bigint not null,
  found_at     bigint not null,
  resolved_at  bigint,
  resolution   text,
  unique (call_id, user_id, source_a, source_b)
);
create index discrepancies_by_age on discrepancies (found_at desc, id desc);
create index discrepancies_open on discrepancies (found_at desc, id desc) where resolved_at is null;
