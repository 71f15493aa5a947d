-- source_slots: the share of each slot that a source has read for every term it watches
-- (the least of its terms). platform_slots: the most that any source of a platform has.
-- Most sources saw all of the time: theirs is said at once, only others' is added up.
seen_spans as materialized (
  select w.source_id, w.term_id, unixepoch(c.from_at) as from_s,
    unixepoch(c.to_at) as to_s
  from watched w
  join coverage c on c.source_id = w.source_id and c.term_id = w.term_id
  where c.state in ('complete', 'overlapping')
    and c.to_at > (select strftime('%Y-%m-%dT%H:%M:%SZ', from_s, 'unixepoch') from stepped)
),
unbroken as materialized (
  select source_id, term_id
  from (
    select source_id, term_id, from_s, to_s, lag(to_s) over (
      partition by source_id, term_id order by from_s
    ) as before
    from seen_spans
  )
  group by 1, 2
  having min(from_s) <= (select from_s from stepped)
    and max(to_s) >= (select to_s from stepped) and total(from_s > before) = 0
),
watching as materialized (
  select w.source_id, w.platform, min(
    w.since_s <= t.from_s and w.until_s >= t.to_s
    and (w.source_id, w.term_id) in (select source_id, term_id from unbroken)
  ) as saw_all
  from stepped t
  join watched w on w.since_s < t.to_s and w.until_s > t.from_s
  group by 1, 2
),
seen_slots as materialized (
  select c.source_id, c.term_id, s.start_s,
    sum(min(c.to_s, s.end_s) - max(c.from_s, s.begin_s)) as seen_s
  from seen_spans c
  join slots s on c.from_s < s.end_s and c.to_s > s.begin_s
  where c.source_id in (select source_id from watching where not saw_all)
  group by 1, 2, 3
),
source_slots as (
  select source_id, platform, start_s, 1.0 as covered
  from watching cross join slots
  where saw_all
  union all
  select w.source_id, w.platform, s.start_s,
    min(min(1.0, coalesce(seen_s, 0) * 1.0 / (s.end_s - s.begin_s))) as covered
  from slots s
  join watched w on w.since_s < s.end_s and w.until_s > s.begin_s
    and w.source_id in (select source_id from watching where not saw_all)
  left join seen_slots n
    on n.source_id = w.source_id and n.term_id = w.term_id and n.start_s = s.start_s
  group by 1, 2, 3
),
platforms_watching as materialized (
  select platform, count(*) as sources, min(saw_all) as saw_all from watching group by 1
),
platform_slots as materialized (
  select platform, start_s, 1.0 as covered, sources, 0 as sources_blind
  from platforms_watching cross join slots
  where saw_all
  union all
  select platform, start_s, max(covered) as covered, count(*) as sources,
    sum(covered = 0) as sources_blind
  from source_slots
  where platform in (select platform from platforms_watching where not saw_all)
  group by 1, 2
)
