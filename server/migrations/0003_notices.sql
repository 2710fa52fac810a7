-- The outbox: what is to be told, written in the transaction that made it true. Servers read it by transaction id, never by
-- row id alone: row ids are given before the commit, so a reader that only remembers the last id would miss slow writers.
create table notices (
  id          bigint generated always as identity,
  txid        xid8 not null default pg_current_xact_id(),
  call_id     text,
  audience    text[] not null,
  type        text not null,
  data        json not null,
  written_at  bigint not null,
  primary key (txid, id)
);
