-- title: How much comes from few, and how much is repeated
-- description: For each day, or hour, of the asked time the share of posts that its three
--   busiest voices wrote, and the share that says what was said before. These are properties
--   of a day or an hour, of nobody in it. Both are counted whole, and covered is of all of
--   it, up to now: days (UTC) from counts kept with the posts; of more than 20,000 posts in all, voices and repeated_share are estimated from
--   a random part of them. Hours are given for up to 48 hours, and beside posts come from the
--   newest 20,000 posts.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param bucket: hour or day; by the hour up to 48 hours, else by the day, if left out
-- column bucket: the day's or hour's start, UTC
-- column posts: live posts; NULL: nothing was seen
-- column voices: accounts that wrote them, a bridge's mirror being one with its account;
--   NULL: nothing was seen, or the hour has too many posts to be read
-- column voices_error: it may be as many more or fewer (95 %); 0: counted exactly
-- column top_three_share: share of posts by the three busiest voices, 0 to 1; NULL as for
--   voices, and where there is no post
-- column repeated_share: share of posts that say what an earlier one of the bucket says, in
--   the same words with the same links, reposts among them: 1 - messages / posts; NULL as for
--   top_three_share
-- column repeated_error: it may be as much more or less (95 %); 0: counted exactly
-- column covered: share of the bucket that was seen, 0 to 1, the mean over the platforms that
--   are watched; NULL: none is
with
-- include: _range
-- include: _campaign
-- include: _slots
--   hourly: 48 * 3600
-- include: _every_term
-- include: _watched
-- include: _covered
-- include: _kept
--   keys:
--   values: sum(k.posts) as posts
--   narrowed:
overlong(sentence) as materialized (
  select 'bucket: hours are given for up to 48 hours; ask for bucket=day or a shorter time'
    from stepped, ranged r where step = 3600 and r.to_s - r.from_s > 48 * 3600
),
-- Hours: their posts, as far as they are read. By the day the span is NULL, which no post
-- lies in. It is read by subqueries, not joined, so that the index gives the order.
span as materialized (
  select min(s.bucket) as from_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', max(s.next_s), 'unixepoch') as to_at
  from slots s, stepped
  where step = 3600
),
newest as materialized (
  select m.post_id, substr(m.published_at, 1, 13) || ':00:00Z' as bucket
  from matches m indexed by matches_newest
  where m.campaign_id = (select campaign_id from asked) and m.first
    and m.published_at >= (select from_at from span)
    and m.published_at < (select to_at from span)
  order by m.published_at desc
  limit 20000
),
-- The hour in which reading stopped was not read to its beginning.
read as materialized (
  select iif(count(*) < 20000, '', min(bucket)) as stopped from newest
),
in_hours as materialized (
  select n.bucket, p.message,
    iif(a.uri glob '*:author-of:*', null, coalesce(a.voice, a.id)) as voice
  from read r
  cross join newest n
  cross join posts p on p.id = n.post_id
  cross join authors a on a.id = p.author_id
  where n.bucket > r.stopped and p.state in ('live', 'edited')
    and (:platform = '' or p.platform = :platform)
),
hour_voices as (
  select bucket, count(*) as posts,
    row_number() over (partition by bucket order by count(*) desc) as place
  from in_hours
  where voice is not null
  group by bucket, voice
),
hour_led as (
  select bucket, count(*) as voices, sum(iif(place <= 3, posts, 0)) as by_three
  from hour_voices
  group by 1
),
hour_said as (
  select bucket, count(*) - count(distinct message) as again from in_hours group by 1
),
by_hour as (
  select s.start_s, coalesce(v.voices, 0) as voices, 0 as voices_error, v.by_three,
    coalesce(m.again, 0) as again, 0.0 as again_error
  from read r
  cross join stepped
  cross join slots s
  left join hour_led v on v.bucket = s.bucket
  left join hour_said m on m.bucket = s.bucket
  where step = 3600 and s.bucket > r.stopped
),
-- Days: who wrote most, from each day's leaders. Where fewer than three have more than the
-- cut, the others of the three have the cut: one post, or what the sixtieth account has.
days as materialized (
  select s.start_s, substr(s.bucket, 1, 10) as day from slots s, stepped where step = 86400
),
mirrors as materialized (
  select id, voice from authors where voice is not null
),
cuts as materialized (
  select a.campaign_id, d.start_s, d.day, coalesce((
    select l.posts from daily_voices l indexed by daily_voices_leading
    where l.campaign_id = a.campaign_id and l.day = d.day and l.posts > 1
      and (:platform = '' or l.platform = :platform)
    order by l.posts desc limit 1 offset 59
  ), 1) as cut
  from days d
  cross join asked a
),
leaders as materialized (
  select distinct c.campaign_id, c.start_s, c.day, coalesce(x.voice, l.author_id) as voice
  from cuts c
  cross join daily_voices l indexed by daily_voices_leading
    on l.campaign_id = c.campaign_id and l.day = c.day and l.posts > 1 and l.posts > c.cut
  left join mirrors x on x.id = l.author_id
  where :platform = '' or l.platform = :platform
),
accounts as (
  select campaign_id, start_s, day, voice, voice as id from leaders
  union all
  select l.campaign_id, l.start_s, l.day, l.voice, x.id
  from leaders l
  join mirrors x on x.voice = l.voice
),
led as (
  select a.start_s, sum(v.posts) as posts,
    row_number() over (partition by a.start_s order by sum(v.posts) desc) as place
  from accounts a
  cross join daily_voices v on v.campaign_id = a.campaign_id and v.day = a.day
    and v.draw = (a.id * 2654435761 & 2147483647) and v.author_id = a.id
  where :platform = '' or v.platform = :platform
  group by a.start_s, a.voice
),
day_led as (
  select start_s, count(*) as leading, sum(posts) as posts
  from led
  where place <= 3
  group by 1
),
-- The part that is looked at. Messages have numbers below 2^53, accounts draws below 2^31.
part as materialized (
  select iif(total(posts) > 20000, 10000.0 / total(posts), 1.0) as share from kept
),
candidates as (
  select d.start_s, v.author_id, v.author_id as voice
  from part
  cross join asked a
  cross join days d
  cross join daily_voices v on v.campaign_id = a.campaign_id and v.day = d.day
    and v.draw < share * 2147483648
  where v.author_id not in (select id from mirrors)
    and (:platform = '' or v.platform = :platform)
  union all
  select d.start_s, v.author_id, x.voice
  from part
  cross join mirrors x
  cross join asked a
  cross join days d
  cross join daily_voices v on v.campaign_id = a.campaign_id and v.day = d.day
    and v.draw = (x.id * 2654435761 & 2147483647) and v.author_id = x.id
  where (x.voice * 2654435761 & 2147483647) < share * 2147483648
    and (:platform = '' or v.platform = :platform)
),
day_voices as (
  select start_s, count(distinct voice) as drawn
  from candidates c
  where not exists (
    select 1 from authors a indexed by authors_unnamed
    where a.id = c.author_id and a.uri glob '*:author-of:*'
  )
  group by 1
),
-- What repeats a post of the same hour and platform is counted; what repeats one of another
-- is estimated from some of the messages: all rows of a message but one.
doubled as (
  select d.start_s, sum(l.posts - 1) as again
  from asked a
  cross join days d
  cross join hourly_messages l indexed by hourly_messages_leading
    on l.campaign_id = a.campaign_id and l.hour_no >= d.start_s / 3600
    and l.hour_no < d.start_s / 3600 + 24
    and l.posts > 1
  where :platform = '' or l.platform = :platform
  group by 1
),
hour_numbers(hour_no) as (
  select 0 union all select hour_no + 1 from hour_numbers where hour_no < 23
),
day_hours as materialized (
  select start_s, start_s / 3600 + hour_no as hour_no
  from days, hour_numbers
),
drawn_messages as (
  select e.start_s, count(*) - 1 as again
  from part
  cross join asked a
  cross join day_hours e
  cross join hourly_messages m on m.campaign_id = a.campaign_id and m.hour_no = e.hour_no
    and m.message < share * 9007199254740992
  where :platform = '' or m.platform = :platform
  group by e.start_s, m.message
),
day_said as (
  select start_s, sum(again) as again, sum(again * again) as squares,
    max(1.0, avg(iif(again > 0, again * again, null))) as usual
  from drawn_messages
  group by 1
),
by_day as (
  select d.start_s,
    cast(round(coalesce(drawn, 0) / share) as integer) as voices,
    cast(round(1.96 * sqrt(coalesce(drawn, 0) * (1 - share)) / share) as integer)
      as voices_error,
    coalesce(l.posts, 0)
      + c.cut * max(0, min(3, coalesce(drawn, 0)) - coalesce(l.leading, 0)) as by_three,
    coalesce(x.again, 0) + coalesce(m.again, 0) / share as again,
    -- And four more of the usual size: that is as far as so few, or none, may mislead.
    1.96 * sqrt((coalesce(m.squares, 0) + 4 * coalesce(m.usual, 1)) * (1 - share)) / share
      as again_error
  from days d
  cross join part
  join cuts c using (start_s)
  left join day_led l using (start_s)
  left join day_voices v using (start_s)
  left join doubled x using (start_s)
  left join day_said m using (start_s)
),
counted as materialized (
  select * from by_hour union all select * from by_day
),
seen as materialized (
  select start_s, avg(covered) as covered from platform_slots group by 1
),
told as (
  select s.bucket, coalesce(k.posts, iif(n.covered > 0, 0, null)) as posts, c.voices,
    c.voices_error, c.by_three, c.again, c.again_error, n.covered
  from slots s
  left join kept k using (start_s)
  left join seen n using (start_s)
  left join counted c using (start_s)
)
select
  bucket, posts, iif(posts is null, null, voices) as voices,
  iif(posts is null, null, voices_error) as voices_error,
  round(by_three * 1.0 / nullif(posts, 0), 3) as top_three_share,
  round(min(1.0, again * 1.0 / nullif(posts, 0)), 3) as repeated_share,
  round(min(1.0, again_error / nullif(posts, 0)), 3) as repeated_error,
  round(covered, 3) as covered
from told
where not exists (
  select 1 from overlong where json_extract('{}', sentence) is not null
)
order by bucket
