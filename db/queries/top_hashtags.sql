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
-- include: _sums
--   table: daily_hashtags
--   key: hashtag_id
--   lookup: l.hashtag_id = a.key
--   accounts: 1
--   eligible: true
select
  h.tag, s.posts, s.platforms,
  exists (
    select 1 from terms t, asked where t.campaign_id = asked.campaign_id
      and t.kind = 'hashtag' and t.value = h.tag
  ) as term
from sums s
join hashtags h on h.id = s.key
order by s.posts desc, h.tag
limit (select top from topped)
