-- The people the server has met, what creators ask for a call, answers kept for repeated requests, and small settings.
create table users (
  id          text primary key,
  name        text not null,
  role        text not null,
  created_at  timestamptz not null default now()
);

create table creator_settings (
  user_id                 text primary key,
  call_rate_per_minute    bigint not null check (call_rate_per_minute >= 0),
  minimum_call_duration   int not null check (minimum_call_duration >= 0),
  is_available_for_calls  boolean not null,
  auto_accept_calls       boolean not null,
  updated_at              timestamptz not null default now()
);

create table idempotency_keys (
  scope        text not null,
  key          text not null,
  fingerprint  text not null,
  status       int,
  answer       json,
  created_at   timestamptz not null default now(),
  primary key (scope, key)
-- An answer is written once and hardly ever read: compressing it would cost more than its place.
) with (toast_tuple_target = 8160);

-- Who is connected where: rows of a server that died go stale by seen_at and are ignored.
create table online (
  user_id    text not null,
  server_id  text not null,
  seen_at    timestamptz not null default now(),
  primary key (user_id, server_id)
);

create table settings (
  name   text primary key,
  value  jsonb not null
);
