-- What is to be sent of an alert, where, and how far it has come. A row is marked before
-- anything is sent: whatever happens after that, it is not sent a second time.

create table deliveries (
  alert_id integer not null references alerts(id), channel text not null,
  event text not null check (event in ('raised', 'over')),
  state text not null check (state in ('waiting', 'sending', 'sent', 'failed', 'unsure')),
  attempts integer not null default 0, due_at text not null, sent_at text, error text,
  primary key (alert_id, channel, event)
) strict, without rowid;
create index deliveries_waiting on deliveries (due_at) where state = 'waiting';
