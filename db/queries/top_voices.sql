-- title: Top voices
-- description: The accounts with most of the campaign's posts, counted in whole days (UTC).
--   Accounts that asked not to be indexed are counted nowhere in this list, nor are posts
--   whose platform or archive does not say who wrote them. An account and its mirrors by
--   a bridge are one voice.
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
-- column accounts: the account and its bridges' mirrors, as far as they posted
with
-- include: _range
-- include: _campaign
-- include: _top
select
  v.handle, v.display_name, v.platform, sum(d.posts) as posts, v.followers, v.bot,
  v.url, v.id as author_id, count(distinct a.id) as accounts
from asked
join daily_voices d on d.campaign_id = asked.campaign_id
  and d.day >= first_day and d.day < end_day
join authors a on a.id = d.author_id
join authors v on v.id = coalesce(a.voice, a.id)
where (:platform = '' or d.platform = :platform) and v.opt_out is not 1
  and coalesce(v.handle, v.display_name) is not null
group by v.id
having sum(d.posts) > 0 and max(coalesce(a.opt_out, 0)) = 0
order by posts desc, v.handle
limit (select top from topped)
