-- Deposits on the escrow by who made them: a student is shown those that belong to no call of theirs.
create index chain_deposits_of_student on chain_logs ((arguments ->> 'student'))
  where name = 'SessionStarted' and gone_at is null;
