-- title: How many posts a filter leaves
-- description: About how many of the campaign's live posts fit a filter, for those who are
--   about to take them. Counted from roll-ups, so in whole hours up to seven days, else in
--   whole days (UTC); covered is of the same. Of words the newest 5,000 posts that hold them
--   are looked at, of a link 20,000 that have it; where there are more, and of a kind alone,
--   all posts are counted that fit the rest: at_most
--   says so.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param bucket: hour or day, of which covered is the mean; as in volume if left out
-- param lang: only this language, BCP 47; all if left out
-- param sentiment: negative, neutral, positive or unscored; all if left out
-- param term: only posts with this term, as it is written in terms.value; all if left out
-- param kind: post, reply, repost, quote, article, comment or video; all if left out
-- param q: only posts with all of these words, in double quotes a phrase; all if left out
-- param link: only posts that link to this address, as in top_links.url; all if left out
-- column posts: so many fit it, or fewer where at_most is 1
-- column at_most: 1: it may be fewer, since a part of the filter could not be counted;
--   0: as many as the hours or days hold
-- column covered: share of the time that was seen, 0 to 1, the mean over the platforms that
--   are watched; NULL: none is
with
-- include: _range
-- include: _campaign
-- include: _slots
--   hourly: 7 * 86400 + 3600
-- include: _labels
-- include: _term
-- include: _watched
-- include: _covered
-- include: _kept
--   keys:
--   values: sum(k.posts) as posts
--   narrowed: and (:lang = '' or k.lang = :lang)
--     and (:sentiment = '' or k.sentiment = :sentiment)
wanted as materialized (
  select campaign_id, from_at, to_at, (select term_id from termed) as term_id,
    (select id from links where url = :link) as link_id
  from asked where not exists (
    select 1 from mislabelled where json_extract('{}', sentence) is not null
  )
),
worded as materialized (
  select rowid as id from posts_fts
  where :q <> '' and posts_fts match
    coalesce(nullif(escape_fts(substr(:q, 1, length(:q))), ''), '""')
  order by rowid desc limit 5000
),
linked as materialized (
  select post_id as id from post_links
  where :link <> '' and :q = '' and link_id = (select link_id from wanted)
  limit 20000
),
-- Few enough to be held against the whole filter.
looked_up as materialized (
  select count(*) as posts
  from (select id from worded union all select id from linked) w
  cross join wanted a
  cross join matches m indexed by matches_post on m.post_id = w.id
    and m.campaign_id = a.campaign_id and m.first
  cross join posts p on p.id = w.id
  where m.published_at >= a.from_at and m.published_at < a.to_at
    and p.state in ('live', 'edited')
    and (:platform = '' or p.platform = :platform)
    and (:lang = '' or p.lang = :lang)
    and (:kind = '' or p.kind = :kind)
    and (:sentiment = '' or coalesce(p.sentiment, 'unscored') = :sentiment)
    and (:term = '' or exists (
      select 1 from matches t where t.campaign_id = a.campaign_id
        and t.post_id = p.id and t.term_id = a.term_id
    ))
    and (:link = '' or exists (
      select 1 from post_links x where x.post_id = p.id and x.link_id = a.link_id
    ))
),
held as materialized (
  select iif(:q <> '', (select count(*) from worded) < 5000,
    :link <> '' and (select count(*) from linked) < 20000) as counted
),
found as materialized (
  select iif(counted, (select posts from looked_up),
      (select coalesce(sum(posts), 0) from kept)) as posts,
    not counted and :q || :kind || :link <> '' as at_most
  from held
)
select posts, at_most,
  (select round(sum(v.covered * (s.end_s - s.begin_s)) / sum(s.end_s - s.begin_s), 3)
    from platform_slots v join slots s using (start_s)) as covered
from found, wanted
