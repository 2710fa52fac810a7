-- The matchmaking queue, the matches that came of it, and what finds earlier breaks of policies.

-- One place a person: whoever waits, waits once. A place that nobody gave a sign of life for does not count any more.
create table match_places (
  user_id        text primary key,
  preset         text not null,
  -- What the person wants to talk about and in which language; null fits everything.
  topic          text,
  language       text,
  waiting_since  bigint not null,
  seen_at        bigint not null
) with (fillfactor = 70);
create index match_places_in_order on match_places (waiting_since, user_id);

-- Written in the transaction that opens the pair's call and takes both places away.
create table matches (
  id               text primary key,
  preset           text not null,
  topic            text,
  language         text,
  -- Who waited longer, and who came.
  waiting_user_id  text not null,
  joining_user_id  text not null check (joining_user_id <> waiting_user_id),
  waiting_since    bigint not null,
  matched_at       bigint not null,
  call_id          text not null unique
);
create index matches_of_waiting on matches (waiting_user_id, matched_at desc);
create index matches_of_joining on matches (joining_user_id, matched_at desc);

-- Who broke policies before. The columns of the index never change, so that it costs a call that breaks none nothing.
create index calls_breaking_payer on calls (payer_id) where policy_breaks <> '{}';
create index calls_breaking_payee on calls (payee_id) where policy_breaks <> '{}';
