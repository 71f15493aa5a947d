-- X's recent search reaches back seven days. A walk that asked for more called all of it
-- seen: what lies further back than seven days before such a walk was not searched.

create temp table beyond as
select c.source_id, c.term_id, c.from_at, c.to_at, c.run_id,
  strftime('%Y-%m-%dT%H:%M:%SZ', r.started_at, '-7 days') as edge
from coverage c
join sources s on s.id = c.source_id and s.platform = 'x'
join runs r on r.id = c.run_id and r.walk = 'back'
where c.state in ('complete', 'overlapping')
  and c.from_at < strftime('%Y-%m-%dT%H:%M:%SZ', r.started_at, '-7 days');
insert into coverage (source_id, term_id, from_at, to_at, state, run_id)
  select source_id, term_id, edge, to_at, 'overlapping', run_id from beyond
  where to_at > edge;
update coverage set to_at = min(coverage.to_at, b.edge), state = 'capped',
  evidence = 'X''s recent search reaches back seven days'
from beyond b
where coverage.source_id = b.source_id and coverage.term_id = b.term_id
  and coverage.from_at = b.from_at;
drop table beyond;
