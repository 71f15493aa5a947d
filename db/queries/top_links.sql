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
-- include: _sums
--   table: daily_links
--   key: link_id
--   lookup: l.link_id = a.key
--   accounts: 1
--   eligible: true
select l.url, l.domain, l.title, s.posts, s.platforms
from sums s
join links l on l.id = s.key
order by s.posts desc, l.url
limit (select top from topped)
