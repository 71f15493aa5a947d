-- title: Posts that two terms, or two campaigns, share
-- description: Of a campaign's posts, or of those with one of its terms, how many carry
--   another term too, or belong to another campaign too. Of the campaign's newest 20,000
--   posts of the time, in whole hours or days (UTC); a row for each hour (or day) and
--   platform that has some. Counts of each of two terms have such posts twice, and a term
--   that shares many is no control for what followed an event.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param term: only posts with this term, as it is written in terms.value; all if left out
-- param other: the slug of the other campaign; the same one if left out
-- param other_term: a term of that campaign, as it is written in terms.value; all of its posts
--   if left out
-- param bucket: hour or day; by the hour up to 7 days, else by the day, if left out
-- column bucket: the hour's or day's start, UTC
-- column platform: where the posts were published
-- column posts: live posts of the campaign, with the term if one is asked for
-- column shared: those of them that are the other's too
-- column looked_to: how far back in time posts were looked at, UTC; NULL: to the beginning
--   of the asked time
with
-- include: _range
-- include: _campaign
-- include: _slots
--   hourly: 7 * 86400 + 3600
-- include: _term
otherless(sentence) as materialized (
  select 'other: there is no campaign called ' || :other
    where :other <> '' and :other not in (select slug from campaigns)
),
another as materialized (
  select iif(:other = '', (select campaign_id from asked),
    (select id from campaigns where slug = :other)) as campaign_id
  where not exists (
    select 1 from otherless where json_extract('{}', sentence) is not null
  )
),
other_termless(sentence) as materialized (
  select 'other_term: the campaign has none written ' || :other_term
    where :other_term <> '' and not exists (
      select 1 from terms where value = :other_term
        and campaign_id = (select campaign_id from another)
    )
),
others as materialized (
  select campaign_id, (
    select id from terms where value = :other_term and campaign_id = another.campaign_id
    order by kind limit 1
  ) as term_id
  from another where not exists (
    select 1 from other_termless where json_extract('{}', sentence) is not null
  )
),
-- A term that there is not is an error where there are no posts, too.
wanted as materialized (
  select campaign_id from asked
  where (select count(*) from others) = 1 and (select count(*) from termed) >= 0
),
-- wanted is read by a subquery, not joined, so that the index gives the order.
looked as materialized (
  select m.post_id, m.published_at
  from matches m indexed by matches_newest
  where m.campaign_id = (select campaign_id from wanted) and m.first
    and m.published_at >= (select min(bucket) from slots)
    and m.published_at < (
      select strftime('%Y-%m-%dT%H:%M:%SZ', max(next_s), 'unixepoch') from slots
    )
  order by m.published_at desc, m.post_id desc
  limit 20000
),
carried as materialized (
  select post_id, published_at from looked
  where not exists (select 1 from termed)
  union all
  select l.post_id, l.published_at
  from termed
  cross join looked l
  cross join matches t on t.campaign_id = (select campaign_id from wanted)
    and t.post_id = l.post_id and t.term_id = termed.term_id
),
marked as materialized (
  select c.post_id, unixepoch(c.published_at) / step * step as start_s, exists (
    select 1 from matches t
    where t.campaign_id = (select campaign_id from others) and t.post_id = c.post_id
      and (t.term_id = (select term_id from others) or :other_term = '')
  ) as shared
  from carried c, stepped
),
cells as (
  select c.start_s, p.platform, c.shared
  from marked c
  cross join posts p on p.id = c.post_id
  where p.state in ('live', 'edited') and (:platform = '' or p.platform = :platform)
)
select
  strftime('%Y-%m-%dT%H:%M:%SZ', start_s, 'unixepoch') as bucket, platform,
  count(*) as posts, sum(shared) as shared,
  iif((select count(*) from looked) >= 20000,
    (select min(published_at) from looked), null) as looked_to
from cells
group by start_s, platform
order by start_s, platform
