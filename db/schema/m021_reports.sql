-- Which reports were made, each once for its time, and to whom they are to go. A row of a
-- delivery is marked before anything is sent: whatever happens after that, it is not sent a
-- second time. skipped: it was due before the report was first configured.

create table reports (
  id integer primary key, name text not null, period_from text not null,
  period_to text not null, made_at text not null,
  state text not null check (state in ('made', 'failed', 'skipped')), error text,
  unique (name, period_from)
) strict;
create table report_deliveries (
  report_id integer not null references reports(id), channel text not null,
  state text not null check (state in ('waiting', 'sending', 'sent', 'failed', 'unsure')),
  attempts integer not null default 0, due_at text not null, sent_at text, error text,
  primary key (report_id, channel)
) strict, without rowid;
create index report_deliveries_waiting on report_deliveries (due_at)
  where state = 'waiting';
