-- title: Top links
-- description: The addresses that most of the campaign's posts link to, counted in whole
--   days (UTC). What only says how a reader came there (utm_… and its like) is left off.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param top: how many rows, 1 to 1000; 20 if left out
-- column url: the address
-- column domain: its host
-- column title: the page's title where a post's preview card named one; else NULL
-- column posts: live posts that link to it
-- column platforms: on how many platforms
with
-- include: _range
-- include: _campaign
-- include: _top
select
  l.url, l.domain, l.title, sum(d.posts) as posts,
  count(distinct d.platform) as platforms
from asked
join daily_links d on d.campaign_id = asked.campaign_id
  and d.day >= first_day and d.day < end_day
join links l on l.id = d.link_id
where :platform = '' or d.platform = :platform
group by d.link_id
having sum(d.posts) > 0
order by posts desc, l.url
limit (select top from topped)
