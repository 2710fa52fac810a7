-- By what a webhook in doubt was signed: who releases it has it checked once more. Null for those that nobody doubts.
alter table webhooks add column signed json;

-- What nobody has seen to is forgotten as well, once it is as old as the rest.
drop index webhooks_to_forget;
create index webhooks_to_forget on webhooks (received_at) where outcome in ('applied', 'roomless', 'unmatched', 'doubtful');
