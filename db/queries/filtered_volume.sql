-- title: Posts that pass, over time
-- description: One row per hour (or day), whole ones as in volume, and platform, of the posts that pass all filters,
--   words among them, with their sentiment. Without words, volume and sentiment count all
--   posts; here at most the newest 15,000 that pass are counted, and at most 50,000 posts
--   are read to find them: counts are NULL, not 0, in buckets before looked_to and where
--   nothing was seen. covered is of the time, whatever is asked for; of a term it is that
--   term's.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param lang: only this language, BCP 47; all if left out
-- param sentiment: negative, neutral, positive or unscored; all if left out
-- param term: only posts with this term, as it is written in terms.value; all if left out
-- param q: only posts with all of these words, in double quotes a phrase; all if left out
-- param bucket: hour or day; by the hour up to 7 days, else by the day, if left out
-- column bucket: the hour's or day's start, UTC
-- column platform: where the posts were published
-- column posts: live posts that pass; NULL: nothing was seen, or not looked at
-- column negative: those scored negative; NULL as for posts
-- column neutral: those scored neutral; NULL as for posts
-- column without_evidence: those of the neutral ones that hold no word, sign or picture
--   that a lexicon knows; NULL as for posts, or some were scored before this was looked at
-- column positive: those scored positive; NULL as for posts
-- column unscored: those without a score; NULL as for posts
-- column scored: negative + neutral + positive
-- column polarity: mean polarity of the scored posts, -1 to 1; NULL: none
-- column covered: share of the bucket that was seen, 0 to 1
-- column sources: sources that watch this campaign on this platform
-- column sources_blind: those of them that saw nothing in this bucket
-- column looked_to: how far back in time posts were looked at, UTC; NULL: to the beginning
--   of the asked time
with
-- include: _range
-- include: _campaign
-- include: _slots
--   hourly: 7 * 86400 + 3600
-- include: _term
-- include: _watched
-- include: _covered
-- include: _labels
-- include: _passed
--   most: 15000
--   of: stepped
--   when: true
kept as materialized (
  select unixepoch(o.published_at) / step * step as start_s, o.platform, count(*) as posts,
    count(*) filter (where o.sentiment = 'negative') as negative,
    count(*) filter (where o.sentiment = 'neutral') as neutral,
    count(*) filter (where o.sentiment = 'neutral' and o.evidence is not null) as looked_up,
    count(*) filter (where o.sentiment = 'neutral' and o.evidence = 0) as without_evidence,
    count(*) filter (where o.sentiment = 'positive') as positive,
    count(*) filter (where o.sentiment = 'unscored') as unscored,
    total(iif(o.sentiment = 'unscored', 0, o.polarity)) as polarity_sum
  from stepped
  cross join passed o
  group by 1, 2
),
cells as materialized (
  select s.bucket, s.start_s, x.platform
  from slots s
  cross join (select platform from watched union select platform from kept) x
),
oversized(sentence) as materialized (
  select 'bucket: ' || n ||
      ' rows are too many, at most 5000; ask for bucket=day or for one platform'
    from (select count(*) as n from cells) where n > 5000
),
-- A bucket that reading stopped in was not read to its beginning.
told as (
  select c.bucket, c.platform, coalesce(v.covered, 0.0) as covered,
    coalesce(v.sources, 0) as sources, coalesce(v.sources_blind, 0) as sources_blind,
    l.looked_to, k.*,
    case
      when unixepoch(l.looked_to) > c.start_s then null
      when k.posts is null and v.covered > 0 then 0
      else k.posts
    end as shown
  from looked l
  cross join cells c
  left join platform_slots v on v.start_s = c.start_s and v.platform = c.platform
  left join kept k on k.start_s = c.start_s and k.platform = c.platform
)
select
  bucket, platform, shown as posts,
  iif(shown, negative, shown) as negative, iif(shown, neutral, shown) as neutral,
  case when not shown or shown is null then shown
    when looked_up = neutral then without_evidence end as without_evidence,
  iif(shown, positive, shown) as positive, iif(shown, unscored, shown) as unscored,
  iif(shown, shown - unscored, shown) as scored,
  iif(shown, round(polarity_sum / nullif(shown - unscored, 0), 3), null) as polarity,
  round(covered, 3) as covered, sources, sources_blind, looked_to
from told
where not exists (
  select 1 from oversized where json_extract('{}', sentence) is not null
)
order by bucket, platform
