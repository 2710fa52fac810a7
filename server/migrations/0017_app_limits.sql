-- The time limit that an app gave its own call at the provider, in seconds, as it was before we said anything; 0 when it gave none,
-- null while nobody has asked. Ours is never above it.
alter table provider_calls add column app_limit bigint;
-- Where a limit was set already, what was there before is not known any more.
update provider_calls set app_limit = 0 where limit_until is not null;
