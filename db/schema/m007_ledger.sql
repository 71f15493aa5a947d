-- What metered platforms have cost: quota units, money, allowed words.

create table ledger (
  id integer primary key, platform text not null, meter text not null,
  item text,                         -- paid for once in a period; null: each time
  at text not null,
  amount integer not null            -- in the meter's whole units; 0 once it proved free
) strict;
create index ledger_spent on ledger (platform, meter, at);
