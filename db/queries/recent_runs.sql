-- title: Recent walks
-- description: The newest passes of the sources over their terms, with what came of each.
-- param source: only this source's slug; all if left out
-- param top: how many rows, 1 to 1000; 20 if left out
-- column source: the source's slug
-- column walk: forward, back, settle or recheck
-- column started_at: UTC
-- column finished_at: UTC; NULL: still going, or cut off
-- column outcome: complete, capped or broken
-- column requests: requests made
-- column seen: posts that matched
-- column new: those of them that were not known yet
-- column rejected: items that could not be read
-- column error: what went wrong
with
-- include: _top
select
  s.slug as source, r.walk, r.started_at, r.finished_at, r.outcome, r.requests, r.seen,
  r.new, r.rejected, r.error
from runs r
join sources s on s.id = r.source_id
where :source = '' or s.slug = :source
order by r.id desc
limit (select top from topped)
