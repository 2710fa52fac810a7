-- Webhooks that have taken effect are forgotten after a while: what they proved stands in their call's log. Found by their age.
create index webhooks_to_forget on webhooks (received_at) where outcome in ('applied', 'roomless');
