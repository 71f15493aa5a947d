-- title: Posts over time, by platform
-- description: One row per hour (or day) and platform, whole ones: where the asked time cuts
--   the first or the last, posts and covered are of all of it, up to now. covered is the
--   share of it that was seen: for each source the least over the terms it watches, for the platform the most
--   over its sources. posts is NULL, not 0, where nothing was seen: blind is not quiet.
--   What an archive brought is counted, but does not make its time a seen one. covered is
--   of the time, whatever language and sentiment are asked for; of a term it is that term's.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param lang: only this language, BCP 47; all if left out
-- param sentiment: negative, neutral, positive or unscored; all if left out
-- param term: only posts with this term, as it is written in terms.value; all if left out
-- param bucket: hour or day; by the hour up to 7 days, else by the day, if left out
-- column bucket: the hour's or day's start, UTC
-- column platform: where the posts were published
-- column posts: live posts, counted in whole hours; NULL: nothing was seen
-- column removed: posts seen and taken back since; NULL: nothing was seen
-- column covered: share of the bucket that was seen, 0 to 1
-- column sources: sources that watch this campaign on this platform
-- column sources_blind: those of them that saw nothing in this bucket
with
-- include: _range
-- include: _campaign
-- include: _slots
--   hourly: 7 * 86400 + 3600
-- include: _term
-- include: _watched
-- include: _covered
-- include: _kept
--   keys: , k.platform
--   values: k.platform, sum(k.posts) as posts, sum(k.removed) as removed
--   narrowed: and (:lang = '' or k.lang = :lang)
--     and (:sentiment = '' or k.sentiment = :sentiment)
-- include: _labels
platforms as materialized (
  select platform from watched union select platform from kept
),
oversized(sentence) as materialized (
  select 'bucket: ' || (n * p) ||
      ' rows are too many, at most 5000; ask for bucket=day or for one platform'
    from (select count(*) as n from slots), (select count(*) as p from platforms)
    where n * p > 5000
),
cells as (
  select s.bucket, l.platform, k.posts, k.removed, v.covered, v.sources, v.sources_blind,
    iif(v.covered > 0, 0, null) as nought
  from slots s
  cross join platforms l
  left join kept k on k.start_s = s.start_s and k.platform = l.platform
  left join platform_slots v on v.start_s = s.start_s and v.platform = l.platform
)
select
  bucket, platform, coalesce(posts, nought) as posts, coalesce(removed, nought) as removed,
  round(coalesce(covered, 0.0), 3) as covered, coalesce(sources, 0) as sources,
  coalesce(sources_blind, 0) as sources_blind
from cells
where not exists (
  select 1 from oversized where json_extract('{}', sentence) is not null
) and not exists (
  select 1 from mislabelled where json_extract('{}', sentence) is not null
)
order by bucket, platform
