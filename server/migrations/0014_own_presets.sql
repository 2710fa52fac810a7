-- Calls on a chain may have a preset of the operator's own: whatever settles such a call, its voucher is to be signed.
-- The presets that ship for coins are passed over, so that the calls of most servers ask nothing.
drop trigger settled_escrow_calls_are_closed on calls;
create trigger settled_escrow_calls_are_closed after update of settled_at on calls
  for each row when (new.preset not in ('creator-call', 'coin-minutes', 'match', 'study-room')
                     and old.settled_at is null and new.settled_at is not null)
  execute function close_escrow_call();
