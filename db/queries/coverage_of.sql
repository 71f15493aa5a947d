-- title: What was seen, and what was not
-- description: For each source and term of the campaign, the asked time cut into spans that
--   add up to all of it. complete: everything was read. overlapping: two looks overlap, so
--   nothing fell between them. capped: the platform showed only part. blind: the source
--   could not be read. untracked: nobody looked, or has not looked yet. imported: an archive
--   brought posts of this time; whether all of them, nobody knows.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- column source: the source's slug
-- column platform: its platform
-- column term: what was searched for
-- column from_at: the span's start, UTC
-- column to_at: the span's end, UTC, not included
-- column state: complete, overlapping, capped, blind, untracked or imported
-- column hours: the span's length
-- column evidence: why it is capped or blind
with
-- include: _range
-- include: _campaign
-- include: _every_term
-- include: _watched
clipped as (
  select w.source_id, w.term_id, max(c.from_at, a.from_at) as from_at,
    min(c.to_at, a.to_at) as to_at, c.state, c.evidence
  from asked a
  join watched w
  join coverage c on c.source_id = w.source_id and c.term_id = w.term_id
  where c.from_at < a.to_at and c.to_at > a.from_at
),
-- A hole is what lies between a span's end and the next one's start; the asked time's own
-- ends stand in for the first end and the last start.
edges as (
  select source_id, term_id, from_at, to_at from clipped
  union all
  select source_id, term_id, a.from_at, a.from_at from watched, asked a
  union all
  select source_id, term_id, a.to_at, a.to_at from watched, asked a
),
holes as (
  select source_id, term_id,
    max(to_at) over earlier as from_at, from_at as to_at
  from edges
  window earlier as (
    partition by source_id, term_id order by from_at, to_at
    rows between unbounded preceding and 1 preceding
  )
),
imported as (
  select c.source_id, c.term_id, max(c.from_at, a.from_at) as from_at,
    min(c.to_at, a.to_at) as to_at, c.state, c.evidence
  from asked a
  join sources s on s.platform = 'archive' -- which may hold posts of any platform
  join terms t on t.campaign_id = a.campaign_id
  join coverage c on c.source_id = s.id and c.term_id = t.id
  where c.from_at < a.to_at and c.to_at > a.from_at
),
spans as (
  select * from imported
  union all
  select source_id, term_id, from_at, to_at, state, evidence from clipped
  union all
  select source_id, term_id, from_at, to_at, 'untracked', null
  from holes where from_at < to_at
)
select
  s.slug as source, s.platform, t.display as term, x.from_at, x.to_at, x.state,
  round((unixepoch(x.to_at) - unixepoch(x.from_at)) / 3600.0, 2) as hours, x.evidence
from spans x
join sources s on s.id = x.source_id
join terms t on t.id = x.term_id
order by s.platform, s.slug, t.display, x.from_at
