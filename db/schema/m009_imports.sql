-- Archives that were imported, and how far each has come.

create table imports (
  id integer primary key,
  campaign_id integer not null references campaigns(id),
  fingerprint text not null,         -- of the file: its size, beginning and end
  name text not null, format text not null,
  started_at text not null, finished_at text,
  position integer not null default 0,  -- records done, kept with their posts
  posts integer not null default 0, new integer not null default 0,
  rejected integer not null default 0, skipped integer not null default 0,
  from_at text, to_at text,          -- the oldest and the newest post of it
  unique (campaign_id, fingerprint)
) strict;
