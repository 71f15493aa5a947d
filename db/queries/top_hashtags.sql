-- title: Top hashtags
-- description: The hashtags that most of the campaign's posts carry, counted in whole days
--   (UTC). term is 1 for the hashtags that the campaign itself searches for.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param top: how many rows, 1 to 1000; 20 if left out
-- column tag: the hashtag as it is compared: casefolded, without #
-- column posts: live posts that carry it
-- column platforms: on how many platforms
-- column term: 1 if the campaign searches for it, else 0
with
-- include: _range
-- include: _campaign
-- include: _top
select
  h.tag, sum(d.posts) as posts, count(distinct d.platform) as platforms,
  exists (
    select 1 from terms t where t.campaign_id = asked.campaign_id
      and t.kind = 'hashtag' and t.value = h.tag
  ) as term
from asked
join daily_hashtags d on d.campaign_id = asked.campaign_id
  and d.day >= first_day and d.day < end_day
join hashtags h on h.id = d.hashtag_id
where :platform = '' or d.platform = :platform
group by d.hashtag_id
having sum(d.posts) > 0
order by posts desc, h.tag
limit (select top from topped)
