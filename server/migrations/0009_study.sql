-- In whose days a person's study time is counted: the time zone that they chose.
create table study_settings (
  user_id    text primary key,
  -- An IANA name, such as Europe/Madrid.
  time_zone  text not null
);
