-- title: Sources and their health
-- description: Each source's state, when it was last read without an error, and when it is
--   due again. new: not tried yet. limited: works, with a limit. failing: will be tried
--   again. parked: stopped until its settings change.
-- param platform: only this platform; all if left out
-- column source: the source's slug
-- column platform: its platform
-- column base_url: its address
-- column state: new, ok, limited, failing or parked
-- column last_ok_at: the last walk without an error, UTC
-- column next_due_at: the next walk, UTC; NULL: none is planned
-- column last_error: the last error; NULL: none since the last success
-- column failures: failed walks in a row
-- column campaigns: slugs of the campaigns that it is read for
select
  s.slug as source, s.platform, s.base_url, s.state, s.last_ok_at,
  coalesce((select min(w.next_due_at) from walks w where w.source_id = s.id),
    s.next_due_at) as next_due_at,
  s.last_error,
  coalesce((select max(w.failures) from walks w where w.source_id = s.id), 0)
    as failures,
  (
    select group_concat(slug, ' ') from (
      select distinct c.slug from coverage v
      join terms t on t.id = v.term_id
      join campaigns c on c.id = t.campaign_id
      where v.source_id = s.id
      order by c.slug
    )
  ) as campaigns
from sources s
where s.state <> 'removed' and s.platform <> 'archive' and (:platform = '' or s.platform = :platform)
order by s.platform, s.slug
limit 1000
