-- Webhooks: everything genuine that a provider told us, as it came, and what became of it. Stored first, then recorded.
create table webhooks (
  provider     text not null,
  -- The provider's own identity of it, made of signed content: the same again is no news.
  id           text not null,
  kind         text not null,
  room_name    text,
  -- One life of the room: a name that is used again later is another life, and another call.
  life         text,
  occurred_at  bigint not null,
  received_at  bigint not null,
  -- The signed bytes as text; null when they are not JSON.
  body         json,
  -- What it proves, and whom it names: with these a call can be opened by what its webhooks say.
  events       json not null,
  people       text[] not null,
  created_by   text,
  -- Why it proves nothing although it is genuine (its times make no sense).
  doubt        text,
  call_id      text,
  -- pending: stored, and its effect is still to come. watched: recorded to a live call, though perhaps it belongs to the next one.
  outcome      text not null default 'pending' check (outcome in ('pending', 'watched', 'applied', 'unmatched', 'doubtful', 'roomless')),
  -- Why it belongs to no call.
  note         text,
  primary key (provider, id)
);
create index webhooks_of_room on webhooks (provider, room_name, occurred_at);
create index webhooks_of_call on webhooks (call_id, life) where call_id is not null;
create index webhooks_to_apply on webhooks (provider, room_name) where outcome in ('pending', 'watched');
create index webhooks_for_operator on webhooks (received_at desc) where outcome in ('unmatched', 'doubtful');

-- Calls in rooms that others made: found by their webhooks, adopted by the operator, or registered beforehand. Rooms that were
-- made here have no row.
create table outside_calls (
  call_id    text primary key,
  provider   text not null,
  room_name  text not null,
  how        text not null check (how in ('found', 'adopted', 'registered'))
);
create index outside_calls_of_room on outside_calls (provider, room_name);
