-- title: Languages
-- description: The campaign's posts by language, with how many of each have no score.
--   Counted in whole hours up to seven days, else in whole days (UTC).
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param top: how many rows, 1 to 1000; 20 if left out
-- column lang: BCP 47; und where it could not be told
-- column posts: live posts
-- column unscored: those of them without a sentiment score
with
-- include: _range
-- include: _campaign
-- include: _top
counted as (
  select h.lang, h.sentiment, h.posts
  from asked a
  cross join hourly h on h.campaign_id = a.campaign_id
    and h.hour >= strftime('%Y-%m-%dT%H:00:00Z', a.from_s, 'unixepoch')
    and h.hour < a.to_at
  where a.to_s - a.from_s <= 7 * 86400 + 3600
    and (:platform = '' or h.platform = :platform)
  union all
  select d.lang, d.sentiment, d.posts
  from asked a
  cross join daily d on d.campaign_id = a.campaign_id
    and d.day >= a.first_day and d.day < a.end_day
  where a.to_s - a.from_s > 7 * 86400 + 3600
    and (:platform = '' or d.platform = :platform)
)
select
  lang, sum(posts) as posts,
  sum(iif(sentiment = 'unscored', posts, 0)) as unscored
from counted
group by lang
having sum(posts) > 0
order by sum(posts) desc, lang
limit (select top from topped)
