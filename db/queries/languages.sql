-- title: Languages
-- description: The campaign's posts by language, with how many of each have no score.
--   Counted in whole hours up to seven days, else in whole days (UTC).
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param lang: only this language, BCP 47; all if left out
-- param sentiment: negative, neutral, positive or unscored; all if left out
-- param term: only posts with this term, as it is written in terms.value; all if left out
-- param top: how many rows, 1 to 1000; 20 if left out
-- column lang: BCP 47; und where it could not be told
-- column posts: live posts
-- column unscored: those of them without a sentiment score
with
-- include: _range
-- include: _campaign
-- include: _top
-- include: _term
-- include: _labels
-- Up to seven days: the hours before the first whole day and after the last one, and the
-- whole days between, which are a twentieth as many rows.
parted as materialized (
  select campaign_id, from_at, to_at, first_day, end_day, short,
    min(to_at, iif(from_s % 86400 < 3600, first_day, date(first_day, '+1 day'))) as days_from,
    max(date(to_s, 'unixepoch'),
      iif(from_s % 86400 < 3600, first_day, date(first_day, '+1 day'))) as days_to
  from (
    select campaign_id, strftime('%Y-%m-%dT%H:00:00Z', from_s, 'unixepoch') as from_at,
      to_at, from_s, to_s, first_day, end_day, to_s - from_s <= 7 * 86400 + 3600 as short
    from asked
  )
  where not exists (
    select 1 from mislabelled where json_extract('{}', sentence) is not null
  )
),
asked_hours as materialized (
  select campaign_id, from_at, days_from as to_at from parted where short
  union all
  select campaign_id, days_to, to_at from parted where short
),
asked_days as materialized (
  select campaign_id, iif(short, days_from, first_day) as first_day,
    iif(short, days_to, end_day) as end_day
  from parted
),
counted as (
  select k.platform, k.lang, k.sentiment, k.posts
  from asked_hours a
  cross join hourly k on k.campaign_id = a.campaign_id
    and k.hour >= a.from_at and k.hour < a.to_at
  where not exists (select 1 from termed)
  union all
  select k.platform, k.lang, k.sentiment, k.posts
  from asked_days a
  cross join daily k on k.campaign_id = a.campaign_id
    and k.day >= a.first_day and k.day < a.end_day
  where not exists (select 1 from termed)
  union all
  select k.platform, k.lang, k.sentiment, k.posts
  from asked_hours a
  cross join termed t
  cross join hourly_terms k on k.campaign_id = a.campaign_id and k.term_id = t.term_id
    and k.hour >= a.from_at and k.hour < a.to_at
  union all
  select k.platform, k.lang, k.sentiment, k.posts
  from asked_days a
  cross join termed t
  cross join daily_terms k on k.campaign_id = a.campaign_id and k.term_id = t.term_id
    and k.day >= a.first_day and k.day < a.end_day
)
select
  lang, sum(posts) as posts,
  sum(iif(sentiment = 'unscored', posts, 0)) as unscored
from counted
where (:platform = '' or platform = :platform) and (:lang = '' or lang = :lang)
  and (:sentiment = '' or sentiment = :sentiment)
group by lang
having sum(posts) > 0
order by sum(posts) desc, lang
limit (select top from topped)
