-- title: What each source has seen
-- description: The asked time of each source, in runs of hours that are alike: seen (all of
--   it, for every term), partly, blind (none of it).
-- param source: only this source's slug; all if left out
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param bucket: hour or day; by the hour up to 7 days, else by the day, if left out
-- column source: the source's slug
-- column state: seen, partly or blind
-- column from_at: the run's start, UTC
-- column to_at: the run's end, UTC, not included
-- column hours: its length
-- column covered: the share of it that was seen, 0 to 1
with
-- include: _range
-- include: _slots
--   hourly: 7 * 86400 + 3600
watched as materialized (
  select distinct s.id as source_id, s.platform, c.term_id, 0 as since_s,
    coalesce(unixepoch(t.removed_at), 1 << 40) as until_s
  from sources s
  join coverage c on c.source_id = s.id
  join terms t on t.id = c.term_id
  where s.state <> 'removed' and s.platform <> 'archive' and (:source = '' or s.slug = :source)
),
-- include: _covered
stated as (
  select o.source_id, s.start_s, s.begin_s, s.end_s, o.covered,
    case when o.covered >= 0.999 then 'seen' when o.covered > 0 then 'partly'
      else 'blind' end as state
  from source_slots o
  join slots s using (start_s)
),
-- Neighbours in the same state have the same difference of two row numbers.
runs_of as (
  select *,
    row_number() over (partition by source_id order by start_s)
      - row_number() over (partition by source_id, state order by start_s) as run
  from stated
)
select
  s.slug as source, r.state,
  strftime('%Y-%m-%dT%H:%M:%SZ', min(r.begin_s), 'unixepoch') as from_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', max(r.end_s), 'unixepoch') as to_at,
  round(sum(r.end_s - r.begin_s) / 3600.0, 2) as hours,
  round(sum(r.covered * (r.end_s - r.begin_s)) / sum(r.end_s - r.begin_s), 3)
    as covered
from runs_of r
join sources s on s.id = r.source_id
group by r.source_id, r.state, r.run
order by s.slug, from_at
