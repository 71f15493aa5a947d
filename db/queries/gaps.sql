-- title: Gaps
-- description: The spans in which a source was blind or capped for the campaign, newest
--   first, with the reason. A later walk back in time may still fill one.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- column source: the source's slug
-- column platform: its platform
-- column base_url: its address
-- column state: blind or capped
-- column from_at: the gap's start, UTC
-- column to_at: its end, UTC, not included
-- column hours: its length
-- column terms: how many of the campaign's terms it hides
-- column evidence: why
with
-- include: _range
-- include: _campaign
select
  s.slug as source, s.platform, s.base_url, c.state, c.from_at, c.to_at,
  round((unixepoch(c.to_at) - unixepoch(c.from_at)) / 3600.0, 2) as hours,
  count(*) as terms, max(c.evidence) as evidence
from asked
join terms t on t.campaign_id = asked.campaign_id
join coverage c on c.term_id = t.id
join sources s on s.id = c.source_id
where c.state in ('blind', 'capped') and s.state <> 'removed'
  and c.from_at < asked.to_at and c.to_at > asked.from_at
  and (:platform = '' or s.platform = :platform)
group by s.id, c.state, c.from_at, c.to_at
order by c.from_at desc, s.slug
limit 500
