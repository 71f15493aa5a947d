-- title: Sentiment over time
-- description: One row per hour (or day), whole ones, as in volume: where the asked time cuts
--   one, counts and covered are of all of it. Counts are NULL where nothing was seen. A post in
--   a language that the scorer does not know is unscored, never neutral; polarity is the
--   mean over the scored ones alone, and scored says how many those are. A neutral post of
--   which no lexicon knows a word, sign or picture is counted apart too: nothing spoke.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param lang: only this language, BCP 47; all if left out
-- param sentiment: negative, neutral, positive or unscored; all if left out
-- param term: only posts with this term, as it is written in terms.value; all if left out
-- param bucket: hour or day; by the hour up to 7 days, else by the day, if left out
-- column bucket: the hour's or day's start, UTC
-- column negative: live posts scored negative
-- column neutral: live posts scored neutral
-- column without_evidence: those of the neutral ones that hold no word, sign or picture
--   that a lexicon knows; NULL: some of them were scored before this was looked at
-- column positive: live posts scored positive
-- column unscored: live posts without a score
-- column scored: negative + neutral + positive
-- column polarity: mean polarity of the scored posts, -1 to 1; NULL: none
-- column covered: share of the bucket that at least one source saw, 0 to 1
with
-- include: _range
-- include: _campaign
-- include: _slots
--   hourly: 7 * 86400 + 3600
-- include: _term
-- include: _watched
-- include: _covered
-- include: _kept
--   keys:
--   values:
--     coalesce(sum(k.posts) filter (where k.sentiment = 'negative'), 0) as negative,
--     coalesce(sum(k.posts) filter (where k.sentiment = 'neutral'), 0) as neutral,
--     coalesce(sum(k.with_evidence) filter (where k.sentiment = 'neutral'), 0)
--     as with_evidence,
--     coalesce(sum(k.without_evidence) filter (where k.sentiment = 'neutral'), 0)
--     as without_evidence,
--     coalesce(sum(k.posts) filter (where k.sentiment = 'positive'), 0) as positive,
--     coalesce(sum(k.posts) filter (where k.sentiment = 'unscored'), 0) as unscored,
--     coalesce(sum(k.polarity_sum) filter (where k.sentiment <> 'unscored'), 0)
--     as polarity_sum
--   narrowed: and (:lang = '' or k.lang = :lang)
--     and (:sentiment = '' or k.sentiment = :sentiment)
-- include: _labels
-- Slots that somebody saw count 0 where the roll-up has no row; blind ones stay NULL.
best as materialized (
  select start_s, max(covered) as covered from platform_slots group by 1
),
filled as (
  select s.bucket, coalesce(b.covered, 0) as covered,
    iif(b.covered > 0, 0, null) as nought, c.*
  from slots s
  left join best b using (start_s)
  left join kept c on c.start_s = s.start_s
)
select
  bucket,
  coalesce(negative, nought) as negative,
  coalesce(neutral, nought) as neutral,
  iif(start_s is null, nought,
    iif(with_evidence + without_evidence = neutral, without_evidence, null)
  ) as without_evidence,
  coalesce(positive, nought) as positive,
  coalesce(unscored, nought) as unscored,
  coalesce(negative + neutral + positive, nought) as scored,
  round(polarity_sum / nullif(negative + neutral + positive, 0), 3) as polarity,
  round(covered, 3) as covered
from filled
where not exists (
  select 1 from mislabelled where json_extract('{}', sentence) is not null
)
order by bucket
