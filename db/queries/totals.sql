-- title: Posts, messages and voices
-- description: What the campaign came to over the asked time, counted in whole hours, as
--   three numbers. Posts: each once, however many servers and bridges carried it. Messages:
--   posts with the same words and the same links are one, a repost with what it repeats;
--   capitals, punctuation, emoji's looks and who is addressed make no difference. Voices:
--   the accounts that wrote them, a bridge's mirror being one with the account it mirrors.
--   Two accounts of one person that no bridge joins are two voices.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param bucket: hour or day, how finely covered is looked at; as in volume if left out
-- column posts: live posts
-- column messages: different things that they say
-- column voices: accounts that wrote them
-- column unattributed: posts whose platform or archive does not say who wrote them; they
--   are no voice's
-- column covered: share of the time that was seen, 0 to 1, the mean over the platforms that
--   are watched; NULL: none is
with
-- include: _range
-- include: _campaign
-- include: _slots
-- include: _watched
-- include: _covered
hours as materialized (
  select campaign_id,
    (select min(bucket) from slots) as from_hour,
    (select strftime('%Y-%m-%dT%H:%M:%SZ', max(next_s), 'unixepoch') from slots) as to_hour
  from asked
),
-- The days that lie within the asked hours, or have no posts outside of them, are read from
-- the roll-ups; what is left over at either end, at most two days, from the posts.
days as materialized (
  select campaign_id, from_hour, to_hour,
    iif(exists (
      select 1 from hourly o where o.campaign_id = x.campaign_id
      and o.hour >= date(from_hour) || 'T00:00:00Z' and o.hour < from_hour
    ), date(from_hour, '+1 day'), date(from_hour)) as first_day,
    iif(exists (
      select 1 from hourly o where o.campaign_id = x.campaign_id
      and o.hour >= to_hour and o.hour < date(to_hour, '+1 day') || 'T00:00:00Z'
    ), date(to_hour), date(to_hour, '+1 day')) as end_day
  from hours x
),
edges as materialized (
  select campaign_id, from_hour as from_at,
    min(to_hour, first_day || 'T00:00:00Z') as to_at
  from days
  union all
  select campaign_id, max(from_hour, first_day || 'T00:00:00Z', end_day || 'T00:00:00Z'),
    to_hour
  from days
),
edge_posts as materialized (
  select p.message, p.author_id
  from edges e
  cross join matches m indexed by matches_newest on m.campaign_id = e.campaign_id
    and m.first and m.published_at >= e.from_at and m.published_at < e.to_at
  cross join posts p on p.id = m.post_id
  where p.state in ('live', 'edited') and (:platform = '' or p.platform = :platform)
),
said(message) as (
  select d.message
  from days x
  cross join daily_messages d on d.campaign_id = x.campaign_id
    and d.day >= x.first_day and d.day < x.end_day
  where :platform = '' or d.platform = :platform
  union
  select message from edge_posts
),
wrote(author_id, posts) as (
  select d.author_id, d.posts
  from days x
  cross join daily_voices d on d.campaign_id = x.campaign_id
    and d.day >= x.first_day and d.day < x.end_day
  where :platform = '' or d.platform = :platform
  union all
  select author_id, 1 from edge_posts
),
people as materialized (
  select coalesce(a.voice, a.id) as voice, w.posts, a.uri glob '*:author-of:*' as unnamed
  from (select author_id, sum(posts) as posts from wrote group by 1) w
  join authors a on a.id = w.author_id
)
select
  (select coalesce(sum(posts), 0) from people) as posts,
  (select count(*) from said) as messages,
  (select count(distinct voice) from people where not unnamed) as voices,
  (select coalesce(sum(posts), 0) from people where unnamed) as unattributed,
  (select round(sum(v.covered * (s.end_s - s.begin_s)) / sum(s.end_s - s.begin_s), 3)
    from platform_slots v join slots s using (start_s)) as covered
from asked
