-- title: Posts by the hour, before and after a moment
-- description: One row per hour, from 28 days before the hour that `at` lies in (eight times
--   `hours`, where that is longer) to `hours` after its beginning, or to the last hour that is
--   over. Platforms that were seen for three fifths of the time after, and three fifths as much
--   of the time before as the best of them, are counted, so that none which was added or
--   lost looks like a change; where there is no such platform, all that are watched. posts
--   is NULL, not 0, where less than nine tenths of an hour was seen on any of them. What an
--   archive alone brought is not counted. What is seen of a term is that term's own.
-- param campaign: the campaign's slug; needed
-- param at: UTC time of the moment; a day ago if left out
-- param hours: how many after it, 1 to 168; 24 if left out
-- param since: a moment of the 28 days before `at`: the rows begin so long before this one;
--   `at` if left out
-- param platform: only this platform; all if left out
-- param term: only posts with this term, as it is written in terms.value; all if left out
-- param without: only posts without this term, written so too; all if left out
-- column bucket: the hour's start, UTC
-- column posts: live posts on the counted platforms; NULL: not seen
-- column covered: share of the hour that was seen, 0 to 1, the least of those platforms
-- column terms: terms of the campaign that were watched in this hour
-- column sources: sources of those platforms that saw something in this hour
-- column platforms: the platforms that are counted, the same in every row
-- column left_out: those that are watched and not counted, the same in every row
with
placed as (
  select
    case
      when :at = '' then unixepoch('now') / 3600 * 3600 - 86400
      when date(substr(:at, 1, 10), '+0 days') is substr(:at, 1, 10)
        then unixepoch(:at) / 3600 * 3600
    end as at_s,
    case
      when date(substr(:since, 1, 10), '+0 days') is substr(:since, 1, 10)
        then unixepoch(:since) / 3600 * 3600
    end as since_s,
    case
      when :hours = '' then 24
      when cast(:hours as integer) between 1 and 168 then cast(:hours as integer)
    end as over_h
),
misplaced(sentence) as materialized (
  select 'at: write it as 2026-05-01 or 2026-05-01T09:00:00Z, not ' || :at
    from placed where at_s is null
  union all
  select 'at: it must lie before now' from placed where at_s > unixepoch('now')
  union all
  select 'since: write a time of the 28 days before `at`, not ' || :since
    from placed
    where :since <> '' and not ifnull(since_s between at_s - 28 * 86400 and at_s, 0)
  union all
  select 'hours: write a number from 1 to 168, not ' || :hours
    from placed where over_h is null
),
ranged as materialized (
  select at_s,
    max(0, ifnull(since_s, at_s) - max(28 * 86400, 8 * over_h * 3600)) as from_s,
    min(at_s + over_h * 3600, unixepoch('now') / 3600 * 3600) as to_s
  from placed
  where not exists (
    select 1 from misplaced where json_extract('{}', sentence) is not null
  )
),
-- include: _campaign
stepped as (select from_s, to_s, 3600 as step from ranged),
starts(start_s) as (
  select from_s from ranged
  union all
  select start_s + 3600 from starts, ranged where start_s + 3600 < to_s
),
slots as materialized (
  select strftime('%Y-%m-%dT%H:%M:%SZ', start_s, 'unixepoch') as bucket, start_s,
    start_s + 3600 as next_s, start_s as begin_s, start_s + 3600 as end_s
  from starts
),
-- include: _term
kept_in(sentence) as materialized (
  select 'without: the campaign has none written ' || :without
    where :without <> '' and not exists (
      select 1 from terms
      where value = :without and campaign_id = (select campaign_id from asked)
    )
  union all
  select 'without: it cannot be asked together with term' where :without <> '' and :term <> ''
),
left_term as materialized (
  select (
    select id from terms
    where value = :without and campaign_id = (select campaign_id from asked)
    order by kind limit 1
  ) as term_id
  where :without <> '' and not exists (
    select 1 from kept_in where json_extract('{}', sentence) is not null
  )
),
-- include: _watched
-- include: _covered
-- include: _kept
--   keys: , k.platform
--   values: k.platform, sum(k.posts) as posts
--   narrowed:
less as materialized (
  select unixepoch(k.hour) as start_s, k.platform, -sum(k.posts) as posts
  from asked
  cross join left_term
  cross join hourly_terms k on k.campaign_id = asked.campaign_id
    and k.term_id = left_term.term_id and k.hour >= (select min(bucket) from slots)
    and k.hour < asked.to_at
  where :platform = '' or k.platform = :platform
  group by k.hour, k.platform
),
shares as materialized (
  select platform, total(iif(start_s < at_s, covered, 0)) as before,
    total(iif(start_s >= at_s, covered, 0)) >= 0.6 * (to_s - at_s) / 3600 as after
  from platform_slots, ranged
  group by 1
),
steady as materialized (
  select platform from shares
  where after and before >= 0.6 * (select max(before) from shares where after)
),
counted as materialized (
  select platform from shares
  where platform in (select platform from steady) or not exists (select 1 from steady)
),
-- One pass over all of it: a row for each hour, what was counted, what was seen.
cells as (
  select start_s, null as posts, null as covered, 0 as seen_on, 0 as sources from slots
  union all
  select start_s, posts, null, 0, 0 from kept
    where platform in (select platform from counted)
  union all
  select start_s, posts, null, 0, 0 from less
    where platform in (select platform from counted)
  union all
  select start_s, null, covered, 1, sources - sources_blind from platform_slots
    where platform in (select platform from counted)
),
by_hour as (
  select start_s, coalesce(sum(posts), 0) as posts,
    iif(sum(seen_on) = (select count(*) from counted), coalesce(min(covered), 0.0), 0.0)
      as covered,
    sum(sources) as sources
  from cells group by start_s
),
named as materialized (
  select
    (select group_concat(platform, ', ') from (
      select platform from counted order by 1)) as platforms,
    (select group_concat(platform, ', ') from (
      select distinct platform from watched
      where platform not in (select platform from counted) order by 1)) as left_out
)
select
  strftime('%Y-%m-%dT%H:%M:%SZ', start_s, 'unixepoch') as bucket,
  iif(covered >= 0.9, posts, null) as posts, round(covered, 3) as covered,
  (select count(distinct term_id) from watched
    where since_s < start_s + 3600 and until_s > start_s) as terms,
  sources, platforms, left_out
from by_hour cross join named
order by start_s
