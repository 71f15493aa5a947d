-- What staff write: diary, labels, triage; and what the monitor raised.

create table events (
  id integer primary key, campaign_id integer not null references campaigns(id),
  at text not null, title text not null, note text, created_by text, created_at text
) strict;
create table alerts (
  id integer primary key, campaign_id integer not null references campaigns(id),
  rule text not null, raised_at text not null, resolved_at text,
  summary text not null, evidence text
) strict;
create table labels (
  post_id integer not null references posts(id), labelled_by text not null,
  label text not null check (label in ('negative', 'neutral', 'positive', 'unclear')),
  at text not null, primary key (post_id, labelled_by)
) strict, without rowid;
create table notes (
  id integer primary key, post_id integer not null references posts(id),
  status text, assignee text, note text, written_by text, at text not null
) strict;
