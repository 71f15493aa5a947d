-- passed: the newest posts of the asked time that pass every filter, {most} at most, after
-- the post {below} where there is one. Those with the words, or with the link, are looked
-- up where they are few; else the newest of the time are read.
wrong(sentence) as materialized (
  select 'sentiment: write negative, neutral, positive or unscored, not ' || :sentiment
    where :sentiment not in ('', 'negative', 'neutral', 'positive', 'unscored')
  union all
  select 'below: no post has the number ' || {below}
    where {below} <> '' and not exists (
      select 1 from posts where id = cast({below} as integer)
    )
  union all
  select 'term: the campaign has none written ' || :term
    where :term <> '' and not exists (
      select 1 from terms where value = :term
        and campaign_id = (select campaign_id from asked)
    )
),
wanted as materialized (
  select campaign_id, from_at, to_at,
    (select id from terms where value = :term and campaign_id = asked.campaign_id
      order by kind limit 1) as term_id,
    (select id from links where url = :link) as link_id
  from asked where not exists (
    select 1 from wrong where json_extract('{}', sentence) is not null
  )
),
-- Words: the newest collected that hold them.
worded as materialized (
  select rowid as id from posts_fts
  where :q <> '' and posts_fts match
    coalesce(nullif(escape_fts(substr(:q, 1, length(:q))), ''), '""')
  order by rowid desc limit 5000
),
linked as materialized (
  select post_id as id from post_links
  where :link <> '' and :q = '' and link_id = (select link_id from wanted)
  limit 20001
),
few as materialized (select count(*) <= 20000 as are from linked),
edge as materialized (
  select published_at as at, id from posts where id = cast({below} as integer)
),
looked as materialized (
  select m.post_id, m.published_at
  from matches m indexed by matches_newest
  where :q = '' and (:link = '' or not (select are from few))
    and m.campaign_id = (select campaign_id from wanted) and m.first
    and m.published_at >= (select from_at from wanted)
    and m.published_at < (select to_at from wanted)
    and ({below} = '' or (m.published_at, m.post_id) < (select at, id from edge))
  order by m.published_at desc, m.post_id desc
  limit iif(:platform || :lang || :sentiment || :term || :kind || :link = '',
    {most} + 2000, 50000)
),
found as (
  select post_id, published_at from looked
  union all
  select m.post_id, m.published_at
  from (select id from worded union all select id from linked where (select are from few)) w
  cross join wanted a
  cross join matches m indexed by matches_post on m.post_id = w.id
    and m.campaign_id = a.campaign_id and m.first
  where m.published_at >= a.from_at and m.published_at < a.to_at
    and ({below} = '' or (m.published_at, m.post_id) < (select at, id from edge))
),
passed as materialized (
  select p.id
  from found f
  cross join posts p on p.id = f.post_id
  where p.state in ('live', 'edited')
    and (:platform = '' or p.platform = :platform)
    and (:lang = '' or p.lang = :lang)
    and (:kind = '' or p.kind = :kind)
    and (:sentiment = '' or coalesce(p.sentiment, 'unscored') = :sentiment)
    and (:term = '' or exists (
      select 1 from matches t where t.campaign_id = (select campaign_id from wanted)
        and t.post_id = p.id and t.term_id = (select term_id from wanted)
    ))
    and (:link = '' or exists (
      select 1 from post_links x
      where x.post_id = p.id and x.link_id = (select link_id from wanted)
    ))
  order by f.published_at desc, p.id desc
  limit {most}
)
