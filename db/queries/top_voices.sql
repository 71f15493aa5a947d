-- title: Top voices
-- description: The accounts with most of the campaign's posts, counted in whole days (UTC).
--   Accounts that asked not to be indexed are counted nowhere in this list, nor are posts
--   whose platform or archive does not say who wrote them. Accounts that are one person's,
--   by that person's own public proof or a bridge's word, are one voice.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param top: how many rows, 1 to 1000; 20 if left out
-- column handle: the account's name on its platform
-- column display_name: the name it shows
-- column platform: where it posts
-- column posts: its live posts in the campaign
-- column followers: when last seen; NULL: unknown
-- column bot: 1 if it calls itself automated; NULL: unknown
-- column url: its profile
-- column author_id: its row in authors
-- column accounts: how many of that person's accounts posted; the first one met is shown
with
-- include: _range
-- include: _campaign
-- include: _top
-- include: _sums
--   table: daily_voices
--   key: author_id
--   lookup: l.draw = (a.key * 2654435761 & 2147483647) and l.author_id = a.key
--   accounts: (select 1 + coalesce(max(n), 0) from (
--     select count(*) as n from authors where voice is not null group by voice))
--   eligible: exists (select 1 from authors x where x.id = l.author_id and x.opt_out is not 1
--     and coalesce(x.handle, x.display_name) is not null)
mirrors as materialized (
  select id, voice, opt_out from authors where voice is not null
),
chosen as materialized (
  select distinct coalesce(x.voice, s.key) as voice
  from (
    select key, posts from sums order by posts desc limit (select 3 * top + 50 from topped)
  ) s
  left join mirrors x on x.id = s.key
),
accounts as materialized (
  select voice, voice as id from chosen
  union all
  select x.voice, x.id from mirrors x where x.voice in (select voice from chosen)
),
voices as materialized (
  select a.voice, sum(l.posts) as posts, count(distinct a.id) as accounts
  from accounts a
  cross join cuts c
  cross join daily_voices l on l.campaign_id = c.campaign_id and l.day = c.day
    and l.draw = (a.id * 2654435761 & 2147483647) and l.author_id = a.id
  where :platform = '' or l.platform = :platform
  group by 1
)
select
  v.handle, v.display_name, v.platform, s.posts, v.followers, v.bot, v.url,
  v.id as author_id, s.accounts
from voices s
join authors v on v.id = s.voice
where s.posts > 0 and v.opt_out is not 1
  and coalesce(v.handle, v.display_name) is not null
  and not exists (select 1 from mirrors x where x.voice = v.id and x.opt_out = 1)
order by s.posts desc, v.handle
limit (select top from topped)
