-- title: What more and what fewer posts carry than before
-- description: The links, hashtags and messages whose number of posts differs most between the
--   asked time and as long a time so many whole hours earlier, the greatest difference first. Hashtags that
--   the campaign itself searches for are left out: nearly all posts carry one. Up to 20,000
--   posts of both times all are counted; beyond that the counts are estimated from spans of
--   time drawn at random, and one_in says which part of the time was looked at.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param platforms: only these platforms, with commas between; all if left out
-- param top: how many rows, 1 to 1000; 20 if left out
-- column kind: link, hashtag or message
-- column what: the address, the hashtag without #, or the message's number as in posts
-- column title: the page's title, or that of the example; NULL: none is known
-- column example: for a message the row in posts of one that says it, one that is no repost
--   if there is one; else NULL
-- column text: that post's beginning, 300 characters; NULL where there is no example
-- column content_warning: what its author put before it; NULL: nothing
-- column posts: live posts of the asked time that carry it
-- column posts_before: live posts of the time before that carry it
-- column one_in: 1: all posts were counted; more: one in so many spans of time was looked at
with
-- include: _range
-- include: _campaign
-- include: _top
-- So many whole hours earlier, as by_platform counts it: both end at the same minute, and
-- what lies between the two times is in neither.
bounds as materialized (
  select *, from_s - shift_s as before_s,
    strftime('%Y-%m-%dT%H:%M:%SZ', to_s - shift_s, 'unixepoch') as before_to_at
  from (
    select campaign_id, from_s, to_s, from_at, top,
      (to_s - from_s + 3599) / 3600 * 3600 as shift_s,
      max(10, 2 * (to_s - from_s) / 20000 + 1) as width
    from asked, topped
  )
),
counted as materialized (
  select 1 + coalesce(sum(h.posts), 0) / 20000 as one_in
  from bounds b
  cross join hourly h on h.campaign_id = b.campaign_id
    and h.hour >= strftime('%Y-%m-%dT%H:00:00Z', b.before_s, 'unixepoch')
    and h.hour < strftime('%Y-%m-%dT%H:%M:%SZ', b.to_s, 'unixepoch')
  where (:platform = '' or h.platform = :platform)
    and (:platforms = '' or instr(',' || :platforms || ',', ',' || h.platform || ','))
),
numbers(n) as (
  select before_s / width from bounds, counted where one_in > 1
  union all
  select n + 1 from numbers, bounds where (n + 1) * width < to_s
),
-- All of it at once, or the spans that are drawn; the multiplier is Knuth's.
looked_at as materialized (
  select before_s as start_s, to_s as end_s from bounds, counted where one_in = 1
  union all
  select max(n * width, before_s), min((n + 1) * width, to_s)
  from numbers, bounds, counted
  where (n * 2654435761 & 4294967295) * one_in < 4294967296
),
-- "in": for "=" SQLite would first put a Bloom filter over the whole index.
looked as materialized (
  select p.id, p.message, p.kind = 'repost' as sent_on,
    m.published_at >= (select from_at from bounds) as later
  from looked_at x
  cross join matches m indexed by matches_newest
    on m.campaign_id in (select campaign_id from bounds) and m.first
    and m.published_at >= strftime('%Y-%m-%dT%H:%M:%SZ', x.start_s, 'unixepoch')
    and m.published_at < strftime('%Y-%m-%dT%H:%M:%SZ', x.end_s, 'unixepoch')
  cross join posts p on p.id = m.post_id
  where (m.published_at >= (select from_at from bounds)
      or m.published_at < (select before_to_at from bounds))
    and p.state in ('live', 'edited') and (:platform = '' or p.platform = :platform)
    and (:platforms = '' or instr(',' || :platforms || ',', ',' || p.platform || ','))
),
sought as materialized (
  select h.id from asked a
  cross join terms t on t.campaign_id = a.campaign_id and t.kind = 'hashtag'
  cross join hashtags h on h.tag = t.value
),
carried as (
  select 'message' as kind, message as key, sum(later) as posts, sum(not later) as before
  from looked
  where message is not null
  group by 2
  union all
  select 'link', l.link_id, sum(later), sum(not later)
  from looked o
  cross join post_links l on l.post_id = o.id
  group by 2
  union all
  select 'hashtag', t.hashtag_id, sum(later), sum(not later)
  from looked o
  cross join post_hashtags t on t.post_id = o.id
  where t.hashtag_id not in (select id from sought)
  group by 2
),
placed as materialized (
  select *, row_number() over (
    order by abs(posts - before) desc, kind = 'hashtag', kind = 'message', key
  ) as place
  from carried
  where posts <> before
),
leading as materialized (
  select *, iif(kind = 'message', (
    select id from looked o where o.message = key order by sent_on, id limit 1
  ), null) as example
  from placed
  where place <= (select top from bounds)
)
select
  l.kind,
  case l.kind when 'link' then u.url when 'hashtag' then h.tag else '' || l.key end as what,
  coalesce(u.title, p.title) as title, l.example, substr(p.text, 1, 300) as text,
  p.content_warning, l.posts * one_in as posts, l.before * one_in as posts_before, one_in
from leading l
cross join counted
left join links u on l.kind = 'link' and u.id = l.key
left join hashtags h on l.kind = 'hashtag' and h.id = l.key
left join posts p on p.id = l.example
order by l.place
