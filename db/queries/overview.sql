-- title: Campaigns at a glance
-- description: Each campaign's last 24 hours, to the minute, against the 24 hours before.
--   The later period begins with a whole hour, the earlier one exactly a day before.
-- param to_at: the moment to look from, UTC; now if left out
-- column campaign: the campaign's slug
-- column title: its name
-- column description: what it is about
-- column timezone: the zone in which its pages show times, as Europe/London; the times
--   here are UTC
-- column from_at: where the later period begins, UTC
-- column to_at: where it ends, UTC
-- column posts: live posts in the later period
-- column posts_before: live posts in the earlier period
-- column negative: live posts of the later period scored negative
-- column neutral: live posts of the later period scored neutral
-- column without_evidence: those of the neutral ones that hold no word, sign or picture
--   that a lexicon knows; NULL: some of them were scored before this was looked at
-- column positive: live posts of the later period scored positive
-- column unscored: live posts of the later period without a score
-- column first_hour: the first hour with a post
-- column last_hour: the last hour with a post
with
given as (
  select case
    when :to_at = '' then unixepoch('now')
    when date(substr(:to_at, 1, 10), '+0 days') is substr(:to_at, 1, 10)
      then unixepoch(:to_at)
  end as to_s
),
misdated(sentence) as materialized (
  select 'to_at: write it as 2026-05-01 or 2026-05-01T09:00:00Z, not ' || :to_at
    from given where to_s is null
),
moment as materialized (
  select s as to_s, s / 3600 * 3600 as hour_s
  from (select min(unixepoch('now'), to_s) as s from given)
  where not exists (
    select 1 from misdated where json_extract('{}', sentence) is not null
  )
),
bounds as materialized (
  select
    strftime('%Y-%m-%dT%H:%M:%SZ', to_s, 'unixepoch') as to_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', hour_s - 23 * 3600, 'unixepoch') as from_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', hour_s - 47 * 3600, 'unixepoch') as before_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', hour_s - 24 * 3600, 'unixepoch') as edge_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', to_s - 24 * 3600, 'unixepoch') as edge_end_at
  from moment
),
counted as (
  select h.campaign_id,
    sum(iif(hour >= from_at, posts, 0)) as posts,
    sum(iif(hour < edge_at, posts, 0)) as before_edge,
    sum(iif(hour >= from_at and sentiment = 'negative', posts, 0)) as negative,
    sum(iif(hour >= from_at and sentiment = 'neutral', posts, 0)) as neutral,
    sum(iif(hour >= from_at, with_evidence, 0)) as with_evidence,
    sum(iif(hour >= from_at, without_evidence, 0)) as without_evidence,
    sum(iif(hour >= from_at and sentiment = 'positive', posts, 0)) as positive,
    sum(iif(hour >= from_at and sentiment = 'unscored', posts, 0)) as unscored
  from bounds
  cross join campaigns c
  cross join hourly h on h.campaign_id = c.id and h.hour >= before_at and h.hour <= to_at
  group by 1
)
select
  c.slug as campaign, c.title, c.description, c.timezone, b.from_at, b.to_at,
  coalesce(n.posts, 0) as posts,
  coalesce(n.before_edge, 0) + (
    -- Part of one hour, which no roll-up holds: read through matches_newest.
    select count(*) from matches m join posts p on p.id = m.post_id
    where m.campaign_id = c.id and m.first and p.state in ('live', 'edited')
      and m.published_at >= b.edge_at and m.published_at < b.edge_end_at
  ) as posts_before,
  coalesce(n.negative, 0) as negative, coalesce(n.neutral, 0) as neutral,
  iif(n.campaign_id is null, 0,
    iif(n.with_evidence + n.without_evidence = n.neutral, n.without_evidence, null)
  ) as without_evidence,
  coalesce(n.positive, 0) as positive, coalesce(n.unscored, 0) as unscored,
  (select min(hour) from hourly h where h.campaign_id = c.id) as first_hour,
  (select max(hour) from hourly h where h.campaign_id = c.id) as last_hour
from campaigns c
cross join bounds b
left join counted n on n.campaign_id = c.id
where c.removed_at is null
order by c.id
limit 200
