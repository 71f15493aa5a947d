-- source_slots: the share of each slot that a source has read for every term it watches
-- (the least of its terms). platform_slots: the most that any source of a platform has.
seen_spans as materialized (
  select w.source_id, w.term_id, unixepoch(c.from_at) as from_s,
    unixepoch(c.to_at) as to_s
  from watched w
  join coverage c on c.source_id = w.source_id and c.term_id = w.term_id
  where c.state in ('complete', 'overlapping')
    and c.to_at > (select bucket from slots limit 1)
),
seen_slots as materialized (
  select c.source_id, c.term_id, s.start_s,
    sum(min(c.to_s, s.end_s) - max(c.from_s, s.begin_s)) as seen_s
  from seen_spans c
  join slots s on c.from_s < s.end_s and c.to_s > s.begin_s
  group by 1, 2, 3
),
source_slots as materialized (
  select w.source_id, w.platform, s.start_s,
    min(min(1.0, coalesce(seen_s, 0) * 1.0 / (s.end_s - s.begin_s))) as covered
  from slots s
  join watched w on w.since_s < s.end_s and w.until_s > s.begin_s
  left join seen_slots n
    on n.source_id = w.source_id and n.term_id = w.term_id and n.start_s = s.start_s
  group by 1, 2, 3
),
platform_slots as materialized (
  select platform, start_s, max(covered) as covered, count(*) as sources,
    sum(covered = 0) as sources_blind
  from source_slots
  group by 1, 2
)
