-- title: Posts by platform, against the time before
-- description: One row per platform, most posts first: the asked time in whole hours or days,
--   as volume counts it and of which covered is too, and as long a time just before, counted up to the same moment.
--   posts is NULL, not 0, where nothing was seen: blind is not quiet. The two times are
--   comparable where the shares of them that were seen differ by less than 2 %.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param lang: only this language, BCP 47; all if left out
-- param sentiment: negative, neutral, positive or unscored; all if left out
-- param term: only posts with this term, as it is written in terms.value; all if left out
-- param bucket: hour or day, which are counted whole; as in volume if left out
-- column platform: where the posts were published
-- column posts: live posts of the asked time; NULL: nothing was seen
-- column share: share of all rows' posts, 0 to 1; NULL: nothing was seen, or nobody posted
-- column posts_before: live posts of the time before; NULL: nothing was seen
-- column comparable: 1 if both times were seen alike, else 0
-- column covered: share of the asked time that was seen, 0 to 1
-- column covered_before: share of the time before that was seen, 0 to 1
-- column sources: sources that watch this campaign on this platform
with
-- include: _range
-- include: _campaign
-- As in _slots: whole slots, up to now.
halves as materialized (
  select from_s / step * step as from_s, from_s / step * step as first_s,
    (to_s - 1) / step * step + step as after_s, step,
    min((to_s - 1) / step * step + step, max(to_s, unixepoch('now'))) as to_s
  from (
    select from_s, to_s, iif(
      :bucket = 'hour' or (:bucket = '' and to_s - from_s <= 7 * 86400 + 3600), 3600, 86400
    ) as step
    from ranged
  )
),
unbucketed(sentence) as materialized (
  select 'bucket: write hour or day, not ' || :bucket
    where :bucket not in ('', 'hour', 'day')
  union all
  select 'bucket: ' || (2 * (after_s - first_s) / step) ||
      ' are too many, at most 5000; ask for bucket=day or a shorter time'
    from halves where 2 * (after_s - first_s) / step > 5000
),
-- Both times, back to back: that before is the asked one, so many whole slots earlier.
slot_starts(start_s) as (
  select 2 * first_s - after_s from halves
  where not exists (
    select 1 from unbucketed where json_extract('{}', sentence) is not null
  )
  union all
  select start_s + step from slot_starts, halves where start_s + step < after_s
),
shifted as materialized (
  select s.start_s, d.step, s.start_s < d.first_s as before,
    d.to_s - iif(s.start_s < d.first_s, d.after_s - d.first_s, 0) as to_s
  from slot_starts s, halves d
),
slots as materialized (
  select strftime('%Y-%m-%dT%H:%M:%SZ', start_s, 'unixepoch') as bucket, start_s,
    start_s + step as next_s, start_s as begin_s, min(start_s + step, to_s) as end_s, before
  from shifted
),
-- Both, for what is counted and what was seen.
stepped as materialized (
  select from_s - (after_s - first_s) as from_s, to_s, step from halves
),
-- include: _term
-- include: _watched
-- include: _covered
-- include: _kept
--   keys: , k.platform
--   values: k.platform, sum(k.posts) as posts
--   narrowed: and (:lang = '' or k.lang = :lang)
--     and (:sentiment = '' or k.sentiment = :sentiment)
-- include: _labels
-- What the last slot before holds after the moment up to which the asked time goes: by the
-- hour where slots are days, and of the hour itself post by post, through matches_newest.
-- Where later posts are counted in the asked time's last slot, both are counted whole.
ended as materialized (
  select a.campaign_id, s.end_s as cut_s, (s.end_s + 3599) / 3600 * 3600 as hour_s, s.next_s
  from asked a, halves d, slots s
  where s.next_s = d.first_s and s.end_s < s.next_s and not exists (
    select 1 from matches m indexed by matches_newest
    where m.campaign_id = a.campaign_id and m.first
      and m.published_at >= strftime('%Y-%m-%dT%H:%M:%SZ', d.to_s, 'unixepoch')
      and m.published_at < strftime('%Y-%m-%dT%H:%M:%SZ', d.after_s, 'unixepoch')
  )
),
beyond as materialized (
  select k.platform, sum(k.posts) as posts
  from ended e
  cross join hourly k on k.campaign_id = e.campaign_id
    and k.hour >= strftime('%Y-%m-%dT%H:%M:%SZ', e.hour_s, 'unixepoch')
    and k.hour < strftime('%Y-%m-%dT%H:%M:%SZ', e.next_s, 'unixepoch')
  where not exists (select 1 from termed)
    and (:lang = '' or k.lang = :lang) and (:sentiment = '' or k.sentiment = :sentiment)
  group by 1
  union all
  select k.platform, sum(k.posts)
  from ended e
  cross join termed t
  cross join hourly_terms k on k.campaign_id = e.campaign_id and k.term_id = t.term_id
    and k.hour >= strftime('%Y-%m-%dT%H:%M:%SZ', e.hour_s, 'unixepoch')
    and k.hour < strftime('%Y-%m-%dT%H:%M:%SZ', e.next_s, 'unixepoch')
  where (:lang = '' or k.lang = :lang) and (:sentiment = '' or k.sentiment = :sentiment)
  group by 1
  union all
  select p.platform, count(*)
  -- By subqueries: of a join SQLite would put a Bloom filter over the whole index first.
  from matches m indexed by matches_newest
  cross join posts p on p.id = m.post_id
  where m.campaign_id = (select campaign_id from ended) and m.first
    and m.published_at >= (
      select strftime('%Y-%m-%dT%H:%M:%SZ', cut_s, 'unixepoch') from ended
    )
    and m.published_at < (
      select strftime('%Y-%m-%dT%H:%M:%SZ', hour_s, 'unixepoch') from ended
    )
    and p.state in ('live', 'edited') and (:lang = '' or p.lang = :lang)
    and (:sentiment = '' or coalesce(p.sentiment, 'unscored') = :sentiment)
    and (not exists (select 1 from termed) or exists (
      select 1 from matches x where x.campaign_id = m.campaign_id and x.post_id = m.post_id
        and x.term_id = (select term_id from termed)
    ))
  group by 1
),
-- One pass over all of it, as in volume.
cells as (
  select k.platform, s.before, k.posts, 0.0 as seen_s
  from kept k
  join slots s using (start_s)
  union all
  select v.platform, s.before, iif(v.covered > 0, 0, null), v.covered * (s.end_s - s.begin_s)
  from platform_slots v
  join slots s using (start_s)
  union all
  select b.platform, 1, -b.posts, 0.0
  from beyond b
  where :platform = '' or b.platform = :platform
  union all
  select distinct platform, 0, null, 0.0 from watched
),
summed as (
  select platform,
    sum(iif(before, null, posts)) as posts, sum(iif(before, posts, null)) as posts_before,
    sum(iif(before, 0, seen_s)) / (d.to_s - d.from_s) as covered,
    sum(iif(before, seen_s, 0)) / (d.to_s - d.from_s) as covered_before
  from cells, halves d
  where not exists (
    select 1 from mislabelled where json_extract('{}', sentence) is not null
  )
  group by 1
)
select
  platform, posts, round(posts * 1.0 / nullif(sum(posts) over (), 0), 3) as share,
  posts_before,
  posts is not null and posts_before is not null and min(covered, covered_before) > 0
    and abs(covered - covered_before) < 0.02 as comparable,
  round(covered, 3) as covered, round(covered_before, 3) as covered_before,
  (select count(distinct source_id) from watched w where w.platform = summed.platform)
    as sources
from summed
order by posts is null, posts desc, platform
