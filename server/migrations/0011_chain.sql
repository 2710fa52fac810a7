-- Calls that are paid on a chain: what was read there, what was sent there, whose wallet is whose, and how each call stands.

-- Up to where the logs of one escrow were read. A server that has read on writes its result under the version it began from,
-- so that of two servers one reads and the other begins anew.
create table chain_cursors (
  chain_id      bigint not null,
  contract      text not null,
  block_number  bigint not null,
  block_hash    text not null,
  version       bigint not null default 0,
  primary key (chain_id, contract)
);

-- The hashes of the last blocks that were read: by them it is seen where a chain parted from what it said before.
create table chain_blocks (
  chain_id      bigint not null,
  contract      text not null,
  block_number  bigint not null,
  block_hash    text not null,
  primary key (chain_id, contract, block_number)
);

-- What the escrow said. A log is never deleted: when the chain takes its block back it is marked, and again when it returns.
create table chain_logs (
  chain_id          bigint not null,
  contract          text not null,
  block_hash        text not null,
  log_index         int not null,
  block_number      bigint not null,
  transaction_hash  text not null,
  name              text not null,
  session_id        text not null,
  arguments         jsonb not null,
  read_at           bigint not null,
  gone_at           bigint,
  primary key (chain_id, contract, block_hash, log_index)
);
create index chain_logs_of_session on chain_logs (session_id);
create index chain_logs_by_block on chain_logs (chain_id, contract, block_number) where gone_at is null;

-- The nonce line: one sender's transactions, each with one nonce, each perhaps in several versions of which one is mined.
create table chain_senders (
  chain_id    bigint not null,
  address     text not null,
  next_nonce  bigint not null,
  primary key (chain_id, address)
);
create table chain_sends (
  -- What is to be achieved, such as the voucher of a call: asked for twice, it is sent once.
  id            text primary key,
  chain_id      bigint not null,
  sender        text not null,
  receiver      text not null,
  data          text not null,
  -- waiting: without a nonce. sent: signed and told to the chain. mined: in a block. done: in a block that counts.
  -- reverted: mined without effect. replaced: somebody else used its nonce. refused: it would have no effect.
  state         text not null default 'waiting' check (state in ('waiting', 'sent', 'mined', 'done', 'reverted', 'replaced', 'refused')),
  nonce         bigint,
  -- Every signed version: { hash, raw, maxFeePerGas, maxPriorityFeePerGas, sentAt }. Written before it is told to anybody.
  versions      jsonb not null default '[]',
  mined_hash    text,
  mined_block   bigint,
  last_error    text,
  created_at    bigint not null,
  next_look_at  bigint not null,
  unique (chain_id, sender, nonce)
);
create index chain_sends_due on chain_sends (next_look_at) where state in ('waiting', 'sent', 'mined');

create table wallet_challenges (
  nonce       text primary key,
  user_id     text not null,
  address     text not null,
  message     text not null,
  expires_at  bigint not null
);
create index wallet_challenges_by_age on wallet_challenges (expires_at);

-- One address belongs to one user for ever; of a user's addresses the one that was linked last is theirs for new calls.
create table linked_wallets (
  address    text primary key,
  user_id    text not null,
  linked_at  bigint not null
);
create index linked_wallets_of_user on linked_wallets (user_id, linked_at desc);

create table escrow_calls (
  call_id            text primary key,
  state              text not null default 'awaiting_deposit'
                       check (state in ('awaiting_deposit', 'funded', 'closing', 'paid', 'closed')),
  next_look_at       bigint not null,
  -- How often a look was begun: by it a server knows whether the row is still the one that it took.
  looks              bigint not null default 0,
  payer_id           text not null,
  payee_id           text not null,
  chain_id           bigint not null,
  contract           text not null,
  -- The agreement: with it the session's id is known before anybody deposits.
  student            text not null,
  tutor              text not null,
  token              text not null,
  language_id        bigint not null,
  request_id         text not null,
  rate_per_minute    numeric,
  max_seconds        bigint,
  session_id         text,
  -- The block from which on there is something to be done.
  waits_for_block    bigint,
  -- The meter's word, final from the moment it is signed.
  voucher_seconds    bigint,
  voucher_signature  text,
  -- What the ledger was told of the chain last (paid: the payment; gone: the deposit is not there), and how often.
  applied            jsonb,
  applications       int not null default 0,
  sends              int not null default 0,
  failures           int not null default 0,
  last_error         text,
  created_at         bigint not null
);
create unique index escrow_calls_by_session on escrow_calls (session_id) where session_id is not null;
create index escrow_calls_by_request on escrow_calls (request_id);
create index escrow_calls_due on escrow_calls (next_look_at) where next_look_at < 9007199254740991;
create index escrow_calls_waiting on escrow_calls (chain_id, contract, waits_for_block) where waits_for_block is not null;

-- A call that was settled has a voucher to be signed, whoever settled it: at once, whatever the instant that it was settled at.
create function close_escrow_call() returns trigger language plpgsql as $$
begin
  update escrow_calls e set state = case when e.state in ('awaiting_deposit', 'funded') then 'closing' else e.state end,
         next_look_at = 0
   where e.call_id = new.id;
  return null;
end $$;
create trigger settled_escrow_calls_are_closed after update of settled_at on calls
  for each row when (new.preset = 'tutoring-onchain' and old.settled_at is null and new.settled_at is not null)
  execute function close_escrow_call();
