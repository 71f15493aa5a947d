-- What is watched, where, and what was seen of it.

create table meta (key text primary key, value text not null) strict;

create table campaigns (
  id integer primary key, slug text not null unique, title text not null,
  description text, starts_at text, ends_at text, removed_at text
) strict;

create table terms (
  id integer primary key, campaign_id integer not null references campaigns(id),
  kind text not null check (kind in ('hashtag', 'phrase', 'account', 'domain', 'feed')),
  value text not null,               -- as it is compared: casefolded NFKC, no "#"
  display text not null,             -- as staff wrote it
  added_at text not null, removed_at text, reason text,
  unique (campaign_id, kind, value)
) strict;

create table sources (
  id integer primary key, slug text not null unique, platform text not null,
  base_url text not null,
  state text not null default 'new' check (state in
    ('new', 'ok', 'limited', 'failing', 'parked', 'removed')),
  next_due_at text, last_ok_at text, last_error text,
  facts text not null default '{}',  -- what the last probe learnt, JSON
  probed_at text, settings_hash text not null default ''
) strict;

create table walks (                 -- one row a job: when it is due, where it resumes
  source_id integer not null references sources(id),
  term_id integer not null default 0,  -- 0: one walk serves all terms
  walk text not null check (walk in ('forward', 'back', 'settle', 'recheck')),
  next_due_at text not null, interval_s integer not null,
  failures integer not null default 0, checkpoint text, checkpoint_at text,
  primary key (source_id, term_id, walk)
) strict, without rowid;

create table runs (
  id integer primary key, source_id integer not null references sources(id),
  term_id integer not null default 0, walk text not null,
  started_at text not null, finished_at text,
  outcome text check (outcome in ('complete', 'capped', 'broken')),
  requests integer not null default 0, seen integer not null default 0,
  new integer not null default 0, rejected integer not null default 0,
  skipped text, error text
) strict;
create index runs_newest on runs (source_id, started_at);
create index runs_started on runs (started_at);

create table rejected (              -- items that could not be read, with their reason
  id integer primary key, run_id integer not null references runs(id),
  item text not null, reason text not null
) strict;
create index rejected_run on rejected (run_id);

create table coverage (
  source_id integer not null references sources(id),
  term_id integer not null references terms(id),
  from_at text not null, to_at text not null check (to_at > from_at),
  state text not null check (state in ('complete', 'overlapping', 'capped', 'blind')),
  run_id integer references runs(id), evidence text,
  primary key (source_id, term_id, from_at)
) strict, without rowid;
create index coverage_run on coverage (run_id);
