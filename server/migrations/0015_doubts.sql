-- Absences that one late answer alone tells of, by connection, and when it did: the next answer confirms or refutes them.
alter table provider_calls add column missing json not null default '{}';
