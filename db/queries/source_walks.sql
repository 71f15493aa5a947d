-- title: When each source is read
-- description: The walks of each source: forward (new posts), back (history), settle (the
--   recent past again, for late arrivals), recheck (known posts again).
-- param source: only this source's slug; all if left out
-- column source: the source's slug
-- column walk: forward, back, settle or recheck
-- column jobs: how many there are (one per term where a platform is read term by term)
-- column next_due_at: when the first of them is due, UTC
-- column interval_s: seconds between two, the shortest of them
-- column failures: failed ones in a row, the most of them
select
  s.slug as source, w.walk, count(*) as jobs, min(w.next_due_at) as next_due_at,
  min(w.interval_s) as interval_s, max(w.failures) as failures
from walks w
join sources s on s.id = w.source_id
where s.state <> 'removed' and (:source = '' or s.slug = :source)
group by s.id, w.walk
order by s.slug, instr('forward settle back recheck', w.walk)
limit 1000
