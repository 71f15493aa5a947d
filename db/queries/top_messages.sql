-- title: Most repeated messages
-- description: What most of the campaign's posts say alike, with how it came about, counted
--   from the beginning of the first hour; of a time longer than 2,400 hours in the newest of
--   them. These are properties of a text. Many who say the same within minutes can be a
--   campaign, a share button, news or automation; nothing here says which, or who. Beyond
--   10,000 posts the messages are found among those that lead their hour, and those of some
--   hours drawn at random. What is said of a message is said of its newest posts: 1,000 at
--   most, 20,000 for all rows together.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param top: how many rows, 1 to 100; 20 if left out
-- column message: its number, as in posts
-- column example: the row in posts of the first of its posts, one that is no repost if there
--   is one
-- column title: that post's title
-- column text: that post's beginning, 600 characters
-- column content_warning: what its author put before it
-- column lang: its language, BCP 47; und where it could not be told
-- column posts: live posts that say it; beyond examined counted in whole hours
-- column examined: how many of them, the newest, the other columns are of
-- column voices: accounts that said it, a bridge's mirror being one with its account
-- column platforms: on how many platforms
-- column first_at: the first of them, UTC
-- column last_at: the last of them, UTC
-- column busiest_five: the most posts within five minutes
-- column top_three_share: share of the three voices that said it most, 0 to 1; NULL: of no
--   post is known who wrote it
-- column copy_share: share of posts that were typed or pasted anew and not sent on by the
--   platform's own repost, the first one among them, 0 to 1
-- column pairs: pairs of such posts by different voices within the same hour (UTC)
-- column synchrony: share of these pairs that lie within 60 seconds, 0 to 1; NULL: fewer
--   than 10 pairs, too few to tell
-- column synchrony_by_chance: the same if each post had come at any moment of its hour
with
-- include: _range
-- include: _campaign
-- include: _top
bounds as materialized (
  select campaign_id, to_at, to_s, (to_s - 1) / 3600 as last_no,
    max(from_s / 3600, (to_s - 1) / 3600 - 2399) as first_no,
    min(top, 100) as top, min(1000, 20000 / min(top, 100)) as most,
    min(2 * min(top, 100) + 10, min(top, 100) + 36000000 / (to_s - from_s)) as some
  from asked, topped
),
hour_numbers(hour_no) as (
  select first_no from bounds
  union all
  select hour_no + 1 from hour_numbers, bounds where hour_no < last_no
),
-- An hour that goes on is as long as it has been. Of more than 10,000 posts the hours that
-- are added up are drawn; the multiplier is Knuth's.
counted as materialized (
  select 1 + total(d.posts) / 10000 as one_in
  from asked a
  cross join daily d on d.campaign_id = a.campaign_id and d.day >= a.first_day
    and d.day < a.end_day
),
each_hour as materialized (
  select hour_no, min(3600, to_s - hour_no * 3600) as seconds,
    one_in < 2 or (hour_no * 2654435761 & 4294967295) * one_in < 4294967296 as drawn
  from hour_numbers, bounds, counted
),
-- What is said all the time, and what is said much in some hour: about twenty of each, and
-- fewer of a long time, each hour of which they are then looked up in.
added_up as (
  select l.message, sum(l.posts) as posts
  from bounds b
  cross join each_hour e
  cross join hourly_messages l on l.campaign_id = b.campaign_id and l.hour_no = e.hour_no
  where e.drawn and (:platform = '' or l.platform = :platform)
  group by 1
),
cuts as materialized (
  select b.campaign_id, e.hour_no, coalesce((
    select l.posts from hourly_messages l indexed by hourly_messages_leading
    where l.campaign_id = b.campaign_id and l.hour_no = e.hour_no and l.posts > 1
      and (:platform = '' or l.platform = :platform)
    order by l.posts desc limit 1 offset 29
  ), 1) as cut
  from counted
  cross join bounds b
  cross join each_hour e
  where one_in >= 2
),
leading as (
  select l.message, sum(l.posts) as posts
  from cuts c
  cross join hourly_messages l indexed by hourly_messages_leading
    on l.campaign_id = c.campaign_id and l.hour_no = c.hour_no
    and l.posts > 1 and l.posts > c.cut
  where :platform = '' or l.platform = :platform
  group by 1
),
candidates as materialized (
  select message from (
    select message from added_up
    order by posts desc, message limit (select some from bounds)
  )
  union
  select message from (
    select message from leading
    order by posts desc, message limit (select some from bounds)
  )
),
said as materialized (
  select c.message, e.hour_no, e.seconds, sum(l.posts) as posts
  from bounds b
  cross join each_hour e
  cross join candidates c
  cross join hourly_messages l on l.campaign_id = b.campaign_id and l.hour_no = e.hour_no
    and l.message = c.message
  where :platform = '' or l.platform = :platform
  group by 1, 2
),
ranked as materialized (
  select message, sum(posts) as posts from said
  group by 1
  having sum(posts) > 1
  order by 2 desc, 1 limit (select top from bounds)
),
-- Back from the newest hour of each until there are enough, and no more of an hour.
newest as (
  select s.message, s.hour_no, s.seconds,
    sum(s.posts) over (partition by s.message order by s.hour_no desc) - s.posts as newer
  from said s
  where s.message in (select message from ranked)
),
parts as materialized (
  select n.message, n.hour_no, n.seconds, coalesce((
    select p.id from posts p indexed by posts_said
    where unixepoch(p.published_at) / 3600 = n.hour_no and p.message = n.message
    order by p.id desc limit 1 offset (select most from bounds)
  ), 0) as after_id
  from newest n
  where newer < (select most from bounds)
),
found as (
  select q.message, q.hour_no, q.seconds, p.id, p.platform, p.published_at,
    unixepoch(p.published_at) as at_s, p.kind = 'repost' as sent_on,
    iif(a.uri glob '*:author-of:*', null, coalesce(a.voice, a.id)) as voice,
    row_number() over (partition by q.message order by p.published_at desc, p.id desc) as nth
  from parts q
  cross join bounds b
  cross join posts p indexed by posts_said
    on unixepoch(p.published_at) / 3600 = q.hour_no and p.message = q.message
    and p.id > q.after_id
  cross join authors a on a.id = p.author_id
  -- A condition on p alone would have SQLite 3.40 put a Bloom filter before the index on an
  -- expression, and lose rows by it: each here is on q too.
  where iif(q.hour_no, p.state, null) in ('live', 'edited') and p.published_at < b.to_at
    and (:platform = '' or iif(q.hour_no, p.platform, null) = :platform)
    and exists (
      select 1 from matches m where m.campaign_id = b.campaign_id and m.post_id = p.id
    )
),
looked as materialized (
  select * from found where nth <= (select most from bounds)
),
by_voice as (
  select message, count(*) as posts,
    row_number() over (partition by message order by count(*) desc) as place
  from looked
  where voice is not null
  group by message, voice
),
voiced as materialized (
  select message, count(*) as voices, sum(iif(place <= 3, posts, 0)) as by_three
  from by_voice
  group by 1
),
-- How many posts begin five minutes with each; for each post typed anew, how many others
-- by other voices its hour has, and how many of them within 60 seconds.
fives as (
  select *, count(*) over (
    partition by message order by at_s range between current row and 299 following
  ) as five
  from looked
),
paired as (
  select message,
    iif(seconds <= 60, 1.0, (120.0 * seconds - 3600) / seconds / seconds) as chance,
    count(*) over (partition by message, hour_no)
      - count(*) over (partition by message, hour_no, voice) as others,
    count(*) over (
      partition by message, hour_no order by at_s range between 60 preceding and 60 following
    ) - count(*) over (
      partition by message, hour_no, voice order by at_s
      range between 60 preceding and 60 following
    ) as close
  from looked
  where not sent_on and voice is not null
),
synchronous as materialized (
  select message, sum(others) / 2 as pairs, sum(close) * 1.0 / sum(others) as synchrony,
    sum(others * chance) / sum(others) as by_chance
  from paired
  group by 1
),
told as materialized (
  select message, count(*) as examined, count(distinct platform) as platforms,
    min(published_at) as first_at, max(published_at) as last_at, max(five) as busiest_five,
    avg(not sent_on) as copy_share
  from fives
  group by 1
),
firsts as materialized (
  select message, id, min(sent_on * 10000000000 + at_s) from looked group by 1
)
select
  r.message, f.id as example, x.title, substr(x.text, 1, 600) as text, x.content_warning,
  x.lang, iif(r.posts > (select most from bounds), r.posts, t.examined) as posts,
  t.examined, coalesce(v.voices, 0) as voices, t.platforms, t.first_at, t.last_at,
  t.busiest_five, round(v.by_three * 1.0 / t.examined, 3) as top_three_share,
  round(t.copy_share, 3) as copy_share, coalesce(s.pairs, 0) as pairs,
  iif(s.pairs >= 10, round(s.synchrony, 3), null) as synchrony,
  iif(s.pairs >= 10, round(s.by_chance, 3), null) as synchrony_by_chance
from ranked r
join told t using (message)
join firsts f using (message)
join posts x on x.id = f.id
left join voiced v using (message)
left join synchronous s using (message)
where t.examined > 1
order by posts desc, r.message
