-- title: Languages
-- description: The campaign's posts by language, with how many of each have no score.
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
select
  h.lang, sum(h.posts) as posts,
  sum(iif(h.sentiment = 'unscored', h.posts, 0)) as unscored
from asked
join hourly h on h.campaign_id = asked.campaign_id
  and h.hour >= strftime('%Y-%m-%dT%H:00:00Z', from_s, 'unixepoch') and h.hour < to_at
where :platform = '' or h.platform = :platform
group by h.lang
having sum(h.posts) > 0
order by posts desc, h.lang
limit (select top from topped)
