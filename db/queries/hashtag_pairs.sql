-- title: Hashtags that stand together
-- description: The hashtags that most of the newest 20,000 posts of the time carry, and how
--   many of those posts carry two of them at once. A row for each pair that some post
--   carries, the more frequent one of the two first, and one for each hashtag with itself:
--   the posts that carry it at all.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param top: how many hashtags, 1 to 50; 20 if left out
-- column tag: the hashtag as it is compared: casefolded, without #
-- column other: the other one, or the same one again
-- column posts: live posts that carry both
-- column examined: posts that were looked at, the newest of the time
-- column looked_to: how far back in time posts were looked at, UTC; NULL: to the beginning
--   of the asked time
with
-- include: _range
-- include: _campaign
-- include: _top
-- asked is read by subqueries, not joined, so that the index gives the order.
looked as materialized (
  select m.post_id, m.published_at
  from matches m indexed by matches_newest
  where m.campaign_id = (select campaign_id from asked) and m.first
    and m.published_at >= (select from_at from asked)
    and m.published_at < (select to_at from asked)
  order by m.published_at desc, m.post_id desc
  limit 20000
),
live as materialized (
  select p.id
  from looked l
  cross join posts p on p.id = l.post_id
  where p.state in ('live', 'edited') and (:platform = '' or p.platform = :platform)
),
counted as materialized (
  select x.hashtag_id, count(*) as posts
  from live l
  cross join post_hashtags x on x.post_id = l.id
  group by 1
),
leading as materialized (
  select h.id, h.tag, row_number() over (order by c.posts desc, h.tag) as place
  from counted c
  cross join hashtags h on h.id = c.hashtag_id
  order by place
  limit (select min(top, 50) from topped)
),
-- What a post carries of them, a bit each (50 at most fit a number): posts that carry the
-- same are one row.
carried as materialized (
  select bits, count(*) as posts
  from (
    select sum(1 << a.place) as bits
    from live l
    cross join post_hashtags x on x.post_id = l.id
    cross join leading a on a.id = x.hashtag_id
    group by x.post_id
  )
  group by bits
),
pairs as materialized (
  select a.place as first, b.place as second, sum(c.posts) as posts
  from carried c
  cross join leading a on c.bits >> a.place & 1
  cross join leading b on b.place >= a.place and c.bits >> b.place & 1
  group by 1, 2
)
select a.tag, b.tag as other, t.posts,
  (select count(*) from live) as examined,
  iif((select count(*) from looked) >= 20000,
    (select min(published_at) from looked), null) as looked_to
from pairs t
join leading a on a.place = t.first
join leading b on b.place = t.second
order by t.first, t.second
