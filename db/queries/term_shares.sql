-- title: Terms and their shares
-- description: How many of the campaign's posts carry each term, in whole days (UTC). A post
--   with two terms counts for both, so shares may come to more than the whole. What is
--   compared is the time in which all terms that are not removed were searched for.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param lang: only this language, BCP 47; all if left out
-- param sentiment: negative, neutral, positive or unscored; all if left out
-- column kind: hashtag, phrase, account, domain or feed
-- column value: as it is compared: casefolded, without #
-- column display: as staff wrote it
-- column posts: live posts with it, of the whole time
-- column compared: live posts with it, of the time in which all terms were searched for;
--   NULL: no day of the time is such
-- column share: compared, of all posts of that time, 0 to 1; NULL: none
-- column compared_from: the first day of that time; NULL: none
-- column added_at: since when it is searched for, UTC
-- column removed_at: until when, UTC; NULL: it is
with
-- include: _range
-- include: _campaign
-- include: _labels
-- The history of a campaign's first terms was fetched too, so they count from ever on.
spoken as materialized (
  select t.id, t.kind, t.value, t.display, t.added_at, t.removed_at,
    iif(t.from_start, '', t.added_at) as since
  from asked
  join terms t using (campaign_id)
  where iif(t.from_start, '', t.added_at) < asked.to_at
    and (t.removed_at is null or t.removed_at >= asked.from_at)
),
together as materialized (
  select max(asked.first_day, (
      select coalesce(max(date(since, '+1 day')), asked.first_day)
      from spoken where removed_at is null and since >= asked.from_at
    )) as from_day, asked.end_day, asked.first_day, asked.campaign_id
  from asked
),
counted as materialized (
  select d.term_id, sum(d.posts) as posts,
    sum(iif(d.day >= t.from_day, d.posts, 0)) as compared
  from together t
  cross join spoken s
  cross join daily_terms d on d.campaign_id = t.campaign_id and d.term_id = s.id
    and d.day >= t.first_day and d.day < t.end_day
  where (:platform = '' or d.platform = :platform) and (:lang = '' or d.lang = :lang)
    and (:sentiment = '' or d.sentiment = :sentiment)
  group by 1
),
whole as materialized (
  select sum(d.posts) as posts
  from together t
  cross join daily d on d.campaign_id = t.campaign_id
    and d.day >= t.from_day and d.day < t.end_day
  where (:platform = '' or d.platform = :platform) and (:lang = '' or d.lang = :lang)
    and (:sentiment = '' or d.sentiment = :sentiment)
)
select s.kind, s.value, s.display, coalesce(c.posts, 0) as posts,
  iif(t.from_day < t.end_day, coalesce(c.compared, 0), null) as compared,
  iif(t.from_day < t.end_day,
    round(1.0 * coalesce(c.compared, 0) / nullif(w.posts, 0), 4), null) as share,
  iif(t.from_day < t.end_day, t.from_day, null) as compared_from,
  s.added_at, s.removed_at
from together t
cross join whole w
cross join spoken s
left join counted c on c.term_id = s.id
where not exists (
  select 1 from mislabelled where json_extract('{}', sentence) is not null
)
order by coalesce(c.compared, 0) desc, coalesce(c.posts, 0) desc, s.id
