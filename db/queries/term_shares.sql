-- title: Terms and their shares
-- description: How many of the campaign's posts carry each term, in whole hours up to seven
--   days, else in whole days (UTC), as in totals. A post with two terms counts for both, so
--   shares may come to more than the whole. What is compared is the time in which all terms
--   that are not removed were searched for.
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
--   NULL: no hour, or day, of the time is such
-- column share: compared, of all posts of that time, 0 to 1; NULL: none
-- column compared_from: where that time begins, UTC, a whole hour or day; NULL: none
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
  select campaign_id, first_s / step * step as first_s, after_s,
    min(after_s, max(first_s / step * step, coalesce((since_s + step) / step * step, 0)))
      as from_s
  from (
    select *, (to_s - 1) / step * step + step as after_s
    from (
      select a.campaign_id, a.from_s as first_s, a.to_s,
        iif(a.to_s - a.from_s <= 7 * 86400 + 3600, 3600, 86400) as step,
        (select unixepoch(max(since)) from spoken
          where removed_at is null and since >= a.from_at) as since_s
      from asked a
    )
  )
),
-- Before and after that time begins, each in whole days, which are a twentieth as many rows,
-- and the hours beside them. The day that is not over has no later hours to be left out.
parted as materialized (
  select *, max(days_from_s, iif(end_s >= unixepoch('now'), end_s + 86399, end_s)
      / 86400 * 86400) as days_to_s
  from (
    select *, min((begin_s + 86399) / 86400 * 86400,
      iif(end_s >= unixepoch('now'), end_s + 86399, end_s)) as days_from_s
    from (
      select campaign_id, 0 as compared, first_s as begin_s, from_s as end_s from together
      union all
      select campaign_id, 1, from_s, after_s from together
    )
    where begin_s < end_s
  )
),
spans as materialized (
  select campaign_id, compared,
    date(days_from_s, 'unixepoch') as from_day, date(days_to_s, 'unixepoch') as to_day,
    strftime('%Y-%m-%dT%H:%M:%SZ', begin_s, 'unixepoch') as from_hour,
    strftime('%Y-%m-%dT%H:%M:%SZ', min(days_from_s, end_s), 'unixepoch') as until_hour,
    strftime('%Y-%m-%dT%H:%M:%SZ', days_to_s, 'unixepoch') as later_hour,
    strftime('%Y-%m-%dT%H:%M:%SZ', end_s, 'unixepoch') as to_hour
  from parted
),
edges as materialized (
  select campaign_id, compared, from_hour, until_hour as to_hour from spans
    where from_hour < until_hour
  union all
  select campaign_id, compared, later_hour, to_hour from spans where later_hour < to_hour
),
-- Each sum by itself: to group what is joined would cost as much again.
counted as materialized (
  select id, sum(posts) as posts, sum(iif(compared, posts, 0)) as compared
  from (
    select s.id, e.compared, (
      select sum(h.posts) from hourly_terms h
      where h.campaign_id = e.campaign_id and h.term_id = s.id
        and h.hour >= e.from_hour and h.hour < e.to_hour
        and (:platform = '' or h.platform = :platform)
        and (:lang = '' or h.lang = :lang)
        and (:sentiment = '' or h.sentiment = :sentiment)
    ) as posts
    from edges e
    cross join spoken s
    union all
    select s.id, e.compared, (
      select sum(d.posts) from daily_terms d
      where d.campaign_id = e.campaign_id and d.term_id = s.id
        and d.day >= e.from_day and d.day < e.to_day
        and (:platform = '' or d.platform = :platform)
        and (:lang = '' or d.lang = :lang)
        and (:sentiment = '' or d.sentiment = :sentiment)
    )
    from spans e
    cross join spoken s
  )
  group by 1
),
whole as materialized (
  select sum(posts) as posts
  from (
    select (
      select sum(h.posts) from hourly h
      where h.campaign_id = e.campaign_id
        and h.hour >= e.from_hour and h.hour < e.to_hour
        and (:platform = '' or h.platform = :platform)
        and (:lang = '' or h.lang = :lang)
        and (:sentiment = '' or h.sentiment = :sentiment)
    ) as posts
    from edges e
    where e.compared
    union all
    select (
      select sum(d.posts) from daily d
      where d.campaign_id = e.campaign_id and d.day >= e.from_day and d.day < e.to_day
        and (:platform = '' or d.platform = :platform)
        and (:lang = '' or d.lang = :lang)
        and (:sentiment = '' or d.sentiment = :sentiment)
    )
    from spans e
    where e.compared
  )
)
select s.kind, s.value, s.display, coalesce(c.posts, 0) as posts,
  iif(t.from_s < t.after_s, coalesce(c.compared, 0), null) as compared,
  iif(t.from_s < t.after_s,
    round(1.0 * coalesce(c.compared, 0) / nullif(w.posts, 0), 4), null) as share,
  iif(t.from_s < t.after_s, strftime('%Y-%m-%dT%H:%M:%SZ', t.from_s, 'unixepoch'), null)
    as compared_from,
  s.added_at, s.removed_at
from together t
cross join whole w
cross join spoken s
left join counted c on c.id = s.id
where not exists (
  select 1 from mislabelled where json_extract('{}', sentence) is not null
)
order by coalesce(c.compared, 0) desc, coalesce(c.posts, 0) desc, s.id
