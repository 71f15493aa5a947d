-- title: What is new
-- description: How many live posts and alerts came to the campaign since a moment, at most
--   10,000 posts: whoever was away for long reads more than that nowhere. By when posts were
--   published; one that is collected late is missing.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- column posts: live posts, at most 10,000
-- column alerts: alerts raised
with
-- include: _range
-- include: _campaign
newest as materialized (
  select m.post_id
  from matches m indexed by matches_newest
  where m.campaign_id = (select campaign_id from asked) and m.first
    and m.published_at >= (select from_at from asked)
    and m.published_at < (select to_at from asked)
  order by m.published_at desc
  limit 10000
)
select
  (select count(*) from newest n cross join posts p on p.id = n.post_id
    where p.state in ('live', 'edited')) as posts,
  (select count(*) from alerts a where a.campaign_id = asked.campaign_id
    and a.raised_at >= asked.from_at and a.raised_at < asked.to_at) as alerts
from asked
