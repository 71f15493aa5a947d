-- Coverage that an archive brought: posts are there, whether all of them nobody knows.

create table coverage_new (
  source_id integer not null references sources(id),
  term_id integer not null references terms(id),
  from_at text not null, to_at text not null check (to_at > from_at),
  state text not null check (state in
    ('complete', 'overlapping', 'imported', 'capped', 'blind')),
  run_id integer references runs(id), evidence text,
  primary key (source_id, term_id, from_at)
) strict, without rowid;
insert into coverage_new select source_id, term_id, from_at, to_at, state, run_id, evidence
  from coverage;
drop table coverage;
alter table coverage_new rename to coverage;
create index coverage_run on coverage (run_id);
